"""oauth2-proxy, as its flags, its environment, its configuration file or its chart's values set it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from platformctl.build import Object
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster, Spot
from platformctl.check.login.options import Container, Options, Setting, arguments, containers
from platformctl.check.pods import entries, pods
from platformctl.platform.duration import Duration

PROGRAM = "oauth2-proxy"

_SWITCHES = frozenset(
    [
        "cookie-csrf-per-request",
        "cookie-httponly",
        "cookie-secure",
        "force-https",
        "insecure-oidc-allow-unverified-email",
        "insecure-oidc-skip-issuer-verification",
        "insecure-oidc-skip-nonce",
        "pass-access-token",
        "pass-authorization-header",
        "pass-basic-auth",
        "pass-host-header",
        "pass-user-headers",
        "prefer-email-to-user",
        "request-logging",
        "reverse-proxy",
        "session-cookie-minimal",
        "set-authorization-header",
        "set-basic-auth",
        "set-xauthrequest",
        "silence-ping-logging",
        "skip-auth-preflight",
        "skip-auth-strip-headers",
        "skip-claims-from-profile-url",
        "skip-jwt-bearer-tokens",
        "skip-oidc-discovery",
        "skip-provider-button",
        "ssl-insecure-skip-verify",
        "use-system-trust-store",
    ]
)
_PLURALS = {
    "allowed-groups": "allowed-group",
    "api-routes": "api-route",
    "cookie-domains": "cookie-domain",
    "email-domains": "email-domain",
    "oidc-audience-claims": "oidc-audience-claim",
    "oidc-extra-audiences": "oidc-extra-audience",
    "provider-ca-files": "provider-ca-file",
    "skip-auth-routes": "skip-auth-route",
    "trusted-ips": "trusted-ip",
    "trusted-proxy-ips": "trusted-proxy-ip",
    "upstreams": "upstream",
    "whitelist-domains": "whitelist-domain",
}
"""Options that a file and the environment call otherwise than the command line."""


@dataclass(frozen=True)
class Proxy:
    """One oauth2-proxy.

    Attributes:
        labels: of its pods; empty where its chart is not here.
    """

    item: Object
    labels: Mapping[str, str]
    options: Options
    trusts_more: bool = False
    """Whether it is given certificates of authorities otherwise than by an option."""

    @property
    def client_id(self) -> str:
        return self.options.text("client-id", "") or ""

    @property
    def issuer(self) -> str:
        return self.options.text("oidc-issuer-url", "") or ""

    @property
    def redirect(self) -> str:
        """The callback's URL; empty where it is not known."""
        return self.options.text("redirect-url", "") or ""

    @property
    def host(self) -> str:
        """The host of the callback; empty where it is not known."""
        return urlsplit(self.redirect).hostname or ""

    @property
    def port(self) -> str:
        """What follows a public host in a URL: ``:8443``, or nothing."""
        return urlsplit(self.redirect).netloc.removeprefix(self.host) if self.host else ""

    @property
    def prefix(self) -> str:
        return (self.options.text("proxy-prefix", "/oauth2") or "/oauth2").rstrip("/")

    @property
    def refreshes(self) -> bool:
        """Whether it renews tokens while a session lives."""
        return self.refresh_seconds > 0

    @property
    def refresh_seconds(self) -> int:
        """The age at which it renews them; 0 where it does not, or nobody knows."""
        return Duration(self.options.text("cookie-refresh", "0s") or "0s").seconds

    @property
    def in_redis(self) -> bool | None:
        kind = self.options.text("session-store-type", "cookie")
        return None if kind is None else kind == "redis"

    def at(self, name: str) -> Spot:
        return self.options.spot(name)


def proxies(cluster: Cluster) -> Iterator[Proxy]:
    """All in a cluster."""
    for container in containers(cluster, pods(cluster)):
        words = container.words()
        command = words[0][0].rpartition("/")[2] if words else ""
        if PROGRAM in (container.image, command):
            yield _in_pod(container)
    for item in cluster.build.left_out:
        chart = item.get("spec", "chart", "spec", "chart") if item.kind == "HelmRelease" else None
        if str(chart).rpartition("/")[2] == PROGRAM:
            yield _in_values(cluster, item)


def _in_pod(container: Container) -> Proxy:
    given = arguments(container.words(), _SWITCHES)
    environment = container.variables("OAUTH2_PROXY_", option)
    named = [*environment.get("config", ()), *given.get("config", ())]
    whole = container.whole and "alpha-config" not in given
    written: dict[str, list[Setting]] = {}
    if named:
        file = container.file(named[-1].text or "")
        read = file and _toml(*file)
        whole = whole and read is not None
        written = read or {}
    options = Options(container.spot, [given, environment, written], whole)
    return Proxy(container.owner.item, container.owner.labels, options, _trusts_more(container))


def _trusts_more(container: Container) -> bool:
    mounts = [str(mount.get("mountPath")) for mount in entries(container.data.get("volumeMounts"))]
    return bool({"SSL_CERT_FILE", "SSL_CERT_DIR"} & container.environment.keys()) or any(
        path.startswith(("/etc/ssl", "/etc/pki")) for path in mounts
    )


def _in_values(cluster: Cluster, item: Object) -> Proxy:
    """From the values of the project's own chart, whose templates are not here."""

    def at(*field: str | int) -> Spot:
        return cluster.at(item, "spec", "values", *field)

    values: Data = item.spec.get("values") or {}
    config = values.get("config") or {}
    extra = values.get("extraArgs")
    given: dict[str, list[Setting]] = {}
    if isinstance(extra, dict):
        given = {name: _settings(value, at("extraArgs", name)) for name, value in extra.items()}
    elif isinstance(extra, list):
        words = [(str(word), at("extraArgs", index)) for index, word in enumerate(extra)]
        given = arguments(words, _SWITCHES)
    environment = {
        option(str(entry.get("name")).removeprefix("OAUTH2_PROXY_")): [
            Setting(None if "valueFrom" in entry else str(entry.get("value", "")), at("extraEnv", index))
        ]
        for index, entry in enumerate(entries(values.get("extraEnv")))
        if str(entry.get("name")).startswith("OAUTH2_PROXY_")
    }
    file = config.get("configFile")
    written = (_toml(file, at("config", "configFile")) if isinstance(file, str) else None) or {}
    named = {"clientID": "client-id", "cookieName": "cookie-name"}
    direct = {
        name: [Setting(str(config[key]), at("config", key))] for key, name in named.items() if config.get(key)
    }
    options = Options(cluster.at(item), [given, environment, written, direct], whole=False)
    return Proxy(item, {}, options)


def option(name: str) -> str:
    """The option's name on the command line, from that in a file or the environment."""
    dashed = name.lower().replace("_", "-")
    return _PLURALS.get(dashed, dashed)


def _toml(text: str, spot: Spot) -> dict[str, list[Setting]] | None:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
    return {option(name): _settings(value, spot) for name, value in values.items()}


def _settings(value: Any, spot: Spot) -> list[Setting]:
    values = value if isinstance(value, list) else [value]
    return [Setting(str(each).lower() if isinstance(each, bool) else str(each), spot) for each in values]
