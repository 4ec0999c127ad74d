"""What Git wants: models by name, each with the digest that it must have, or none."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

DEFAULT_HOST = "registry.ollama.ai"
DEFAULT_NAMESPACE = "library"

# The parts become folders on the volume and a host that is asked: nothing in them may be "..".
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?", re.ASCII)
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)


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
        namespace = parts[-2] if len(parts) > 1 else DEFAULT_NAMESPACE
        host = parts[-3] if len(parts) > 2 else DEFAULT_HOST
        named = _HOST.fullmatch(host) and all(
            _PART.fullmatch(one) for one in (namespace, model, tag or "latest")
        )
        if len(parts) > 3 or not named:
            raise ValueError(f'"{text}" is not a model name')
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
