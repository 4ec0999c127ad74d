"""Keycloak: how it is started, and the realms that are brought to it as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from platformctl.build import Object
from platformctl.build.documents import Data
from platformctl.check.cluster import Cluster, Spot
from platformctl.check.login.options import Options, Setting, arguments, containers
from platformctl.check.pods import Pods, entries, pods

_SWITCHES = frozenset({"import-realm", "optimized", "verbose", "auto-build"})
NONCE_MAPPER = "oidc-nonce-backwards-compatible-mapper"
_AUDIENCE_MAPPER = "oidc-audience-mapper"


@dataclass(frozen=True)
class Server:
    """A Keycloak."""

    pods: Pods
    options: Options

    @property
    def url(self) -> str:
        """Its public URL without a slash at the end; empty where it is not known."""
        hostname = self.options.text("hostname", "") or ""
        if not hostname:
            return ""
        url = (hostname if "://" in hostname else f"https://{hostname}").rstrip("/")
        path = (self.options.text("http-relative-path", "/") or "").strip("/")
        return f"{url}/{path}" if path and not urlsplit(url).path else url


@dataclass(frozen=True)
class Client:
    """A client of a realm, with the mappers of the scopes that it always gets."""

    realm: Realm
    data: Data
    index: int = 0

    def at(self, *field: str | int) -> Spot:
        """A field of the client, or the realm where that is only a text."""
        return self.realm.at("clients", self.index, *field)

    @property
    def id(self) -> str:
        return str(self.data.get("clientId"))

    @property
    def public(self) -> bool:
        return bool(self.data.get("publicClient"))

    @property
    def redirects(self) -> list[str]:
        """Redirect URIs; what starts with a slash is put behind the root URL."""
        root = str(self.data.get("rootUrl") or "").rstrip("/")
        return [root + uri if uri.startswith("/") else uri for uri in _texts(self.data.get("redirectUris"))]

    @property
    def web_origins(self) -> list[str]:
        return _texts(self.data.get("webOrigins"))

    @property
    def pkce(self) -> str:
        """The method that it demands; empty for none."""
        return str(self.attributes.get("pkce.code.challenge.method") or "")

    @property
    def attributes(self) -> Data:
        return self.data.get("attributes") or {}

    @property
    def mappers(self) -> list[Data]:
        named = self.data.get("defaultClientScopes", self.realm.data.get("defaultDefaultClientScopes"))
        scopes = [
            scope
            for scope in entries(self.realm.data.get("clientScopes"))
            if scope.get("name") in (named or ())
        ]
        return [mapper for owner in (self.data, *scopes) for mapper in entries(owner.get("protocolMappers"))]

    def audiences(self, token: str) -> set[str]:
        """What the mappers put into ``aud`` of a kind of token: ``access`` or ``id``."""
        configs = [m.get("config") or {} for m in self.mappers if m.get("protocolMapper") == _AUDIENCE_MAPPER]
        wanted = [config for config in configs if str(config.get(f"{token}.token.claim")).lower() == "true"]
        names = ("included.client.audience", "included.custom.audience")
        return {str(config[name]) for config in wanted for name in names if config.get(name)}

    def may_have(self, audience: str, token: str) -> bool:
        """Whether a token may be for an audience: by a mapper, or because users have roles of that client."""
        roles = ((self.realm.data.get("roles") or {}).get("client") or {}).get(audience)
        return not self.whole or bool(roles) or audience in self.audiences(token)

    @property
    def keeps_nonce(self) -> bool:
        return any(mapper.get("protocolMapper") == NONCE_MAPPER for mapper in self.mappers)

    @property
    def whole(self) -> bool:
        """Whether all scopes that it names are in the file, so that no mapper is unknown."""
        known = {scope.get("name") for scope in entries(self.realm.data.get("clientScopes"))}
        builtin = {
            "acr",
            "address",
            "basic",
            "email",
            "microprofile-jwt",
            "offline_access",
            "openid",
            "phone",
        }
        builtin |= {"profile", "role_list", "roles", "service_account", "web-origins", "organization"}
        named = set(_texts(self.data.get("defaultClientScopes")))
        return named <= known | builtin


@dataclass(frozen=True)
class Realm:
    """A realm as a file or a KeycloakRealmImport has it."""

    name: str
    data: Data
    spot: Spot
    exact: bool
    """Whether the fields of the realm are fields of the object, and not text in it."""

    def at(self, *field: str | int) -> Spot:
        """A field of the realm, or the realm where that is only a text."""
        spot = self.spot
        return Spot(spot.cluster, spot.item, (*spot.field, *field)) if self.exact else spot

    @property
    def clients(self) -> list[Client]:
        return [Client(self, data, index) for index, data in enumerate(entries(self.data.get("clients")))]

    def client(self, name: str) -> Client | None:
        return next((client for client in self.clients if client.id == name), None)

    @property
    def users(self) -> list[Data]:
        return entries(self.data.get("users"))

    def access_token_seconds(self, client: Client | None) -> int:
        """The life of an access token; a client may have its own, and Keycloak's default is five minutes."""
        own = str((client.attributes if client else {}).get("access.token.lifespan"))
        value = int(own) if own.isdigit() else self.data.get("accessTokenLifespan")
        return value if isinstance(value, int) and value > 0 else 300


def servers(cluster: Cluster) -> Iterator[Server]:
    """All Keycloaks in pods, and those that an operator makes."""
    for container in containers(cluster, pods(cluster)):
        words = container.words()
        starts = {word for word, _ in words} & {"start", "start-dev"}
        if container.image not in {"keycloak", "keycloakx"} and not (starts and "kc.sh" in words[0][0]):
            continue
        environment = container.variables("KC_", lambda name: name.lower().replace("_", "-"))
        options = Options(container.spot, [arguments(words, _SWITCHES), environment], container.whole)
        yield Server(container.owner, options)
    for item in cluster.of("Keycloak"):
        if item.group == "k8s.keycloak.org":
            yield Server(
                Pods(item, ()), Options(cluster.at(item), [_of_operator(cluster, item)], whole=False)
            )


def realms(cluster: Cluster) -> Iterator[Realm]:
    """All realms that come as files."""
    for item in cluster.of("ConfigMap"):
        for key, text in (item.get("data") or {}).items():
            if str(key).endswith(".json") and isinstance(text, str) and '"realm"' in text:
                for data in _realm(_json(text)):
                    written = _in_values(cluster, item, data["realm"])
                    spot = written or cluster.at(item, "data", str(key))
                    yield Realm(data["realm"], data, spot, exact=written is not None)
    for item in cluster.of("KeycloakRealmImport"):
        for data in _realm(item.spec.get("realm")):
            yield Realm(data["realm"], data, cluster.at(item, "spec", "realm"), exact=True)


def _realm(data: Any) -> list[Data]:
    some = data if isinstance(data, list) else [data]
    return [each for each in some if isinstance(each, dict) and isinstance(each.get("realm"), str)]


def _in_values(cluster: Cluster, item: Object, name: str) -> Spot | None:
    """The realm in the values of the release that renders the ConfigMap: there a person wrote it."""
    release = cluster.by_id.get(item.origin.release) if item.origin.release else None
    for key, value in ((release.spec.get("values") or {}) if release else {}).items():
        if release and isinstance(value, dict) and value.get("realm") == name:
            return cluster.at(release, "spec", "values", key)
    return None


def _of_operator(cluster: Cluster, item: Object) -> dict[str, list[Setting]]:
    fields = {"hostname": ("hostname", "hostname"), "proxy-headers": ("proxy", "headers")}
    return {
        name: [Setting(str(item.get("spec", *field)), cluster.at(item, "spec", *field))]
        for name, field in fields.items()
        if item.get("spec", *field) is not None
    }


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _texts(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
