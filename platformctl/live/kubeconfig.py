"""The kubeconfig as a list of contexts: which cluster a command would talk to, before it does.

Small, because shell completion asks it too; what a session needs of a kubeconfig, kr8s reads itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from platformctl.errors import ConfigError, Unreachable

VARIABLE = "KUBECONFIG"
USUAL = "~/.kube/config"
IN_A_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_NAME_IT = "name one: --kubeconfig FILE, and --context NAME if it has several"


@dataclass(frozen=True)
class Kubeconfig:
    """What was found.

    Attributes:
        files: where it stands; several of them are merged, the first one's names win.
        servers: the API server's URL of each context, by the context's name.
        current: the context that is taken when none is named.
    """

    files: Sequence[Path]
    servers: Mapping[str, str]
    current: str | None

    @classmethod
    def read(cls, given: Path | None = None) -> Kubeconfig:
        """A kubeconfig file, or (None) what kubectl would take.

        Raises:
            ConfigError: the given file is not there, or one is no kubeconfig.
            Unreachable: none was given and none is there, so that there is no cluster to talk to.
        """
        if given is not None and not given.is_file():
            raise ConfigError("there is no kubeconfig here", place=str(given), fix=_NAME_IT)
        files = [given] if given else [file for file in _usual() if file.exists()]
        if not files:
            raise Unreachable(f"there is no kubeconfig: {_looked_at()}", fix=_NAME_IT)
        servers: dict[str, str] = {}
        current = None
        for file in files:
            contexts, taken = _read(file)
            servers = contexts | servers
            current = current or taken
        return cls(files, servers, current)

    @property
    def place(self) -> str:
        """The files, for a message."""
        return ", ".join(map(str, self.files))

    def context(self, asked: str | None) -> str:
        """The context that is asked for, or the current one.

        Raises:
            ConfigError: there is none of that name, or none is named and none is current.
        """
        known = ", ".join(self.servers) or "none"
        if asked is None and self.current is None:
            message = f"no context is named and none is current; there are: {known}"
            raise ConfigError(message, place=self.place, fix="name one: --context NAME")
        name = asked or self.current or ""
        if name not in self.servers:
            close = get_close_matches(name, self.servers, n=1)
            hint = f' Did you mean "{close[0]}"?' if close else ""
            what = f'context "{name}"' if asked else f'current context "{name}"'
            message = f"there is no {what}; there are: {known}.{hint}"
            raise ConfigError(message, place=self.place, fix="name another: --context NAME")
        return name


def _usual() -> list[Path]:
    named = os.environ.get(VARIABLE, "")
    return [Path(each).expanduser() for each in (named.split(os.pathsep) if named else [USUAL]) if each]


def _looked_at() -> str:
    named = os.environ.get(VARIABLE)
    return f"{VARIABLE} names {named}" if named else f"{VARIABLE} is not set, and {USUAL} is not there"


def _read(file: Path) -> tuple[dict[str, str], str | None]:
    """The servers by context, and the current context."""
    import yaml

    try:
        data = yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"{file}:{mark.line + 1}" if mark else str(file)
        raise ConfigError(f"the kubeconfig is not YAML: {error.problem}", place=place) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError("the kubeconfig is not YAML", place=str(file), fix=_NAME_IT) from error
    if data is None:
        return {}, None
    try:
        clusters = {each["name"]: str(each["cluster"]["server"]) for each in _list(data, "clusters")}
        contexts = {
            str(each["name"]): clusters[each["context"]["cluster"]] for each in _list(data, "contexts")
        }
    except (KeyError, TypeError, AttributeError) as error:
        reason = f": {error} is missing" if isinstance(error, KeyError) else ""
        raise ConfigError(f"this is not a kubeconfig{reason}", place=str(file), fix=_NAME_IT) from error
    return contexts, data.get("current-context") or None


def _list(data: Any, key: str) -> list[Any]:
    """A list of a kubeconfig; kubectl writes an empty one as null."""
    found = data.get(key) or []
    if not isinstance(found, list):
        raise TypeError(key)
    return found
