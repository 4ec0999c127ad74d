"""Jinja2 as this project uses it: delimiters that Helm and Flux do not use, and undefined is an error.

A repository brings templates of its own, and `render --check` looks at repositories of strangers: a template
reaches the platform that it is given, and nothing of the machine.
"""

from __future__ import annotations

import io
import os
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import BaseModel
from ruamel.yaml import YAML

from platformctl.errors import PlatformctlError


class TemplateError(PlatformctlError):
    """A template is wrong."""


class Templates:
    """The templates of several folders; the first folder that has a template wins.

    Delimiters: ``[[ value ]]``, ``[% statement %]``, ``[# comment #]``. The filter ``yaml`` writes a scalar
    so that YAML reads the same value back (a tag "1.35" stays a string).
    """

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        self._jinja = _Sandbox(
            loader=_Loader(folders),
            undefined=jinja2.StrictUndefined,
            variable_start_string="[[",
            variable_end_string="]]",
            block_start_string="[%",
            block_end_string="%]",
            comment_start_string="[#",
            comment_end_string="#]",
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
        )
        self._jinja.filters["yaml"] = scalar

    def text(self, name: str, /, **values: Any) -> str:
        """A template's text.

        Raises:
            TemplateError: with the template and the line.
        """
        try:
            return self._jinja.get_template(name).render(**values)
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(str(error.message), place=f"templates/{name}:{error.lineno}") from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"there is no template {error.name}") from error
        except _FAILURES as error:
            raise TemplateError(str(error) or type(error).__name__, place=self._place(error, name)) from error

    def optional(self, name: str, /, **values: Any) -> str:
        """A template's text, or nothing if there is no such template."""
        known = any((folder / name).is_file() for folder in self.folders)
        return self.text(name, **values) if known else ""

    def _place(self, error: Exception, name: str) -> str:
        """The template and the line that failed, which may be of a template that ``name`` includes."""
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            for folder in self.folders:
                if Path(frame.filename).is_relative_to(folder):
                    return f"templates/{Path(frame.filename).relative_to(folder).as_posix()}:{frame.lineno}"
        return f"templates/{name}"


_FAILURES = (
    jinja2.TemplateError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What an expression of a template can fail with."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, which does not know that pydantic's models can read files and pickles."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, BaseModel):
            return attr in type(obj).model_fields
        return super().is_safe_attribute(obj, attr, value)


class _Loader(jinja2.FileSystemLoader):
    """Templates that lie in their folder themselves: a link may lead to any file of the machine."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        text, file, current = super().get_source(environment, template)
        if not any(Path(os.path.realpath(file)).is_relative_to(os.path.realpath(f)) for f in self.searchpath):
            raise TemplateError("is a link that leads out of the templates", place=f"templates/{template}")
        return text, file, current


@cache
def scalar(value: str | int | bool) -> str:
    """A scalar as YAML, quoted only where it has to be."""
    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.width = 10_000
    yaml.dump(value, stream)
    return stream.getvalue().removesuffix("\n").removesuffix("\n...")
