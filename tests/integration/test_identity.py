"""Keycloak, oauth2-proxy, their stores and DNS, as the real Helm renders them for a cluster of each kind."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from platformctl.build import Object, build
from platformctl.build.documents import Data
from platformctl.check import Cluster, Severity, run_checks
from platformctl.check.pods import pods
from platformctl.cli.tools import chart_folder, programs, schemas
from platformctl.platform import Platform, load
from platformctl.render import difference, write
from tests.integration.test_gateway import PLATFORM
from tests.integration.test_offline import ROOT

RELEASES = ("postgresql", "redis", "keycloak", "oauth2-proxy", "dns", "external-dns")
KINDS = ("local", "cloud")
OAUTH2_PROXY = "clusters/local/oauth2-proxy/values.yaml"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    clusters: Any = PLATFORM["clusters"]
    local = {**clusters["local"], "identity": {"users": ["ada", "mary-jane"]}}
    file = {**PLATFORM, "clusters": {"local": local, "cloud": clusters["cloud"]}}
    (folder / "platform.yaml").write_text(yaml.safe_dump(file, sort_keys=False))
    for chart in ROOT.glob("components/*/chart"):
        shutil.copytree(chart, folder / chart.relative_to(ROOT))
    write(folder, difference(folder, load(folder)).changes)
    return folder


@pytest.fixture(scope="module")
def platform(root: Path) -> Platform:
    return load(root)


def looked_at(root: Path, name: str) -> Cluster:
    return Cluster(build(root, f"clusters/{name}", programs(), chart_folder), schemas())


@pytest.fixture(scope="module")
def clusters(root: Path) -> dict[str, Cluster]:
    return {name: looked_at(root, name) for name in KINDS}


def ours(cluster: Cluster) -> list[Object]:
    objects = cluster.build.objects
    return [item for item in objects if item.origin.release and item.origin.release.name in RELEASES]


def containers(cluster: Cluster) -> Iterator[tuple[Object, Data, Data]]:
    """Each container of ours, with its object and its pod's spec."""
    about = {item.id for item in ours(cluster)}
    for owner in pods(cluster):
        if owner.item.id in about:
            for _, container in owner.containers():
                yield owner.item, owner.spec, container


def secrets_read(cluster: Cluster) -> set[tuple[str, str, str]]:
    """Namespace, name and key of every Secret that an environment is taken from."""
    found = set()
    for item, _, container in containers(cluster):
        for variable in container.get("env", ()):
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                found.add((item.namespace, reference["name"], reference["key"]))
    return found


def container_of(cluster: Cluster, kind: str, namespace: str, name: str) -> Data:
    found = cluster.find(kind, namespace, name)
    assert found is not None, cluster.build.problems
    (container,) = found.get("spec", "template", "spec", "containers")
    return dict(container)


def realm(cluster: Cluster) -> Data:
    found = cluster.find("ConfigMap", "auth", "keycloak-realm")
    assert found is not None
    return dict(json.loads(found.get("data", "chat-realm.json")))


@pytest.mark.parametrize("name", KINDS)
def test_everything_is_rendered_and_no_check_objects(clusters: dict[str, Cluster], name: str) -> None:
    cluster = clusters[name]
    assert not [p.sentence for p in cluster.build.problems if p.object and p.object.name in RELEASES]
    about = {str(item.id) for item in ours(cluster)}
    assert about
    found = [f for f in run_checks(cluster) if f.object in about and f.severity is Severity.ERROR]
    assert not found


@pytest.mark.parametrize("name", KINDS)
def test_pods_fit_the_restricted_level(clusters: dict[str, Cluster], name: str) -> None:
    for item, pod, container in containers(clusters[name]):
        of_pod, own = pod["securityContext"], container["securityContext"]
        assert of_pod["runAsNonRoot"] and of_pod["runAsUser"] > 0, item.id
        assert of_pod["seccompProfile"] == {"type": "RuntimeDefault"}, item.id
        assert own["allowPrivilegeEscalation"] is False, item.id
        assert own["capabilities"] == {"drop": ["ALL"]}, item.id
        # Beyond the level: nothing is written but volumes.
        assert own["readOnlyRootFilesystem"], item.id
        assert not any("hostPath" in volume for volume in pod.get("volumes", ())), item.id


@pytest.mark.parametrize("name", KINDS)
def test_exactly_the_secrets_that_are_made_are_read(
    clusters: dict[str, Cluster], platform: Platform, name: str
) -> None:
    made = {
        (secret.namespace, secret.name, key)
        for secret in platform.clusters[name].secrets
        for key in secret.keys
    }
    assert secrets_read(clusters[name]) == made


@pytest.mark.parametrize("name", KINDS)
def test_the_realm_holds_no_secret_and_keycloak_has_what_it_asks_for(
    clusters: dict[str, Cluster], name: str
) -> None:
    cluster = clusters[name]
    given = {
        variable["name"]: variable["valueFrom"]["secretKeyRef"]
        for variable in container_of(cluster, "StatefulSet", "auth", "keycloak")["env"]
        if "valueFrom" in variable
    }
    assert set(re.findall(r"\$\{(\w+)\}", json.dumps(realm(cluster)))) <= set(given)
    (secret,) = [client["secret"] for client in realm(cluster)["clients"] if "secret" in client]
    assert given[secret.strip("${}")] == {"name": "oauth2-proxy", "key": "client-secret"}
    for user in realm(cluster).get("users", []):
        (password,) = user["credentials"]
        assert given[password["value"].strip("${}")] == {"name": "keycloak-users", "key": user["username"]}
        assert user["emailVerified"]


def test_a_realm_of_another_name_starts_keycloak_anew_which_takes_it_then(
    clusters: dict[str, Cluster],
) -> None:
    keycloak = clusters["local"].find("StatefulSet", "auth", "keycloak")
    assert keycloak is not None
    annotations = keycloak.get("spec", "template", "metadata", "annotations")
    assert annotations["platformctl/realm"] == realm(clusters["local"])["realm"]


def test_test_users_are_where_they_were_asked_for(clusters: dict[str, Cluster]) -> None:
    assert [user["username"] for user in realm(clusters["local"])["users"]] == ["ada", "mary-jane"]
    assert "users" not in realm(clusters["cloud"])


@pytest.mark.parametrize("name", KINDS)
def test_oauth2_proxy_and_the_realm_agree(
    clusters: dict[str, Cluster], platform: Platform, name: str
) -> None:
    words = [
        word.split("=", 1)
        for word in container_of(clusters[name], "Deployment", "auth", "oauth2-proxy")["args"]
    ]
    flags = dict(words)
    clients = {client["clientId"]: client for client in realm(clusters[name])["clients"]}
    client = clients[flags["--client-id"]]
    assert client["redirectUris"] == [flags["--redirect-url"]]
    assert client["attributes"]["pkce.code.challenge.method"] == flags["--code-challenge-method"]
    (keycloak,) = [
        word
        for word in container_of(clusters[name], "StatefulSet", "auth", "keycloak")["args"]
        if "hostname" in word
    ]
    assert flags["--oidc-issuer-url"] == keycloak.removeprefix("--hostname=") + "/realms/chat"
    mappers = {mapper["protocolMapper"] for mapper in client["protocolMappers"]}
    assert flags["--insecure-oidc-skip-nonce"] == "false"
    assert "oidc-nonce-backwards-compatible-mapper" in mappers
    assert not clients["admin-cli"]["enabled"]
    for one in (client for client in clients.values() if client.get("enabled", True)):
        audiences = {mapper["config"].get("included.custom.audience") for mapper in one["protocolMappers"]}
        assert flags["--oidc-extra-audience"] in audiences
    assert ("--trusted-proxy-ip" in flags) is (name == "cloud")
    assert ("--provider-ca-file" in flags) is (name == "local")
    authority = clusters[name].find("Certificate", "auth", "oauth2-proxy-ca")
    assert (authority is not None) is (name == "local")


@pytest.mark.parametrize(
    ("flag", "said"),
    [("skip-auth-route: GET=^/api/models", "skip-auth-route"), ("client-secret: s3cret", "client-secret")],
)
def test_a_flag_that_opens_a_path_or_shows_a_secret_is_refused(
    root: Path, tmp_path: Path, flag: str, said: str
) -> None:
    release = yaml.safe_load((root / OAUTH2_PROXY).read_text())
    release["spec"]["values"]["flags"].update(yaml.safe_load(flag))
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump(release["spec"]["values"]))
    chart = ROOT / "components/oauth2-proxy/chart"
    command = [*programs().helm_command, "template", "oauth2-proxy", str(chart), "--values", str(values)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode != 0
    assert said in ended.stderr


def test_no_dns_server_of_our_own_where_a_cloud_has_the_zone(clusters: dict[str, Cluster]) -> None:
    def words(name: str) -> list[str]:
        return list(container_of(clusters[name], "Deployment", "dns", "external-dns")["args"])

    assert {"--provider=google", "--google-project=p"} <= set(words("cloud"))
    assert not any("rfc2136" in word for word in words("cloud"))
    account = clusters["cloud"].find("ServiceAccount", "dns", "external-dns")
    name = account.get("metadata", "annotations", "iam.gke.io/gcp-service-account") if account else None
    assert name == "external-dns@p.iam.gserviceaccount.com"
    assert clusters["cloud"].find("Deployment", "dns", "dns") is None
    service = clusters["local"].find("Service", "dns", "dns")
    assert service and service.get("spec", "clusterIP") == "10.96.0.53"
    assert f"--rfc2136-host={service.id.name}.{service.namespace}" in words("local")
