"""The options of oauth2-proxy, from every place where people write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from platformctl.build import Build, Object, Origin
from platformctl.build.documents import load_all
from platformctl.check import Cluster
from platformctl.check.login.oauth2_proxy import Proxy, option, proxies
from tests.unit.check.cluster_of_files import schemas

POD = """
apiVersion: v1
kind: Pod
metadata: {{name: p, namespace: n}}
spec:
  containers: [{{name: c, image: "{image}", {rest}}}]
  volumes:
    - {{name: v, configMap: {{name: m}}}}
    - {{name: w, projected: {{sources: [{{configMap: {{name: m}}}}]}}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: m, namespace: n}}
data:
  a.cfg: |
    cookie_domains = [".cfg"]
    reverse_proxy = true
  OAUTH2_PROXY_COOKIE_NAME: "of-the-map"
  broken.cfg: "= ="
"""


def read(rest: str, image: str = "quay.io/oauth2-proxy/oauth2-proxy:v7") -> list[Proxy]:
    built = Build(Path(), "clusters/c")
    built.objects += [Object(data, Origin("f")) for data in load_all(POD.format(image=image, rest=rest))]
    return list(proxies(Cluster(built, schemas())))


def only(rest: str) -> Proxy:
    (proxy,) = read(rest)
    return proxy


MOUNT = "volumeMounts: [{name: v, mountPath: /etc/o}]"


@pytest.mark.parametrize(
    ("rest", "domain"),
    [
        ('args: ["--cookie-domain=.x"]', [".x"]),
        ('args: ["--cookie-domain", .x]', [".x"]),
        ('args: ["--cookie-domain=.x,.y", "--cookie-domain=.z"]', [".x", ".y", ".z"]),
        ('command: [/bin/oauth2-proxy, "--cookie-domain=.x"]', [".x"]),
        ('command: [sh, -c, "exec oauth2-proxy --reverse-proxy --cookie-domain=.x"]', [".x"]),
        ('command: [sh, -c, "oauth2-proxy --cookie-domain=$D"], env: [{name: D, value: .x}]', [".x"]),
        ('args: ["--cookie-domain=$(D)"], env: [{name: D, value: .x}]', [".x"]),
        ('args: ["--reverse-proxy", "--cookie-domain", .x]', [".x"]),
        ("env: [{name: OAUTH2_PROXY_COOKIE_DOMAINS, value: .x}]", [".x"]),
        (f'args: ["--config=/etc/o/a.cfg"], {MOUNT}', [".cfg"]),
        (f'args: ["--config=/etc/o/a.cfg", "--cookie-domain=.x"], {MOUNT}', [".x"]),
        (f"env: [{{name: OAUTH2_PROXY_CONFIG, value: /etc/o/a.cfg}}], {MOUNT}", [".cfg"]),
        ('args: ["--config=/o.cfg"], volumeMounts: [{name: w, mountPath: /o.cfg, subPath: a.cfg}]', [".cfg"]),
    ],
)
def test_places(rest: str, domain: list[str]) -> None:
    proxy = only(rest)
    assert proxy.options.texts("cookie-domain") == domain
    assert proxy.options.known("cookie-domain")


@pytest.mark.parametrize(
    "rest",
    [
        "env: [{name: OAUTH2_PROXY_COOKIE_DOMAINS, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
        'args: ["--cookie-domain=$(GONE)"]',
        'command: [sh, -c, "oauth2-proxy --cookie-domain=$GONE"]',
        "envFrom: [{secretRef: {name: s}}]",
        'args: ["--config=/etc/o/a.cfg"]',
        f'args: ["--config=/etc/o/gone.cfg"], {MOUNT}',
        f'args: ["--config=/etc/o/broken.cfg"], {MOUNT}',
        'args: ["--alpha-config=/etc/o/alpha.yaml"]',
    ],
)
def test_what_comes_from_elsewhere_is_not_known(rest: str) -> None:
    options = only(rest).options
    assert not options.known("cookie-domain")
    assert options.text("cookie-domain", "") is None
    assert options.flag("cookie-domain") is None
    assert options.texts("cookie-domain") == []


def test_what_is_nowhere_is_not_set() -> None:
    options = only('args: ["--reverse-proxy"], envFrom: [{configMapRef: {name: m}}]').options
    assert options.known("cookie-domain")
    assert options.text("cookie-samesite", "lax") == "lax"
    assert options.flag("reverse-proxy") is True
    assert options.flag("cookie-secure", True) is True
    assert options.text("cookie-name", "") == "of-the-map"
    assert options.spot("cookie-domain").field == ("spec", "containers", 0)
    assert options.spot("cookie-name").field == ("data", "OAUTH2_PROXY_COOKIE_NAME")
    assert options.spot("reverse-proxy").field == ("spec", "containers", 0, "args", 0)


@pytest.mark.parametrize(
    ("image", "count"),
    [
        ("oauth2-proxy", 1),
        ("mirror.example.com:5000/x/oauth2-proxy@sha256:0", 1),
        ("bitnami/oauth2-proxy:7", 1),
        ("example/oauth2-proxy-tests:1", 0),
    ],
)
def test_by_its_image(image: str, count: int) -> None:
    assert len(read("args: []", image)) == count


def test_by_its_program() -> None:
    assert len(read("command: [/usr/bin/oauth2-proxy]", "example.com/own")) == 1


@pytest.mark.parametrize(
    ("name", "flag"),
    [
        ("COOKIE_DOMAINS", "cookie-domain"),
        ("set_xauthrequest", "set-xauthrequest"),
        ("upstreams", "upstream"),
    ],
)
def test_names_in_files_and_variables(name: str, flag: str) -> None:
    assert option(name) == flag


def values(**given: Any) -> Proxy:
    built = Build(Path(), "clusters/c")
    release = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "r", "namespace": "n"},
        "spec": {"chart": {"spec": {"chart": "oauth2-proxy"}}, "values": given},
    }
    built.objects.append(Object(release, Origin("r.yaml")))
    built.left_out += built.objects
    (proxy,) = proxies(Cluster(built, schemas()))
    return proxy


def test_values_of_the_projects_chart() -> None:
    options = values(
        config={"clientID": "web", "configFile": 'upstreams = ["static://200"]\ncookie_refresh = "1m"'},
        extraArgs={"cookie-refresh": "2m", "reverse-proxy": True, "whitelist-domain": [".x", ".y"]},
        extraEnv=[{"name": "OAUTH2_PROXY_PROVIDER", "value": "oidc"}],
    ).options
    assert options.text("client-id", "") == "web"
    assert options.texts("upstream") == ["static://200"]
    assert options.text("cookie-refresh", "") == "2m"
    assert options.flag("reverse-proxy") is True
    assert options.texts("whitelist-domain") == [".x", ".y"]
    assert options.text("provider", "") == "oidc"
    # Its templates may set more.
    assert not options.known("cookie-domain")
    assert options.spot("cookie-refresh").field == ("spec", "values", "extraArgs", "cookie-refresh")


def test_arguments_as_a_list_in_values() -> None:
    options = values(extraArgs=["--upstream=static://200", "--reverse-proxy"]).options
    assert options.texts("upstream") == ["static://200"]
    assert options.flag("reverse-proxy") is True
