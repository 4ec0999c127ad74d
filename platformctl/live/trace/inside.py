"""The login chain from within the cluster: what only an operator can see. All of it only reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from platformctl.errors import PlatformctlError
from platformctl.live.endpoint import Endpoint
from platformctl.live.flux import pod_trouble
from platformctl.live.kinds import CONFIG_MAP, DEPLOYMENT, POD, SECRET, SERVICE, Kind
from platformctl.live.kubernetes import Cluster, Object

AUTHORIZATION_POLICY = Kind("security.istio.io/v1", "AuthorizationPolicy")
GATEWAY = Kind("networking.istio.io/v1", "Gateway")
PROXY = ("auth", "app.kubernetes.io/name=oauth2-proxy")
MESH = ("istio-system", "istio")
LOG_LINES = 60
RECENT_SECONDS = 5
SKIPPED_ROUTE = re.compile(r"--skip-auth-(?:route|regex)=(?:[A-Z]+!?=)?(.*)")
ISTIOD_METRICS = 15014
FETCH_FAILURES = re.compile(r"^pilot_jwks_resolver_network_fetch_fail_total(?:{[^}]*})? ([0-9.e+]+)$", re.M)
DNS_1123_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True)
class Inside:
    """A cluster that the user may look into."""

    kube: Cluster

    def proxy_says(self, seconds: int = RECENT_SECONDS) -> str:
        """What oauth2-proxy logged in the last seconds."""
        pods = self.kube.list(POD, *PROXY)
        return "\n".join(self._log(pod, seconds=seconds) for pod in pods)

    def proxy_trouble(self) -> tuple[str, str]:
        """What keeps oauth2-proxy's pods from running, and what those logged; empty when all is well."""
        pods = self.kube.list(POD, *PROXY)
        if not pods:
            return "there is no pod of oauth2-proxy", ""
        # A container that has just ended is not waiting yet.
        ill = [(pod, pod_trouble(pod) or ("it has ended" if _ended_badly(pod) else "")) for pod in pods]
        logs = [self._log(pod, previous=before) for pod, why in ill if why for before in (True, False)]
        return "; ".join(why for _, why in ill if why), "\n".join(logs)

    def free_paths(self) -> list[str]:
        """The paths for which oauth2-proxy asks for no login, as far as its patterns are plain."""
        proxy = self.kube.get(DEPLOYMENT, "oauth2-proxy", PROXY[0]) or {}
        containers = proxy.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
        given = [arg for container in containers for arg in container.get("args", [])]
        patterns = [found[1] for arg in given if (found := SKIPPED_ROUTE.fullmatch(arg))]
        return [pattern.removeprefix("^").removesuffix("$").removesuffix(".*") for pattern in patterns]

    def missing_certificates(self) -> list[str]:
        """Secrets that a Gateway names and that are not where its pods are, one sentence each."""
        missing = []
        for gateway in self.kube.list(GATEWAY):
            pods = self.kube.list(POD, None, _labels(gateway["spec"].get("selector", {})))
            namespaces = {pod["metadata"]["namespace"] for pod in pods}
            listed = (server.get("tls", {}).get("credentialName") for server in gateway["spec"]["servers"])
            for secret in sorted(set(filter(None, listed))):
                for namespace in sorted(namespaces):
                    if self.kube.get(SECRET, secret, namespace) is None:
                        name = f"{gateway['metadata']['namespace']}/{gateway['metadata']['name']}"
                        missing.append(f"Gateway {name} names Secret {secret}, and {namespace} has none")
        return missing

    def provider_trouble(self) -> str:
        """Why the gateway's CUSTOM policy cannot work; empty where it can."""
        providers = self._providers()
        wanted = [
            str(policy["spec"].get("provider", {}).get("name", ""))
            for policy in self.kube.list(AUTHORIZATION_POLICY)
            if policy["spec"].get("action") == "CUSTOM"
        ]
        for name in wanted:
            if name not in providers:
                known = ", ".join(sorted(providers)) or "none"
                return f'a policy names provider "{name}", and the mesh has: {known}'
            if not DNS_1123_LABEL.fullmatch(name):
                return f'provider "{name}" is not a DNS-1123 label'
            service = providers[name]
            host, _, namespace = service.partition(".")
            if self.kube.get(SERVICE, host, namespace.partition(".")[0] or "default") is None:
                return f'provider "{name}" leads to {service}, and there is no such Service'
        if len(set(wanted)) > 1:
            return f"policies name several providers: {', '.join(sorted(set(wanted)))}"
        return "" if wanted else "no policy asks oauth2-proxy (action: CUSTOM)"

    def failed_key_fetches(self) -> int | None:
        """How often istiod could not fetch an issuer's keys since it started; None: nobody can tell."""
        for pod in self.kube.list(POD, MESH[0], "app=istiod"):
            name = pod["metadata"]["name"]
            try:
                answer = self.kube.http("GET", Endpoint(MESH[0], name, ISTIOD_METRICS, "pods"), "/metrics")
            except PlatformctlError:
                continue
            if answer.ok:
                metrics = answer.content.decode(errors="replace")
                return int(sum(float(found) for found in FETCH_FAILURES.findall(metrics)))
        return None

    def _providers(self) -> dict[str, str]:
        """The ext_authz providers of the mesh by name, with the Service that each leads to."""
        found = self.kube.get(CONFIG_MAP, MESH[1], MESH[0]) or {}
        mesh = yaml.safe_load(found.get("data", {}).get("mesh", "")) or {}
        providers: Sequence[dict[str, dict[str, str]]] = mesh.get("extensionProviders") or ()
        return {
            str(provider["name"]): str(kind.get("service", ""))
            for provider in providers
            for kind in (provider.get("envoyExtAuthzHttp") or provider.get("envoyExtAuthzGrpc"),)
            if kind is not None
        }

    def _log(self, pod: Object, *, previous: bool = False, seconds: int | None = None) -> str:
        meta = pod["metadata"]
        try:
            return self.kube.log(
                meta["name"], meta["namespace"], LOG_LINES, previous=previous, seconds=seconds
            )
        except PlatformctlError:
            return ""  # no such container


def _ended_badly(pod: Object) -> bool:
    states = [one.get("state", {}) for one in pod.get("status", {}).get("containerStatuses", [])]
    return any(state.get("terminated", {}).get("exitCode", 0) != 0 for state in states)


def _labels(wanted: dict[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in wanted.items())
