"""The options of a program in a pod, from wherever people write them: arguments, environment, files."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from platformctl.build import Object
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster, Spot
from platformctl.check.pods import Field, Pods, entries

_NAME = "[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(rf"\$\(({_NAME})\)")
_SHELL_VARIABLE = re.compile(rf"\$\{{?({_NAME})\}}?")
_SHELLS = frozenset({"sh", "bash", "ash", "dash"})


@dataclass(frozen=True)
class Setting:
    """One value of an option, and where it stands. The text is None where it comes from a Secret, say."""

    text: str | None
    spot: Spot


class Options:
    """What a program is told. Of several places that say something only the strongest counts.

    Args:
        spot: the program, for what is said about an option that is not set.
        sources: by name, the strongest first.
        whole: whether there is no other place, so that what is not here is not set.
    """

    def __init__(self, spot: Spot, sources: Iterable[Mapping[str, list[Setting]]], whole: bool) -> None:
        self._spot = spot
        self._whole = whole
        self._found: dict[str, list[Setting]] = {}
        for source in sources:
            for name, settings in source.items():
                self._found.setdefault(name, settings)

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def all(self, name: str) -> list[Setting]:
        """The values of an option that may be given several times, also with commas between them."""
        return [
            Setting(part.strip(), setting.spot)
            for setting in self._found.get(name, ())
            for part in (setting.text or "").split(",")
            if part.strip()
        ]

    def texts(self, name: str) -> list[str]:
        return [setting.text for setting in self.all(name) if setting.text is not None]

    def text(self, name: str, default: str) -> str | None:
        """The value, or the program's default; None where it cannot be known."""
        if name in self._found:
            return self._found[name][-1].text
        return default if self._whole else None

    def flag(self, name: str, default: bool = False) -> bool | None:
        text = self.text(name, str(default))
        return None if text is None else text.strip().lower() in {"true", "1", "t"}

    def said(self, name: str) -> str:
        """How a sentence about the option begins, after the object: what it is set to."""
        settings = self._found.get(name)
        if not settings:
            return f"sets no {name}"
        return f'sets {name} to "{", ".join(setting.text or "?" for setting in settings)}"'

    def known(self, name: str) -> bool:
        """Whether all its values are known, or that it has none."""
        if name in self._found:
            return all(setting.text is not None for setting in self._found[name])
        return self._whole

    def spot(self, name: str) -> Spot:
        """Where the option stands, or the program if it is not set."""
        settings = self._found.get(name)
        return settings[-1].spot if settings else self._spot


def arguments(words: Sequence[tuple[str, Spot]], switches: frozenset[str]) -> dict[str, list[Setting]]:
    """Options from the words of a command line; a switch never takes the next word as its value."""
    found: dict[str, list[Setting]] = {}
    index = 0
    while index < len(words):
        word, spot = words[index]
        index += 1
        if not word.startswith("--") or word == "--":
            continue
        name, equals, value = word[2:].partition("=")
        if not equals:
            following = words[index][0] if index < len(words) else "--"
            if name in switches or following.startswith("--"):
                value = "true"
            else:
                value, index = following, index + 1
        found.setdefault(name, []).append(Setting(None if "$(" in value else value, spot))
    return found


class Container:
    """A container with its words, its environment and its mounted files resolved as far as Git has them."""

    def __init__(self, cluster: Cluster, owner: Pods, field: Field, data: Data) -> None:
        self.cluster = cluster
        self.owner = owner
        self.field = field
        self.data = data
        self.whole = True
        """Whether no part of the environment comes from where Git has nothing."""
        self.environment = dict(self._environment())

    @property
    def spot(self) -> Spot:
        return self.cluster.at(self.owner.item, *self.field)

    @property
    def image(self) -> str:
        """The last part of the image's name, without tag and digest."""
        return str(self.data.get("image") or "").partition("@")[0].rpartition("/")[2].partition(":")[0]

    def words(self) -> list[tuple[str, Spot]]:
        """The command and its arguments; a shell's script is taken apart."""
        words = [
            (self._filled(str(word), _VARIABLE), self.cluster.at(self.owner.item, *self.field, key, index))
            for key in ("command", "args")
            for index, word in enumerate(_list(self.data.get(key)))
        ]
        if words and words[0][0].rpartition("/")[2] in _SHELLS:
            scripts = [(self._filled(text, _SHELL_VARIABLE), spot) for text, spot in words[1:]]
            return [(word, spot) for text, spot in scripts for word in _split(text)]
        return words

    def variables(self, prefix: str, name: Callable[[str], str]) -> dict[str, list[Setting]]:
        """Options that are environment variables: ``name`` makes an option of what follows the prefix."""
        return {
            name(key.removeprefix(prefix)): [setting]
            for key, setting in self.environment.items()
            if key.startswith(prefix)
        }

    def file(self, path: str) -> tuple[str, Spot] | None:
        """The text of a file that a ConfigMap mounts, if it does."""
        for mount in entries(self.data.get("volumeMounts")):
            at = str(mount.get("mountPath") or "").rstrip("/")
            rest = path.removeprefix(at)
            if not at or not path.startswith(at) or (rest and not rest.startswith("/")):
                continue
            inner = f"{mount.get('subPath') or ''}{rest}".strip("/")
            for source in self._config_maps(str(mount.get("name"))):
                found = self._key(source, inner)
                if found:
                    return found
        return None

    def _config_maps(self, volume: str) -> Iterator[Data]:
        for _, entry in self.owner.each("volumes"):
            if entry.get("name") == volume:
                sources = [entry, *entries((entry.get("projected") or {}).get("sources"))]
                yield from (source["configMap"] for source in sources if source.get("configMap"))

    def _key(self, source: Data, path: str) -> tuple[str, Spot] | None:
        item = self._find("ConfigMap", source)
        keys = {str(each.get("path")): str(each.get("key")) for each in entries(source.get("items"))}
        key = keys.get(path, path)
        text = item.get("data", key) if item else None
        return (text, self.cluster.at(item, "data", key)) if item and isinstance(text, str) else None

    def _find(self, kind: str, reference: Data) -> Object | None:
        return self.cluster.find(kind, self.owner.item.namespace, str(reference.get("name")))

    def _environment(self) -> Iterator[tuple[str, Setting]]:
        for entry in entries(self.data.get("envFrom")):
            item = self._find("ConfigMap", entry.get("configMapRef") or {})
            self.whole &= item is not None
            for key, value in ((item.get("data") if item else None) or {}).items():
                spot = self.cluster.at(item or self.owner.item, "data", str(key))
                yield f"{entry.get('prefix') or ''}{key}", Setting(str(value), spot)
        for index, entry in enumerate(entries(self.data.get("env"))):
            spot = self.cluster.at(self.owner.item, *self.field, "env", index)
            reference = (entry.get("valueFrom") or {}).get("configMapKeyRef")
            if reference:
                item = self._find("ConfigMap", reference)
                value = item.get("data", str(reference.get("key"))) if item else None
            else:
                value = None if entry.get("valueFrom") else entry.get("value", "")
            yield str(entry.get("name")), Setting(None if value is None else str(value), spot)

    def _filled(self, word: str, variable: re.Pattern[str]) -> str:
        """With the variables whose value is known; the others stay as they are."""

        def value(match: re.Match[str]) -> str:
            setting = self.environment.get(match.group(1))
            return setting.text if setting and setting.text is not None else f"$({match.group(1)})"

        return variable.sub(value, word)


def containers(cluster: Cluster, owners: Iterable[Pods]) -> Iterator[Container]:
    for owner in owners:
        for field, data in owner.each("containers"):
            yield Container(cluster, owner, field, data)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text.replace("\\\n", " "))
    except ValueError:
        return []
