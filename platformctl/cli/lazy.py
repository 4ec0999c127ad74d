"""Commands that are loaded when they are run: most take longer to load than ``--help`` may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click import Command as AnyCommand
    from typer._click import Context, Parameter


@dataclass(frozen=True)
class Entry:
    """A command in the list of commands.

    Attributes:
        target: ``module:attribute`` of its function, or of its own Typer.
        summary: the first line of its help.
        panel: under which heading it stands.
    """

    target: str
    summary: str
    panel: str


class Through(Exception):
    """Carries an error past typer, which ends the process by itself for Ctrl-C and for a closed pipe."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


def _without_types(params: list[Parameter]) -> list[Parameter]:
    """A flag takes no value; its help would show ``<bool>``."""
    for param in params:
        if getattr(param, "is_bool_flag", False):
            param.metavar = ""
    return params


class Command(TyperCommand):
    """A command with a tidy help."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        return _without_types(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands with a tidy help."""

    def get_params(self, ctx: Context) -> list[Parameter]:
        return _without_types(super().get_params(ctx))


class LazyGroup(Group):
    """A group whose commands are names and summaries until one is run."""

    entries: ClassVar[Mapping[str, Entry]] = {}

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, entry in self.entries.items():
            self.add_command(Command(name, help=entry.summary, rich_help_panel=entry.panel))

    def resolve_command(
        self, ctx: Context, args: list[str]
    ) -> tuple[str | None, AnyCommand | None, list[str]]:
        name, command, rest = super().resolve_command(ctx, args)
        return name, self.loaded(name) if name and command else None, rest

    def loaded(self, name: str) -> AnyCommand:
        """The command itself."""
        entry = self.entries[name]
        module, _, attribute = entry.target.partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        alone = typer.Typer(add_completion=False, rich_markup_mode=self.rich_markup_mode)
        alone.command(name, cls=Command)(found)
        return typer.main.get_command(alone)

    def invoke(self, ctx: Context) -> Any:
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, BrokenPipeError) as error:
            raise Through(error) from error
