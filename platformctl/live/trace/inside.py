"""The login chain from within the cluster: what only an operator can see. All of it only reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from platformctl.errors import PlatformctlError
from platformctl.live.endpoint import Endpoint
from platformctl.live.flux import pod_trouble
from platformctl.live.kinds import CONFIG_MAP, POD, SERVICE, Kind
from platformctl.live.kubernetes import Cluster

AUTHORIZATION_POLICY = Kind("security.istio.io/v1", "AuthorizationPolicy")
MESH = ("istio-system", "istio")
ISTIOD_METRICS = 15014
FETCH_FAILURES = re.compile(r"^pilot_jwks_resolver_network_fetch_fail_total(?:{[^}]*})? ([0-9.e+]+)$", re.M)
DNS_1123_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True)
class Inside:
    """A cluster that the user may look into."""

    kube: Cluster

    def proxy_says(self, lines: int = 60) -> str:
        """The last lines of oauth2-proxy's log, of the container that ended last as well."""
        return self._log("auth", "app.kubernetes.io/name=oauth2-proxy", lines)

    def proxy_trouble(self) -> str:
        """What keeps oauth2-proxy's pods from running; empty when all is well."""
        pods = self.kube.list(POD, "auth", "app.kubernetes.io/name=oauth2-proxy")
        return "; ".join(filter(None, map(pod_trouble, pods))) if pods else "there is no pod of oauth2-proxy"

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

    def _log(self, namespace: str, labels: str, lines: int) -> str:
        texts = []
        for pod in self.kube.list(POD, namespace, labels):
            for previous in (True, False):
                try:
                    texts.append(self.kube.log(pod["metadata"]["name"], namespace, lines, previous=previous))
                except PlatformctlError:
                    continue  # no earlier container
        return "\n".join(texts)
