"""Images of the login chain: the mesh's gateway, certificates, names, sessions and Keycloak."""

from __future__ import annotations

from platformctl.local.images import machine
from platformctl.local.images.catalogue.making import PATH, Binaries, containerfile, program
from platformctl.local.images.image import Image, Runtime
from platformctl.local.images.layer import Entry, File, Folder, tree
from platformctl.local.images.name import ImageName
from platformctl.local.images.packed import Packed

_IPTABLES = ImageName.parse("registry.istio.io/release/iptables:1.31.1")
_JAVA = ImageName.parse("docker.io/library/eclipse-temurin:17-jre")
_KEYCLOAK_USER = 1000


def images(toolchain: Binaries) -> list[Image]:
    """The largest, on which our own Keycloak waits, first."""
    return [
        containerfile(str(_JAVA), "java"),
        _keycloak(toolchain),
        *_istio(toolchain),
        *_cert_manager(toolchain),
        program(
            toolchain,
            "registry.k8s.io/external-dns/external-dns:v0.20.0",
            "external-dns",
            "/ko-app/external-dns",
            Runtime(("/ko-app/external-dns",), user="65532:65532"),
        ),
        program(
            toolchain,
            # The newest that packages have; production runs a newer one, see the component's two tags.
            "quay.io/oauth2-proxy/oauth2-proxy:v7.8.1",
            "oauth2-proxy",
            "/bin/oauth2-proxy",
            Runtime(("/bin/oauth2-proxy",), user="65532:65532", environment={"PATH": PATH}),
        ),
        containerfile("docker.io/library/postgres:15", "postgres"),
        containerfile("docker.io/library/redis:7.0", "redis"),
        containerfile("docker.io/internetsystemsconsortium/bind9:9.18", "bind9"),
    ]


def _istio(toolchain: Binaries) -> list[Image]:
    user = "1337:1337"

    def proxy() -> list[Entry]:
        bundle = machine.authorities()
        return [
            File("/usr/local/bin/pilot-agent", toolchain.binary("pilot-agent"), 0o755),
            File("/usr/local/bin/envoy", toolchain.binary("envoy"), 0o755),
            File(
                "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json",
                toolchain.folder("istio-bootstrap") / "envoy_bootstrap.json",
            ),
            *([File("/etc/ssl/certs/ca-certificates.crt", bundle)] if bundle else []),
        ]

    return [
        containerfile(str(_IPTABLES), "iptables"),
        program(
            toolchain,
            "registry.istio.io/release/pilot:1.31.1",
            "pilot-discovery",
            "/usr/local/bin/pilot-discovery",
            Runtime(("/usr/local/bin/pilot-discovery",), user=user, environment={"PATH": PATH}),
        ),
        Image(
            ImageName.parse("registry.istio.io/release/proxyv2:1.31.1"),
            Packed(
                proxy,
                Runtime(("/usr/local/bin/pilot-agent",), user=user, workdir="/", environment={"PATH": PATH}),
                _IPTABLES,
                frozenset({"pilot-agent", "envoy", "istio-bootstrap"}),
            ),
        ),
    ]


def _cert_manager(toolchain: Binaries) -> list[Image]:
    return [
        program(
            toolchain,
            f"quay.io/jetstack/cert-manager-{name}:v1.21.2",
            f"cert-manager-{name}",
            f"/app/cmd/{name}/{name}",
            Runtime((f"/app/cmd/{name}/{name}",), user="1000"),
        )
        for name in ("controller", "webhook", "cainjector")
    ]


def _keycloak(toolchain: Binaries) -> Image:
    def files() -> list[Entry]:
        # Its user may change all of it: `kc.sh build` writes into lib/.
        distribution = tree(toolchain.folder("keycloak"), "/opt/keycloak", owner=_KEYCLOAK_USER)
        folders = (Folder(place, owner=_KEYCLOAK_USER) for place in ("/opt/keycloak", "/opt/keycloak/data"))
        return [*folders, *distribution]

    return Image(
        ImageName.parse("quay.io/keycloak/keycloak:26.7.3"),
        Packed(
            files,
            Runtime(
                ("/opt/keycloak/bin/kc.sh",),
                user=str(_KEYCLOAK_USER),
                # The script then measures the heap by the container's memory.
                environment={"PATH": PATH, "KC_RUN_IN_CONTAINER": "true"},
                ports=("8080/tcp", "8443/tcp", "9000/tcp"),
            ),
            _JAVA,
            frozenset({"keycloak"}),
        ),
    )
