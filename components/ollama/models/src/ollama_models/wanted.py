"""What Git wants: models by name, each with the digest that it must have, or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_HOST = "registry.ollama.ai"
DEFAULT_NAMESPACE = "library"


@dataclass(frozen=True)
class ModelName:
    """A model's name in its four parts, as Ollama reads it."""

    host: str
    namespace: str
    model: str
    tag: str

    @classmethod
    def parse(cls, text: str) -> ModelName:
        """Read ``[host/][namespace/]model[:tag]``; raises ValueError for anything else."""
        # A colon before the last slash belongs to the host.
        *folders, last = text.split("/")
        model, _, tag = last.partition(":")
        parts = [*folders, model]
        if not all(parts) or len(parts) > 3:
            raise ValueError(f'"{text}" is not a model name')
        namespace = parts[-2] if len(parts) > 1 else DEFAULT_NAMESPACE
        host = parts[-3] if len(parts) > 2 else DEFAULT_HOST
        return cls(host, namespace, model, tag or "latest")

    def __str__(self) -> str:
        """The shortest name that means this model, which is how Ollama lists it."""
        short = f"{self.model}:{self.tag}"
        if self.host != DEFAULT_HOST:
            return f"{self.host}/{self.namespace}/{short}"
        return short if self.namespace == DEFAULT_NAMESPACE else f"{self.namespace}/{short}"

    def at(self, registry: str) -> ModelName:
        """The same model at another registry, whose URL may carry a scheme.

        A name that says its host is pulled from there.
        """
        if not registry or self.host != DEFAULT_HOST:
            return self
        host = urlsplit(registry).netloc or registry
        return ModelName(host, self.namespace, self.model, self.tag)


@dataclass(frozen=True)
class Wanted:
    """A model that must be there; ``digest`` is ``sha256:...`` of its manifest, or None for any."""

    name: ModelName
    digest: str | None

    def accepts(self, digest: str) -> bool:
        """Whether a model with this digest is the wanted one."""
        return self.digest is None or self.digest == digest


def parse_wanted(text: str) -> tuple[Wanted, ...]:
    """Read ``[{"name": ..., "digest": ...}]``; raises ValueError that says what is wrong."""
    try:
        listed = json.loads(text)
        return tuple(Wanted(ModelName.parse(one["name"]), one.get("digest") or None) for one in listed)
    except (TypeError, KeyError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f'wanted models are not a JSON list of {{"name": ...}}: {error}') from error


class WantedList:
    """What is wanted, as a running sidecar knows it: the list that it was told last, or its own source.

    The source is a mounted ConfigMap, to which the kubelet brings a change only at its next sync, as late as
    90 s after it. What was told holds until then: once the source changes, the source is right again.
    """

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._told: str | None = None
        self._source_when_told = ""

    def tell(self, text: str) -> None:
        """Take a list that is newer than the source; raises ValueError for a wrong one, OSError."""
        parse_wanted(text)
        self._told, self._source_when_told = text, self._read()

    def __call__(self) -> tuple[Wanted, ...]:
        """The wanted models as they stand now; raises ValueError or OSError when they cannot be read."""
        source = self._read()
        if source != self._source_when_told:
            self._told = None
        return parse_wanted(source if self._told is None else self._told)
