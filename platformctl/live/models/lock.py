"""Writes the registry's digests into platform.yaml and leaves all else of the file as it is."""

from __future__ import annotations

import copy
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.anchor import Anchor
from ruamel.yaml.comments import CommentedMap

from platformctl.files import replace_text
from platformctl.live.models.registry import Registry
from platformctl.platform import WantedModel


@dataclass(frozen=True)
class Locked:
    """One model's digest before (None: it was not locked) and after."""

    name: str
    before: str | None
    after: str

    @property
    def changed(self) -> bool:
        """Whether the file says something else now."""
        return self.before != self.after


def lock(file: Path, models: Sequence[WantedModel], registry: Registry) -> list[Locked]:
    """Ask the registry for every model first, then write; the file is untouched when one cannot be had.

    Raises Unreachable or NotHealthy from the registry.
    """
    locked = [Locked(model.name, model.digest, registry.digest(model.name)) for model in models]
    if any(one.changed for one in locked):
        text = file.read_text()
        replace_text(file, with_digests(text, {one.name: one.after for one in locked if one.changed}))
    return locked


def with_digests(text: str, digests: dict[str, str]) -> str:
    """The text of a platform.yaml with these digests; comments, order and style stay.

    A model that shares its mapping by an anchor gets one of its own.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    loaded = yaml.load(text)
    _part(loaded["models"], digests)
    for name, digest in digests.items():
        entry = loaded["models"][name]
        if entry is None:
            entry = CommentedMap()
            entry.fa.set_flow_style()
            loaded["models"][name] = entry
        entry["digest"] = digest
    written = io.StringIO()
    yaml.dump(loaded, written)
    return written.getvalue()


def _part(models: CommentedMap, names: Collection[str]) -> None:
    """Give these models their own copy of a mapping with an anchor, because others may be the same object."""
    for name in names:
        entry = models[name]
        if entry is not None and entry.yaml_anchor() is not None:
            models[name] = copy.deepcopy(entry)
            delattr(models[name], Anchor.attrib)
