"""What platform.yaml becomes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from platformctl.platform import Platform, load, parse
from platformctl.platform.embedded import NODE_ADDRESS
from platformctl.render import HEADER, TemplateError, render
from platformctl.render.templates import Templates, scalar
from platformctl.render.writing import changes

ROOT = Path(__file__).parents[3]
VALID = Path(__file__).parents[1] / "platform/valid"


def platform(name: str) -> Platform:
    return parse((VALID / f"{name}.yaml").read_text())


def documents(text: str) -> list[Any]:
    return [found for found in YAML(typ="safe").load_all(text) if found]


def values(rendered: dict[str, str], component: str) -> Any:
    return documents(rendered[f"clusters/service/{component}/values.yaml"])[0]["spec"]["values"]


def test_the_committed_files_are_current() -> None:
    stale = changes(ROOT, render(load(ROOT)))
    assert not stale, "".join(change.diff() for change in stale)


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    script = "from platformctl.platform import load; from platformctl.render import render; import pathlib; "
    script += "print(repr(render(load(pathlib.Path('.')))))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    rendered = render(load(ROOT))
    assert outputs == {f"{rendered!r}\n".encode()}
    assert list(rendered) == sorted(rendered)


def test_every_file_says_that_it_was_rendered() -> None:
    assert all(text.startswith(HEADER) for text in render(platform("plain")).values())


def test_the_models_are_one_list() -> None:
    rendered = render(platform("plain"))
    assert values(rendered, "chatbot-api")["models"] == ["gemma3:270m", "qwen3:0.6b"]
    assert [model["name"] for model in values(rendered, "ollama")["models"]] == ["gemma3:270m", "qwen3:0.6b"]
    assert "digest" not in values(rendered, "ollama")["models"][1]


def test_what_is_unset_is_not_rendered() -> None:
    plain, full = render(platform("plain")), render(platform("everything-set"))
    for component, key, value in (
        ("chatbot-api", "maxContextMessages", 8),
        ("ollama", "contextLength", 8192),
        ("chatbot-ui", "replicas", 3),
    ):
        assert key not in values(plain, component)
        assert values(full, component)[key] == value


def test_an_existing_cluster_gets_nothing_of_the_embedded_one() -> None:
    rendered = render(platform("existing-cluster"))
    text = "".join(rendered.values())
    assert "10.199.0.1" not in text
    assert not any("local-path" in path or "metrics-server" in path for path in rendered)
    assert values(rendered, "traefik")["service"] == {"type": "LoadBalancer"}
    patched = rendered["clusters/service/flux-system/kustomization.yaml"]
    assert "/spec/recurseSubmodules" in patched
    assert "/spec/interval" not in patched


def test_the_nodes_address_leads_to_the_gateway_of_an_embedded_cluster() -> None:
    assert values(render(platform("plain")), "traefik")["service"] == {"externalIPs": [NODE_ADDRESS]}


def test_every_component_has_a_kustomization_that_waits() -> None:
    wanted = platform("plain").cluster()
    found = {
        item["metadata"]["name"]: item["spec"]
        for item in documents(render(platform("plain"))["clusters/service/kustomizations.yaml"])
    }
    assert list(found) == [component.name for component in wanted.components]
    for component in wanted.components:
        spec = found[component.name]
        assert spec["wait"] is spec["prune"] is True
        dependencies = [entry["name"] for entry in spec.get("dependsOn", ())]
        assert dependencies == list(wanted.dependencies(component))


def test_an_upstream_chart_comes_from_its_registry_at_one_version() -> None:
    for name, url, insecure in (
        ("login", "oci://10.199.0.1:5000/istio-release/charts", True),
        ("login-on-an-existing-cluster", "oci://gcr.io/istio-release/charts", None),
    ):
        rendered = render(platform(name))
        chart = documents(rendered["clusters/base/istiod/release.yaml"])[0]["spec"]["chart"]["spec"]
        assert (chart["chart"], chart["version"]) == ("istiod", "1.31.1")
        path = platform(name).cluster().path
        sources = {
            (item["metadata"]["namespace"], item["kind"], item["metadata"]["name"]): item["spec"]
            for item in documents(rendered[f"{path}/sources.yaml"])
        }
        reference = chart["sourceRef"]
        source = sources[reference["namespace"], reference["kind"], reference["name"]]
        assert (source["url"], source.get("insecure"), source["type"]) == (url, insecure, "oci")
        assert "sources.yaml" in documents(rendered[f"{path}/kustomization.yaml"])[0]["resources"]


def test_a_cluster_of_our_charts_alone_has_no_sources_and_no_secrets() -> None:
    assert not [path for path in render(platform("plain")) if "sources" in path or "secrets" in path]


def test_the_secrets_are_decrypted_before_what_reads_them() -> None:
    rendered = render(platform("login"))
    first, *rest = documents(rendered["clusters/local/kustomizations.yaml"])
    assert first["metadata"]["name"] == "secrets"
    assert first["spec"]["path"] == "./clusters/local/secrets"
    assert first["spec"]["decryption"] == {"provider": "sops", "secretRef": {"name": "sops-age"}}
    waiting = {
        item["metadata"]["name"] for item in rest if {"name": "secrets"} in item["spec"].get("dependsOn", ())
    }
    assert waiting == {"dns", "external-dns", "postgresql", "redis", "keycloak", "oauth2-proxy"}
    listed = documents(rendered["clusters/local/secrets/kustomization.yaml"])[0]["resources"]
    assert listed == [secret.file for secret in platform("login").cluster().secrets]
    # The files themselves are sops's.
    assert not [path for path in rendered if path.endswith(listed[0])]


def test_a_store_of_others_is_asked_for_every_key() -> None:
    rendered = render(platform("secrets-in-an-external-store"))
    first = documents(rendered["clusters/sandbox/kustomizations.yaml"])[0]
    assert "decryption" not in first["spec"]
    for secret in platform("secrets-in-an-external-store").cluster().secrets:
        (asked,) = documents(rendered[f"clusters/sandbox/secrets/{secret.file}"])
        assert [entry["secretKey"] for entry in asked["spec"]["data"]] == list(secret.keys)
        # Not another cluster's: two may read one store.
        stored = {entry["remoteRef"]["key"] for entry in asked["spec"]["data"]}
        assert stored == {f"chat-sandbox-{secret.namespace}-{secret.name}"}
        assert asked["spec"]["secretStoreRef"] == {"kind": "ClusterSecretStore", "name": "vault"}
    assert "valuesFrom" not in "".join(rendered.values())


def test_what_reads_a_secret_starts_anew_with_it() -> None:
    overlay = documents(render(platform("login"))["clusters/local/oauth2-proxy/values.yaml"])[0]["spec"]
    assert overlay["valuesFrom"] == [
        {"kind": "Secret", "name": name, "targetPath": f"rotated.{name}", "valuesKey": ".rotated"}
        for name in ("oauth2-proxy", "redis")
    ]


def test_a_tag_of_the_embedded_cluster_alone_stands_in_its_overlay() -> None:
    rendered = render(platform("login"))
    base = documents(rendered["clusters/base/oauth2-proxy/release.yaml"])[0]["spec"]["values"]["image"]
    assert base == {"repository": "quay.io/oauth2-proxy/oauth2-proxy", "tag": "v7.15.2"}
    overlay = documents(rendered["clusters/local/oauth2-proxy/values.yaml"])[0]["spec"]["values"]["image"]
    assert overlay == {"tag": "v7.8.1"}
    assert "v7.8.1" not in "".join(render(platform("login-on-an-existing-cluster")).values())


def test_a_namespace_of_the_mesh_gets_sidecars() -> None:
    labels = {
        item["metadata"]["name"]: item["metadata"]["labels"]
        for item in documents(render(platform("istio-without-login"))["clusters/local/namespaces.yaml"])
    }
    assert {name for name, found in labels.items() if "istio-injection" in found} == {"chat", "inference"}
    assert "istio-injection" not in render(platform("login"))["clusters/local/namespaces.yaml"]


def test_a_repository_may_bring_a_template_of_its_own(tmp_path: Path) -> None:
    own = tmp_path / "values/chatbot-ui/base.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("podAnnotations: {team: [[ platform.name ]]}\n")
    release = render(platform("plain"), tmp_path)["clusters/base/chatbot-ui/release.yaml"]
    assert documents(release)[0]["spec"]["values"]["podAnnotations"] == {"team": "chat"}


def test_an_undefined_name_in_a_template_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "values/traefik").mkdir(parents=True)
    (tmp_path / "values/traefik/base.yaml").write_text("x: [[ platform.nmae ]]\n")
    with pytest.raises(TemplateError, match="nmae") as caught:
        render(platform("plain"), tmp_path)
    assert caught.value.place == "templates/values/traefik/base.yaml:1"


REACHES_FOR_THE_MACHINE = {
    "classes": "[[ platform.name.__class__.__mro__[1].__subclasses__() ]]",
    "globals": "[[ cycler.__init__.__globals__.os.popen('true').read() ]]",
    "by the filter attr": "[[ platform.name | attr('__class__') ]]",
    "pickle": "[[ platform.file.parse_raw('.', proto='pickle', allow_pickle=true) ]]",
    "a file": "[[ platform.file.parse_file('/etc/passwd') ]]",
    "a change of ours": "[[ images.clear() ]]",
}


@pytest.mark.parametrize("expression", REACHES_FOR_THE_MACHINE.values(), ids=REACHES_FOR_THE_MACHINE)
def test_a_template_of_a_stranger_reaches_nothing_but_the_platform(tmp_path: Path, expression: str) -> None:
    (tmp_path / "values/traefik").mkdir(parents=True)
    (tmp_path / "values/traefik/base.yaml").write_text(f"x: 1\n# {expression}\n")
    with pytest.raises(TemplateError, match="unsafe") as caught:
        render(platform("plain"), tmp_path)
    assert caught.value.place == "templates/values/traefik/base.yaml:2"


def test_a_template_that_is_a_link_out_of_the_templates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret: 1\n")
    own = tmp_path / "templates/values/traefik"
    own.mkdir(parents=True)
    (own / "base.yaml").symlink_to(tmp_path / "secret")
    with pytest.raises(TemplateError, match="leads out of") as caught:
        render(platform("plain"), tmp_path / "templates")
    assert caught.value.place == "templates/values/traefik/base.yaml"


def test_an_error_within_an_expression_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "values/traefik").mkdir(parents=True)
    (tmp_path / "values/traefik/base.yaml").write_text("x: 1\ny: [[ 1 / 0 ]]\n")
    with pytest.raises(TemplateError, match="division by zero") as caught:
        render(platform("plain"), tmp_path)
    assert caught.value.place == "templates/values/traefik/base.yaml:2"


def test_a_template_that_gives_no_yaml_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "values/traefik").mkdir(parents=True)
    (tmp_path / "values/traefik/base.yaml").write_text("x: [1\n")
    with pytest.raises(TemplateError, match="no YAML") as caught:
        render(platform("plain"), tmp_path)
    assert caught.value.place
    assert caught.value.place.startswith("clusters/base/traefik/release.yaml:")


def test_helm_and_flux_expressions_pass_through_templates(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a: {{ .Values.a }}\nb: ${B:=1}\nc: [[ 1 + 1 ]]\n")
    assert Templates(tmp_path).text("x") == "a: {{ .Values.a }}\nb: ${B:=1}\nc: 2\n"


@pytest.mark.parametrize(
    "value", ["1.35", "true", "null", "0x1", "a: b", "*x", "", "gemma3:270m", "v1", 3, True]
)
def test_a_scalar_is_read_back_as_it_was(value: str | int | bool) -> None:
    assert YAML(typ="safe").load(f"key: {scalar(value)}\n") == {"key": value}


def test_the_longest_names_still_make_the_name_of_an_authority() -> None:
    text = (VALID / "login.yaml").read_text().replace("name: chat", f"name: {'a' * 63}")
    rendered = render(parse(text.replace("  local:\n", f"  {'b' * 63}:\n")))
    found = documents(rendered[f"clusters/{'b' * 63}/certificates/values.yaml"])[0]["spec"]["values"]
    assert found["authority"] == "a" * 61 + " CA"
