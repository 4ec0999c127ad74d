"""Image names."""

from __future__ import annotations

import pytest

from platformctl.errors import ConfigError
from platformctl.local.images.model import model_name
from platformctl.local.images.name import ImageName


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("registry.k8s.io/coredns/coredns:v1.12.4", "registry.k8s.io/coredns/coredns:v1.12.4"),
        ("debian:bookworm-slim", "docker.io/library/debian:bookworm-slim"),
        ("traefik", "docker.io/library/traefik:latest"),
        ("docker.io/traefik:v3", "docker.io/library/traefik:v3"),
        ("ollama/ollama:0.17.4", "docker.io/ollama/ollama:0.17.4"),
        ("localhost:5000/a/b", "localhost:5000/a/b:latest"),
        ("localhost/a:1", "localhost/a:1"),
    ],
)
def test_short_forms_are_completed(written: str, full: str) -> None:
    assert str(ImageName.parse(written)) == full


@pytest.mark.parametrize("written", ["debian@sha256:aa", "ghcr.io/", "a/b:", ""])
def test_what_is_no_name_is_refused(written: str) -> None:
    with pytest.raises(ConfigError, match="not an image name"):
        ImageName.parse(written)


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("gemma3:270m", "registry.ollama.ai/library/gemma3:270m"),
        ("somebody/tune:1b", "registry.ollama.ai/somebody/tune:1b"),
    ],
)
def test_a_models_short_name_is_ollamas(short: str, full: str) -> None:
    assert str(model_name(short)) == full
