"""The patch that keeps submodules on: recognised in every form, added without touching the rest."""

from __future__ import annotations

import json

import pytest
from ruamel.yaml import YAML

from platformctl.build.flux_patch import turns_submodules_on, with_submodules_on
from platformctl.errors import ConfigError

OPERATION = "[{op: add, path: /spec/recurseSubmodules, value: true}]"
MERGE = """
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {recurseSubmodules: true}
"""


@pytest.mark.parametrize(
    "document",
    [
        {"patches": [{"target": {"kind": "GitRepository", "name": "flux-system"}, "patch": OPERATION}]},
        {"patches": [{"target": {"kind": "GitRepository"}, "patch": OPERATION}]},
        {"patches": [{"target": {"kind": "GitRepo.*", "name": "flux-.*"}, "patch": OPERATION}]},
        {"patches": [{"target": {"kind": "GitRepository"}, "patch": "spec: {recurseSubmodules: true}"}]},
        {"patches": [{"patch": MERGE}]},
        {"patchesStrategicMerge": [MERGE]},
        {"patches": [{"target": {"kind": "GitRepository"}, "path": "on.yaml"}]},
        {
            "patches": [
                {
                    "target": {"kind": "GitRepository"},
                    "patch": "[{op: replace, path: /spec/interval, value: 2s},"
                    " {op: add, path: /spec/recurseSubmodules, value: true}]",
                }
            ]
        },
    ],
)
def test_patch_that_turns_submodules_on(document: object) -> None:
    assert turns_submodules_on(json.dumps(document), {"on.yaml": OPERATION}.get)


OFF = "[{op: remove, path: /spec/recurseSubmodules}]"
ON = {"target": {"kind": "GitRepository"}, "patch": OPERATION}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"patches": []},
        {"patches": [{"target": {"kind": "GitRepository", "name": "other"}, "patch": OPERATION}]},
        {"patches": [{"target": {"kind": "GitRepository", "name": "flux"}, "patch": OPERATION}]},
        {"patches": [{"target": {"kind": "Kustomization"}, "patch": OPERATION}]},
        {"patches": [{"target": {"kind": "GitRepository"}, "path": "gone.yaml"}]},
        {"patches": [{"target": {"kind": "GitRepository"}, "patch": OPERATION.replace("true", "false")}]},
        {"patches": [{"target": {"kind": "GitRepository"}, "patch": OPERATION.replace("true", "'true'")}]},
        {"patches": [ON, {"target": {"kind": "GitRepository"}, "patch": OFF}]},
        {"patches": [ON, {"patch": MERGE.replace("true", "false")}]},
        {"patches": [{"patch": MERGE.replace("name: flux-system,", "name: other,")}]},
    ],
)
def test_patch_that_does_not(document: object) -> None:
    assert not turns_submodules_on(json.dumps(document))


@pytest.mark.parametrize("text", [None, "", "{", "- a list"])
def test_no_kustomization_is_no_patch(text: str | None) -> None:
    assert not turns_submodules_on(text)


EXISTING = """\
# ours
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
patches:
  # keep this
  - target: {kind: Deployment, name: helm-controller}
    patch: |
      - {op: add, path: /x, value: y}
resources:
  - gotk-components.yaml
  - gotk-sync.yaml
"""


def test_what_is_there_stays() -> None:
    written = with_submodules_on(EXISTING)

    assert turns_submodules_on(written)
    assert set(EXISTING.splitlines()) <= set(written.splitlines())
    assert with_submodules_on(written) == written


def test_from_nothing() -> None:
    written = with_submodules_on(None)

    assert turns_submodules_on(written)
    assert YAML(typ="safe").load(written)["resources"] == ["gotk-components.yaml", "gotk-sync.yaml"]


def test_switched_off_is_switched_on_again() -> None:
    off = EXISTING.replace(
        "resources:", f'  - target: {{kind: GitRepository}}\n    patch: "{OFF}"\nresources:'
    )
    assert not turns_submodules_on(off)

    assert turns_submodules_on(with_submodules_on(off))


@pytest.mark.parametrize("text", ["{", "- a list"])
def test_something_else_is_left_alone(text: str) -> None:
    with pytest.raises(ConfigError):
        with_submodules_on(text)
