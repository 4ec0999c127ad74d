"""What is in the images: programs are started from them, as the image's user and by its entrypoint."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from platformctl.local import registry
from platformctl.local.children import ends_with_all_it_starts
from platformctl.local.images import catalogue
from platformctl.local.images.images import Images
from platformctl.local.images.name import ImageName
from platformctl.local.images.needed import needed
from platformctl.local.paths import Paths
from platformctl.local.ports import free_port, wait_until
from platformctl.local.toolchain import Toolchain
from platformctl.steps import Silent

from .container import Containers, containers

pytestmark = pytest.mark.cluster

COMPONENTS = Path(__file__).parents[2] / "components"
OWN_KEYCLOAK = "ghcr.io/platformctl/keycloak:26.7.3"
POSTGRES = "docker.io/library/postgres:15"
REDIS = "docker.io/library/redis:7.0"
BIND = "docker.io/internetsystemsconsortium/bind9:9.18"
CHARTS = (
    "gcr.io/istio-release/charts/base:1.31.1",
    "gcr.io/istio-release/charts/istiod:1.31.1",
    "gcr.io/istio-release/charts/gateway:1.31.1",
    "quay.io/jetstack/charts/cert-manager:v1.21.2",
)
PROGRAMS = {
    "registry.istio.io/release/pilot:1.31.1": ("version", 'Version:"1.31.1"'),
    "registry.istio.io/release/proxyv2:1.31.1": ("version", 'Version:"1.31.1"'),
    "quay.io/jetstack/cert-manager-controller:v1.21.2": ("--help", "--cluster-resource-namespace"),
    "quay.io/jetstack/cert-manager-webhook:v1.21.2": ("--help", "--secure-port"),
    "quay.io/jetstack/cert-manager-cainjector:v1.21.2": ("--help", "--leader-elect"),
    "registry.k8s.io/external-dns/external-dns:v0.20.0": ("--version", "v0.20.0"),
    "quay.io/oauth2-proxy/oauth2-proxy:v7.8.1": ("--version", "oauth2-proxy v7.8.1"),
    "quay.io/keycloak/keycloak:26.7.3": ("--version", "Keycloak 26.7.3"),
}


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    return Toolchain(Paths.of("local").cache)


@pytest.fixture(scope="module")
def paths(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Paths:
    """Folders with the images in their registry: the machine's own cache, where `up` has put most of them."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    paths = Paths(Paths.of("local").cache, tmp_path_factory.mktemp("images"))
    own = catalogue.own({OWN_KEYCLOAK: COMPONENTS / "keycloak"})
    charts = catalogue.charts(toolchain, CHARTS)
    wanted = [ImageName.parse(name) for name in (*PROGRAMS, POSTGRES, REDIS, BIND, OWN_KEYCLOAK, *CHARTS)]
    images = Images(paths, needed(wanted, [*catalogue.of_some_clusters(toolchain), *own, *charts]))
    if toolchain.missing(images.tools()):
        pytest.skip("the toolchain is not built: run platformctl up --cluster local once")
    images.ensure(Silent())
    return paths


@pytest.fixture(scope="module")
def run(paths: Paths) -> Iterator[Containers]:
    registries = {"docker.io", "ghcr.io", "quay.io", "registry.istio.io", "registry.k8s.io"}
    with containers(paths, paths.state / "store", registries) as made:
        yield made


@pytest.mark.parametrize("image", PROGRAMS)
def test_the_program_of_an_image_starts(image: str, run: Containers) -> None:
    name = ImageName.parse(image)
    manifest = run.target.manifest(name.repository, name.tag).json()
    config = json.loads(run.target.blob(name.repository, manifest["config"]["digest"]))["config"]
    argument, expected = PROGRAMS[image]
    ended = run.run(name, *config["Entrypoint"], argument)
    assert expected in ended.stdout + ended.stderr
    assert config["User"] not in ("", "0", "root")


def test_the_proxys_image_has_envoy_and_its_bootstrap_where_the_agent_looks(run: Containers) -> None:
    image = ImageName.parse("registry.istio.io/release/proxyv2:1.31.1")
    assert "1.39.3" in run.run(image, "/usr/local/bin/envoy", "--version").stdout
    template = run.run(image, "cat", "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json").stdout
    assert "{{" in template and '"dynamic_resources"' in template


def test_the_proxys_image_can_lead_a_pods_traffic_to_its_sidecar(run: Containers) -> None:
    """By the kinds of rules that the init container of a mesh sets."""
    image = ImageName.parse("registry.istio.io/release/proxyv2:1.31.1")
    add = "iptables -t nat -A OUTPUT"
    script = (
        f"{add} -m owner --uid-owner 1337 -j RETURN && {add} -p tcp -j REDIRECT --to-ports 15001 &&"
        "iptables -t nat -S OUTPUT"
    )
    ended = run.run(image, "bash", "-c", script, user="0", own_network=True)
    assert "-A OUTPUT -p tcp -j REDIRECT --to-ports 15001" in ended.stdout, ended.stderr


def test_redis_keeps_what_it_got_over_a_restart_as_the_production_images_user(run: Containers) -> None:
    """Sessions survive a restart of its pod by this."""
    server = "redis-server --port 0 --unixsocket /data/socket --appendonly yes --daemonize yes >/dev/null"
    ask = "redis-cli -s /data/socket"
    script = (
        f"cd /data && {server} && sleep 1 && {ask} set key kept && {ask} shutdown nosave;"
        f"{server} && sleep 1 && {ask} get key && {ask} shutdown; id -un"
    )
    ended = run.run(ImageName.parse(REDIS), "sh", "-c", script, user="999:999")
    assert ended.stdout.split() == ["OK", "kept", "redis"], ended.stderr


def test_bind_takes_a_signed_update_alone_as_any_user(run: Containers) -> None:
    port = free_port()
    script = f"""
    set -e; cd /tmp
    tsig-keygen -a hmac-sha256 tsig > key
    printf '$TTL 60\\n@ SOA ns. root. 1 60 60 60 60\\n@ NS ns.\\n' > zone
    cat > named.conf <<'END'
    include "/tmp/key";
    controls {{ }};
    options {{
      directory "/tmp"; pid-file none; session-keyfile none; recursion no;
      listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
    }};
    zone "chat.localhost" {{ type primary; file "/tmp/zone"; allow-update {{ key tsig; }}; }};
END
    named -f -n 1 -c /tmp/named.conf & named=$!
    ask="dig +short +tries=1 +time=1 -p {port} @127.0.0.1"
    for _ in $(seq 50); do $ask chat.localhost SOA >&2 && break; done
    record='app.chat.localhost 60 A 10.199.0.2'; zone='zone chat.localhost'
    change() {{ printf '%s\\n' "server 127.0.0.1 {port}" "$zone" "update add $record" send | nsupdate "$@"; }}
    change && echo unsigned taken || echo unsigned refused
    change -k key && echo signed taken
    $ask app.chat.localhost A
    kill $named; wait $named
    """
    ended = run.run(ImageName.parse(BIND), "bash", "-c", script, user="1000:1000")
    assert ended.stdout.splitlines() == ["unsigned refused", "signed taken", "10.199.0.2"], ended.stderr


@contextmanager
def started(
    run: Containers, log: Path, image: str, *command: str, user: str | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program of an image until the block ends."""
    line = run.command(ImageName.parse(image), *command, user=user)
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*ends_with_all_it_starts(), *line],
            env=run.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            yield process
        finally:
            process.kill()  # ends all that it has started
            process.wait(30)


def test_our_keycloak_starts_on_postgresql_without_a_build(run: Containers, tmp_path: Path) -> None:
    database, http, management = free_port(), free_port(), free_port()
    answer = httpx.Client(base_url=f"http://127.0.0.1:{management}", trust_env=False, timeout=2)

    def ready() -> bool:
        try:
            return bool(answer.get("/health/ready").json()["status"] == "UP")
        except (httpx.HTTPError, ValueError):
            return False

    serve = (
        "initdb --auth=trust --username=keycloak --no-sync >/dev/null &&"
        f"exec postgres -c port={database} -c listen_addresses=127.0.0.1 -c unix_socket_directories="
    )
    settings = {
        "KC_DB_URL": f"jdbc:postgresql://127.0.0.1:{database}/postgres",
        "KC_DB_USERNAME": "keycloak",
        "KC_DB_PASSWORD": "unused",
        "KC_HTTP_ENABLED": "true",
        "KC_HTTP_HOST": "127.0.0.1",
        "KC_HTTP_PORT": str(http),
        "KC_HTTP_MANAGEMENT_PORT": str(management),
        "KC_HOSTNAME": "https://auth.chat.localhost",
        "KC_CACHE": "local",
        "JAVA_OPTS_KC_HEAP": "-Xmx384m",
        "JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1 -XX:-UseG1GC -XX:+UseSerialGC",
    }
    start = ["env", *(f"{name}={value}" for name, value in settings.items())]
    start += ["/opt/keycloak/bin/kc.sh", "start", "--optimized"]
    log = tmp_path / "keycloak.log"
    with (
        started(run, tmp_path / "postgres.log", POSTGRES, "bash", "-c", serve, user="999:999"),
        started(run, log, OWN_KEYCLOAK, *start) as process,
        answer,
    ):
        wait_until(ready, process=process, seconds=180, what="Keycloak", log=log)
        realm = httpx.get(f"http://127.0.0.1:{http}/realms/master", trust_env=False).json()
    assert realm["realm"] == "master"
    assert "Quarkus augmentation" not in log.read_text()


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_is_pulled_as_flux_does_with_the_version_it_was_given(
    chart: str, paths: Paths, toolchain: Toolchain, tmp_path: Path
) -> None:
    name = ImageName.parse(chart)
    with registry.serving(paths.cache, paths.logs) as url:
        place = f"{url.replace('http', 'oci', 1)}/{name.repository}"
        shown = subprocess.run(
            [toolchain.binary("helm"), "show", "chart", place, "--version", name.tag, "--plain-http"],
            env={"HOME": str(tmp_path), "NO_PROXY": "*"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    assert f"version: {name.tag}" in shown.splitlines() and f"appVersion: {name.tag}" in shown.splitlines()
    assert f"name: {name.repository.rpartition('/')[2]}" in shown.splitlines()
