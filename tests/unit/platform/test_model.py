"""What follows from platform.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.errors import ConfigError
from platformctl.local.node import settings
from platformctl.platform import CATALOGUE, Platform, embedded, parse

VALID = Path(__file__).parent / "valid"


def platform(name: str) -> Platform:
    return parse((VALID / f"{name}.yaml").read_text())


def test_an_embedded_cluster_uses_the_local_servers() -> None:
    cluster = platform("plain").cluster()
    assert cluster.url == "http://chat.localhost:8080"
    assert cluster.model_registry == "http://10.199.0.1:5000"
    assert cluster.git_url == "http://10.199.0.1:8081/platform.git"
    assert cluster.push_url == "http://localhost:8081/platform.git"


def test_an_existing_cluster_uses_the_servers_of_the_file() -> None:
    cluster = platform("existing-cluster").cluster()
    assert cluster.url == "http://chat.localhost"
    assert cluster.model_registry == ""
    assert cluster.git_url == cluster.push_url == "https://git.example.com/platform.git"
    assert {c.name for c in cluster.components} == {"traefik", "ollama", "chatbot-api", "chatbot-ui"}


def test_dependencies_are_those_that_the_cluster_has() -> None:
    for name, expected in (("plain", ("local-path-provisioner",)), ("existing-cluster", ())):
        cluster = platform(name).cluster()
        assert cluster.dependencies(cluster.component("ollama")) == expected


def test_a_component_stands_after_what_it_depends_on() -> None:
    names = list(CATALOGUE)
    for component in CATALOGUE.values():
        for dependency in component.depends_on:
            assert names.index(dependency) < names.index(component.name)


def test_the_models_keep_their_order_and_take_their_digest_from_the_catalogue() -> None:
    first, second = platform("plain").cluster().models
    assert (first.name, second.name) == ("gemma3:270m", "qwen3:0.6b")
    assert first.digest == "sha256:" + "0" * 63 + "1"
    assert second.digest is None


def test_our_images_stand_under_our_registry_with_the_version_of_the_file() -> None:
    found = platform("everything-set")
    assert str(found.images(CATALOGUE["chatbot-api"])["image"]) == "ghcr.io/platformctl/chatbot-api:0.2.0"
    assert str(found.images(CATALOGUE["chatbot-ui"])["image"]) == "ghcr.io/platformctl/chatbot-ui:0.1.0"
    assert str(found.images(CATALOGUE["traefik"])["image"]) == "docker.io/library/traefik:v3.6.12"


def test_submodules_are_the_components_that_say_so() -> None:
    assert [component.name for component in platform("plain").submodules] == ["chatbot-api"]


def test_unset_stays_unset() -> None:
    chosen = platform("plain").cluster().settings
    assert chosen.ui is None
    assert chosen.api.max_context_messages is None
    assert chosen.inference.context_length is None


def test_a_cluster_is_chosen_by_name_where_there_are_several() -> None:
    several = platform("models-share-an-anchor")
    assert several.cluster("other").host == "x.example.com"
    assert several.cluster().name == "service"
    with pytest.raises(ConfigError, match='"lokal" is not a cluster'):
        several.cluster("lokal")


def test_of_several_clusters_one_that_is_not_embedded_is_never_the_default() -> None:
    text = (VALID / "models-share-an-anchor.yaml").read_text().replace("target: embedded", "target: existing")
    text = text.replace("className: local-path", "className: fast").partition("    embedded:\n")
    with pytest.raises(ConfigError, match="several clusters: service, other"):
        parse(text[0] + text[2][text[2].index("  other:") :]).cluster()


def test_a_shared_namespace_has_one_level() -> None:
    levels = {(c.namespace, c.pod_security) for c in CATALOGUE.values()}
    assert len(levels) == len({namespace for namespace, _ in levels})


def test_what_is_rendered_for_the_embedded_cluster_is_what_its_node_uses() -> None:
    assert (embedded.HOST_ADDRESS, embedded.NODE_ADDRESS) == (settings.HOST_ADDRESS, settings.NODE_ADDRESS)
    assert f"http://{settings.REGISTRY}" == embedded.REGISTRY_URL
    assert settings.API_PORT in embedded.NODE_PORTS
