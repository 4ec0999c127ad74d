"""The gateway and the login, through the real Helm and the charts of Istio and cert-manager."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from platformctl.build import Build, Object, ObjectId, build
from platformctl.build.documents import load_one
from platformctl.build.packaged_charts import PACKAGED_CHARTS
from platformctl.check import CHECKS, Cluster
from platformctl.cli.tools import chart_folder, programs, schemas
from platformctl.platform import Platform, load
from platformctl.render import difference, write
from tests.integration.test_offline import ROOT

RELEASES = ("istio-base", "istiod", "istio-gateway", "cert-manager", "certificates", "ingress", "login")
INFERENCE = {"engine": "ollama", "models": ["m:1"], "storage": {"size": "2Gi", "accessMode": "ReadWriteOnce"}}
API = {"replicas": {"min": 1, "max": 1}, "targetCPUUtilization": 50}
COMMON = {"gateway": "istio", "history": "none", "api": API}


def inference(storage: str) -> dict[str, Any]:
    return {**INFERENCE, "storage": {**INFERENCE["storage"], "className": storage}}


EMBEDDED = {**COMMON, "target": "embedded", "domain": "chat.localhost", "inference": inference("local-path")}
PLATFORM = {
    "name": "chat",
    "git": {"url": "https://git.example.com/platform.git", "branch": "main"},
    "images": {"registry": "ghcr.io/example"},
    "models": {"m:1": {}},
    "clusters": {
        "local": {**EMBEDDED, "login": "keycloak", "embedded": {"httpsPort": 8443}},
        "open": {**EMBEDDED, "embedded": {"httpsPort": 443}},
        "cloud": {
            **COMMON,
            "target": "existing",
            "domain": "chat.example.com",
            "inference": inference("standard"),
            "login": "keycloak",
            "mesh": True,
            "certificates": {"issuer": "acme", "email": "ops@example.com"},
            "dns": {"provider": "clouddns", "project": "p"},
            "secrets": {"store": "external", "name": "store"},
        },
    },
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a cluster of each kind."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "platform.yaml").write_text(yaml.safe_dump(PLATFORM, sort_keys=False))
    for chart in ROOT.glob("components/*/chart"):
        shutil.copytree(chart, folder / chart.relative_to(ROOT))
    write(folder, difference(folder, load(folder)).changes)
    return folder


@pytest.fixture(scope="module")
def platform(root: Path) -> Platform:
    return load(root)


@pytest.fixture(scope="module")
def builds(root: Path, platform: Platform) -> dict[str, Build]:
    return {
        name: build(root, cluster.path, programs(), chart_folder)
        for name, cluster in platform.clusters.items()
    }


def ours(built: Build) -> list[Object]:
    return [item for item in built.objects if item.origin.release and item.origin.release.name in RELEASES]


def one(built: Build, kind: str, namespace: str, name: str) -> Object:
    found = built.find(ObjectId(kind, namespace, name))
    assert found is not None, f"{kind} {namespace}/{name}: {built.problems} {built.notes}"
    return found


def mesh(built: Build) -> Any:
    return load_one(one(built, "ConfigMap", "istio-system", "istio").get("data", "mesh"))


def gateway_labels(built: Build) -> dict[str, str]:
    labels = one(built, "Deployment", "istio-ingress", "istio-gateway").get(
        "spec", "template", "metadata", "labels"
    )
    return dict(labels)


@pytest.mark.parametrize("cluster", PLATFORM["clusters"])
def test_everything_is_rendered_and_fits_its_schema(builds: dict[str, Build], cluster: str) -> None:
    built = builds[cluster]
    assert not [item for item in built.left_out if item.name in RELEASES]
    assert not [p.sentence for p in built.problems if p.object and p.object.name in RELEASES]
    looked = Cluster(built, schemas())
    about = {str(item.id) for item in ours(built)}
    found = [*CHECKS["schema/invalid"].run(looked), *CHECKS["schema/unknown-kind"].run(looked)]
    assert not [finding for finding in found if finding.object in about]


@pytest.mark.parametrize("cluster", PLATFORM["clusters"])
def test_every_image_is_one_of_the_catalogue(
    builds: dict[str, Build], platform: Platform, cluster: str
) -> None:
    known = {str(image) for image in platform.clusters[cluster].images}
    used = {
        container["image"]
        for item in ours(builds[cluster])
        for container in item.get("spec", "template", "spec", "containers", default=())
    }
    # What istiod puts into the gateway's pods, which name none themselves.
    injected = one(builds[cluster], "ConfigMap", "istio-system", "istio-sidecar-injector")
    put = load_one(injected.get("data", "values"))["global"]
    used |= {f"{put['hub']}/{put['proxy']['image']}:{put['tag']}"}
    assert used - {"auto"} <= known
    assert len(used) == 6


@pytest.mark.parametrize("cluster", PLATFORM["clusters"])
def test_every_policy_selects_the_gateways_pods(builds: dict[str, Build], cluster: str) -> None:
    built = builds[cluster]
    labels = gateway_labels(built).items()
    selectors = [item.get("spec", "selector", "matchLabels") for item in built.of("AuthorizationPolicy")]
    selectors += [item.get("spec", "selector", "matchLabels") for item in built.of("RequestAuthentication")]
    selectors += [item.get("spec", "workloadSelector", "labels") for item in built.of("EnvoyFilter")]
    selectors += [item.get("spec", "selector") for item in built.of("Gateway")]
    assert len(selectors) >= 4
    for selector in selectors:
        assert selector
        assert selector.items() <= labels


@pytest.mark.parametrize("cluster", PLATFORM["clusters"])
def test_the_gateway_refuses_what_nothing_allows(builds: dict[str, Build], cluster: str) -> None:
    policy = one(builds[cluster], "AuthorizationPolicy", "istio-ingress", "default-deny")
    assert policy.spec["action"] == "ALLOW"
    assert "rules" not in policy.spec


def public(built: Build) -> list[tuple[list[str], list[str] | None]]:
    policy = one(built, "AuthorizationPolicy", "istio-ingress", "public")
    operations = [rule["to"][0]["operation"] for rule in policy.spec["rules"]]
    return [(operation["hosts"], operation.get("paths")) for operation in operations]


def test_with_a_login_only_its_own_paths_need_no_session(builds: dict[str, Build]) -> None:
    assert public(builds["local"]) == [
        (["app.chat.localhost", "app.chat.localhost:*"], None),
        (["api.chat.localhost", "api.chat.localhost:*"], ["/oauth2/*"]),
        (["auth.chat.localhost", "auth.chat.localhost:*"], ["/realms/chat/*", "/resources/*"]),
    ]


def test_without_a_login_the_api_is_open(builds: dict[str, Build]) -> None:
    assert public(builds["open"]) == [
        (["app.chat.localhost", "app.chat.localhost:*"], None),
        (["api.chat.localhost", "api.chat.localhost:*"], None),
    ]
    assert not list(builds["open"].of("RequestAuthentication"))


def test_the_policy_and_the_mesh_name_the_same_provider(builds: dict[str, Build]) -> None:
    policy = one(builds["local"], "AuthorizationPolicy", "istio-ingress", "session")
    (provider,) = mesh(builds["local"])["extensionProviders"]
    assert policy.get("spec", "provider", "name") == provider["name"]
    assert not mesh(builds["open"]).get("extensionProviders")


def test_only_a_verified_token_opens_the_api(builds: dict[str, Build]) -> None:
    (rule,) = one(builds["local"], "AuthorizationPolicy", "istio-ingress", "with-token").spec["rules"]
    (jwt,) = one(builds["local"], "RequestAuthentication", "istio-ingress", "token").spec["jwtRules"]
    assert jwt["issuer"] == "https://auth.chat.localhost:8443/realms/chat"
    assert rule["from"] == [{"source": {"requestPrincipals": [f"{jwt['issuer']}/*"]}}]
    assert jwt["fromHeaders"] == [{"name": "x-auth-request-access-token"}]


@pytest.mark.parametrize("cluster", PLATFORM["clusters"])
def test_the_gateway_has_the_certificate_of_all_its_hosts(builds: dict[str, Build], cluster: str) -> None:
    servers = one(builds[cluster], "Gateway", "istio-ingress", "platform").spec["servers"]
    certificate = one(builds[cluster], "Certificate", "istio-ingress", "platform-tls").spec
    (secure,) = [server for server in servers if server["port"]["number"] == 443]
    assert secure["tls"]["credentialName"] == certificate["secretName"]
    assert secure["hosts"] == certificate["dnsNames"]
    issuer = one(builds[cluster], "ClusterIssuer", "", certificate["issuerRef"]["name"])
    assert set(issuer.spec) == ({"acme"} if cluster == "cloud" else {"ca"})


@pytest.mark.parametrize(
    ("cluster", "ports", "redirected"),
    [("local", [443, 8443], False), ("open", [443], False), ("cloud", [80, 443], True)],
)
def test_where_the_gateway_listens(
    builds: dict[str, Build], cluster: str, ports: list[int], redirected: bool
) -> None:
    service = one(builds[cluster], "Service", "istio-ingress", "istio-gateway").spec
    assert [port["port"] for port in service["ports"]] == ports
    assert service["type"] == ("LoadBalancer" if cluster == "cloud" else "ClusterIP")
    servers = one(builds[cluster], "Gateway", "istio-ingress", "platform").spec["servers"]
    assert any(server["tls"].get("httpsRedirect") for server in servers) == redirected


@pytest.mark.parametrize("cluster", PLATFORM["clusters"])
def test_the_stock_envoy_is_allowed_for_where_it_runs_and_nowhere_else(
    builds: dict[str, Build], cluster: str
) -> None:
    istiod = one(builds[cluster], "Deployment", "istio-system", "istiod")
    variables = istiod.get("spec", "template", "spec", "containers", 0, "env")
    switched = {entry["name"] for entry in variables if entry.get("value") == "false"}
    wanted = {"PILOT_ENABLE_METADATA_EXCHANGE", "PILOT_ENABLE_ALPN_FILTER"} if cluster != "cloud" else set()
    assert switched - {"PILOT_ENABLE_ANALYSIS"} == wanted
    assert bool(mesh(builds[cluster]).get("defaultProviders")) == (cluster == "cloud")


@pytest.mark.parametrize("cluster", PLATFORM["clusters"])
def test_no_webhook_is_changed_behind_helms_back(builds: dict[str, Build], cluster: str) -> None:
    """istiod sets a failurePolicy that is not Fail to Fail, which Flux would take for drift."""
    policies = [
        hook.get("failurePolicy")
        for item in ours(builds[cluster])
        if item.kind == "ValidatingWebhookConfiguration"
        for hook in item.data["webhooks"]
    ]
    assert len(policies) == 3
    assert set(policies) == {"Fail"}


def test_a_mesh_takes_nothing_in_clear_text(builds: dict[str, Build]) -> None:
    assert one(builds["cloud"], "PeerAuthentication", "istio-system", "default").spec == {
        "mtls": {"mode": "STRICT"}
    }
    assert not list(builds["local"].of("PeerAuthentication"))


@pytest.mark.parametrize("cluster", PLATFORM["clusters"])
def test_no_value_is_misspelt_where_the_chart_has_no_schema(builds: dict[str, Build], cluster: str) -> None:
    """Istio's charts take any value. Only the first level: below are free maps."""
    for chart in PACKAGED_CHARTS:
        release = {"base": "istio-base", "gateway": "istio-gateway"}.get(chart.name, chart.name)
        values = load_one((chart_folder(chart.folder) / chart.inside / "values.yaml").read_text())
        known = set(values.get("_internal_defaults_do_not_set", values))
        (item,) = [one for one in builds[cluster].of("HelmRelease") if one.name == release]
        assert set(item.spec.get("values", {})) <= known, release
