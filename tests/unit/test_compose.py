"""compose.yaml runs what the cluster `service` runs: the same images, models and settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from platformctl.platform import Cluster, load

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose: dict[str, Any] = YAML(typ="safe").load(ROOT / "compose.yaml")["services"]
    return compose


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load(ROOT).cluster("service")


def default_of(value: object) -> str:
    """What a setting is where the environment says nothing."""
    return re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", str(value))


def test_the_images_are_the_clusters(services: dict[str, Any], cluster: Cluster) -> None:
    assert {service["image"] for service in services.values()} <= set(map(str, cluster.images))


def test_the_models_are_the_clusters(services: dict[str, Any], cluster: Cluster) -> None:
    wanted = ",".join(model.name for model in cluster.models)
    for name in ("chatbot-api", "models"):
        assert default_of(services[name]["environment"]["MODELS"]) == wanted


def test_the_context_is_the_clusters(services: dict[str, Any], cluster: Cluster) -> None:
    chart = YAML(typ="safe").load(ROOT / "components/ollama/chart/values.yaml")
    length = cluster.settings.inference.context_length or chart["contextLength"]
    assert services["ollama"]["environment"]["OLLAMA_CONTEXT_LENGTH"] == length
    assert services["ollama"]["environment"]["OLLAMA_KEEP_ALIVE"] == chart["keepAlive"]
    messages = services["chatbot-api"]["environment"]["MAX_CONTEXT_MESSAGES"]
    assert default_of(messages) == str(cluster.settings.api.max_context_messages)
