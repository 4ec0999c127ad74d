"""The components that a platform can be made of, and what is fixed about each."""

from __future__ import annotations

from platformctl.platform import secrets
from platformctl.platform.component import ChartRepository, ChartSource, Component, Image

ISTIO_VERSION = "1.31.1"
CERT_MANAGER_VERSION = "v1.21.2"

ISTIO_CHARTS = ChartRepository("istio", "gcr.io", "istio-release/charts")
JETSTACK_CHARTS = ChartRepository("jetstack", "quay.io", "jetstack/charts")

CATALOGUE: dict[str, Component] = {
    component.name: component
    for component in (
        Component(
            "local-path-provisioner",
            "storage",
            {
                "image": Image("docker.io/rancher/local-path-provisioner", "v0.0.30"),
                "helperImage": Image("docker.io/library/busybox", "1.35"),
            },
            # Its helper pods make folders on the node.
            pod_security="privileged",
        ),
        Component(
            "metrics-server",
            "kube-system",
            {"image": Image("registry.k8s.io/metrics-server/metrics-server", "v0.9.0")},
        ),
        Component(
            "traefik",
            "traefik",
            {"image": Image("docker.io/library/traefik", "v3.6.12")},
            # It takes port 80 of the node.
            pod_security="privileged",
        ),
        Component(
            "istio-base",
            "istio-system",
            {},
            chart=ChartSource(ISTIO_CHARTS, "base", ISTIO_VERSION),
        ),
        Component(
            "istiod",
            "istio-system",
            {
                "pilot": Image("registry.istio.io/release/pilot", ISTIO_VERSION),
                # The gateway's pods: istiod puts it in.
                "proxy": Image("registry.istio.io/release/proxyv2", ISTIO_VERSION),
            },
            depends_on=("istio-base",),
            chart=ChartSource(ISTIO_CHARTS, "istiod", ISTIO_VERSION),
        ),
        Component(
            "istio-gateway",
            "istio-ingress",
            {},
            depends_on=("istiod",),
            chart=ChartSource(ISTIO_CHARTS, "gateway", ISTIO_VERSION),
        ),
        Component("ingress", "istio-ingress", {}, depends_on=("istiod",)),
        Component(
            "cert-manager",
            "cert-manager",
            {
                part: Image(f"quay.io/jetstack/cert-manager-{part}", CERT_MANAGER_VERSION)
                for part in ("controller", "webhook", "cainjector")
            },
            chart=ChartSource(JETSTACK_CHARTS, "cert-manager", CERT_MANAGER_VERSION),
        ),
        Component("certificates", "istio-ingress", {}, depends_on=("cert-manager",)),
        Component(
            "dns",
            "dns",
            {"image": Image("docker.io/internetsystemsconsortium/bind9", "9.18")},
            port=53,
            secrets=(secrets.TSIG,),
        ),
        Component(
            "external-dns",
            "dns",
            {"image": Image("registry.k8s.io/external-dns/external-dns", "v0.20.0")},
            depends_on=("istio-base", "dns"),
            secrets=(secrets.TSIG,),
        ),
        Component(
            "postgresql",
            "auth",
            {"image": Image("docker.io/library/postgres", "15")},
            depends_on=("local-path-provisioner",),
            port=5432,
            secrets=(secrets.KEYCLOAK_DATABASE,),
        ),
        Component(
            "redis",
            "auth",
            {"image": Image("docker.io/library/redis", "7.0")},
            depends_on=("local-path-provisioner",),
            port=6379,
            secrets=(secrets.REDIS,),
        ),
        Component(
            "keycloak",
            "auth",
            # Ours is built on quay.io/keycloak/keycloak of the same tag: `kc.sh build` has run in it.
            {"image": Image("/keycloak", "26.7.3")},
            depends_on=("postgresql", "ingress"),
            port=8080,
            # A first start fills the database: 20 s on a free core, minutes on a busy one.
            timeout="10m",
            secrets=(
                secrets.KEYCLOAK_DATABASE,
                secrets.KEYCLOAK_ADMIN,
                secrets.KEYCLOAK_USERS,
                secrets.OAUTH2_PROXY,
            ),
        ),
        Component(
            "oauth2-proxy",
            "auth",
            # 7.15.2 is the oldest without the known holes in skipped routes and forwarded headers; 7.8.1 is
            # the newest that can be built from packages.
            {
                "image": Image("quay.io/oauth2-proxy/oauth2-proxy", "v7.15.2", embedded_tag="v7.8.1"),
                "waitImage": Image("docker.io/library/busybox", "1.35"),
            },
            # It starts only when discovery answers at the public address.
            depends_on=("keycloak", "redis", "istio-gateway", "certificates", "external-dns"),
            port=4180,
            secrets=(secrets.OAUTH2_PROXY, secrets.REDIS),
        ),
        # Last: istiod then finds Keycloak's keys at its first try.
        Component("login", "istio-ingress", {}, depends_on=("oauth2-proxy",)),
        Component(
            "ollama",
            "inference",
            {
                "image": Image("docker.io/ollama/ollama", "0.17.4"),
                "modelsImage": Image("/ollama-models", "0.1.0"),
            },
            depends_on=("local-path-provisioner",),
            port=11434,
            # A release is ready when its models are: several gigabytes have to fit.
            timeout="30m",
            in_mesh=True,
        ),
        Component(
            "chatbot-api",
            "chat",
            {"image": Image("/chatbot-api", "0.1.0")},
            depends_on=("ollama", "traefik", "ingress", "login"),
            port=8000,
            in_mesh=True,
        ),
        Component(
            "chatbot-ui",
            "chat",
            {"image": Image("/chatbot-ui", "0.1.0")},
            depends_on=("traefik", "ingress"),
            port=8080,
            in_mesh=True,
        ),
    )
}
