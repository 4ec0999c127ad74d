"""Cluster DNS asks other name servers of the cluster for their zones."""

from __future__ import annotations

from typing import Any

import yaml

from platformctl.local.node.cluster_dns import manifest


def corefile(text: str) -> str:
    objects: list[Any] = list(yaml.safe_load_all(text))
    (found,) = (one["data"]["Corefile"] for one in objects if one["kind"] == "ConfigMap")
    return str(found)


def test_without_other_zones() -> None:
    assert "forward" not in corefile(manifest({}))
    assert "kubernetes cluster.local" in corefile(manifest({}))


def test_each_zone_has_its_server() -> None:
    found = corefile(manifest({"chat.localhost": "10.96.0.53"}))

    assert found.startswith(corefile(manifest({})))
    block = found.removeprefix(corefile(manifest({}))).split()
    assert block[:2] == ["chat.localhost:53", "{"]
    assert "forward . 10.96.0.53" in " ".join(block)


def test_all_objects_are_there() -> None:
    kinds = [one["kind"] for one in yaml.safe_load_all(manifest({}))]
    assert {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Deployment", "Service"} < set(kinds)
