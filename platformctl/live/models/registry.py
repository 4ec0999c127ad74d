"""The digest that a registry serves for a model now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import httpx

from platformctl.errors import NotHealthy, Unreachable

OLLAMA_REGISTRY = "https://registry.ollama.ai"
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
SECONDS = 10.0


@dataclass(frozen=True)
class Registry:
    """Where a cluster pulls its models from; an empty URL is Ollama's own registry."""

    url: str = ""

    def manifest_url(self, name: str) -> str:
        """Where the manifest of ``[host/][namespace/]model[:tag]`` is served, as Ollama would ask for it."""
        *folders, last = name.split("/")
        model, _, tag = last.partition(":")
        namespace = folders[-1] if folders else "library"
        base = f"https://{folders[-2]}" if len(folders) > 1 else self.url or OLLAMA_REGISTRY
        return f"{base}/v2/{namespace}/{model}/manifests/{tag or 'latest'}"

    def digest(self, name: str) -> str:
        """The sha256 of the raw manifest, which is what Ollama calls the model's digest.

        Raises Unreachable when the registry does not answer, NotHealthy when it does not have the model.
        """
        url = self.manifest_url(name)
        try:
            # A registry of our own is near; a proxy of the environment is meant for the world outside.
            with httpx.Client(trust_env=not self.url, timeout=SECONDS, follow_redirects=True) as client:
                response = client.get(url, headers={"Accept": MANIFEST})
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
            raise Unreachable(f"the model registry does not answer: {reason}", place=url) from error
        if response.status_code == httpx.codes.NOT_FOUND:
            raise NotHealthy(f"the registry does not have {name}", place=url)
        if response.is_error:
            raise Unreachable(f"the model registry answers {response.status_code}", place=url)
        return f"sha256:{hashlib.sha256(response.content).hexdigest()}"
