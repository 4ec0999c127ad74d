"""Where a failure of the login is mended: the lines of the repository that the failing link is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from platformctl.build import Place
from platformctl.check import CHECKS, Cluster
from platformctl.check.locate import Field, Locator
from platformctl.check.login.rows import Row
from platformctl.errors import PlatformctlError

Setting = tuple[str, Field]
"""A component, and the field of its release's values."""

_CHECK: Field = ("meshConfig", "extensionProviders", 0, "envoyExtAuthzHttp")
_CLIENT: Field = ("realm", "clients", 0)


def _provider(field: str) -> Setting:
    return "istiod", (*_CHECK, field)


def _flag(name: str) -> Setting:
    return "oauth2-proxy", ("flags", name)


SETTINGS: Mapping[int, Sequence[Setting]] = {
    1: (_flag("upstream"), _provider("pathPrefix")),
    2: (("login", ("provider",)), ("istiod", ("meshConfig", "extensionProviders", 0, "name"))),
    3: (("login", ("hosts",)),),
    4: (_flag("cookie-domain"), _provider("includeRequestHeadersInCheck")),
    5: (_flag("whitelist-domain"), _provider("includeAdditionalHeadersInCheck")),
    6: (_provider("headersToDownstreamOnDeny"), _flag("cookie-samesite")),
    7: (("keycloak", (*_CLIENT, "protocolMappers")),),
    8: (("keycloak", ("realm", "users")),),
    9: (("login", ("audience",)), ("keycloak", (*_CLIENT, "protocolMappers"))),
    10: (("keycloak", ("hostname",)), _flag("oidc-issuer-url"), ("login", ("issuer",))),
    11: (("oauth2-proxy", ("issuer",)),),
    12: (("login", ("jwksUri",)),),
    13: (("istiod", ("env",)), ("login", ("jwksUri",))),
    14: (_provider("headersToUpstreamOnAllow"), _flag("pass-access-token")),
    15: (_provider("headersToUpstreamOnAllow"),),
    16: (("login", ("hosts",)), ("chatbot-api", ("cors", "origins"))),
    17: (("chatbot-ui", ("login",)),),
    18: (_flag("api-route"), _provider("includeRequestHeadersInCheck")),
    19: (("keycloak", (*_CLIENT, "webOrigins")),),
    20: (_flag("session-store-type"),),
    21: (_flag("cookie-csrf-expire"),),
    22: (_flag("cookie-refresh"), ("keycloak", ("realm", "accessTokenLifespan"))),
    23: (_provider("headersToDownstreamOnAllow"),),
    24: (("ingress", ("hosts",)),),
    25: (_flag("backend-logout-url"),),
    26: (_flag("redirect-url"), ("keycloak", (*_CLIENT, "redirectUris"))),
    27: (_flag("code-challenge-method"),),
    28: (("keycloak", ("hostname",)),),
    29: (("ingress", ("httpRedirect",)),),
    31: (("chatbot-api", ("ingress",)),),
    32: (("login", ("issuer",)),),
    33: (_provider("includeRequestHeadersInCheck"),),
    34: (("certificates", ("certificate",)),),
    35: (("keycloak", (*_CLIENT, "protocolMappers")),),
    36: (("login", ("audience",)),),
}
"""What decides about a link, by the row that it fails with. A clock (30) is in no file."""


def where(root: Path, cluster: str, row: Row, built: Callable[[], Cluster]) -> list[Place]:
    """The places to look at, the likeliest first.

    What is wrong in the files already is found there by the row's contract. Where they are well, it is the
    cluster that differs from them, or something that no contract sees: then the settings are named.

    Args:
        root: the repository.
        cluster: the name of a cluster of it.
        row: the failure.
        built: gives what Flux would apply for it.
    """
    if row.code in CHECKS:
        try:
            found = CHECKS[row.code].run(built())
        except (PlatformctlError, OSError):
            found = []
        places = [place for one in found for place in (one.place, *(other.place for other in one.others))]
        if lines := list(dict.fromkeys(place for place in places if place)):
            return lines
    locator = Locator(root)
    return [place for setting in SETTINGS.get(row.number, ()) if (place := _place(locator, cluster, setting))]


def _place(locator: Locator, cluster: str, setting: Setting) -> Place | None:
    """The line of a setting: the cluster's own, or else the chart's, or else the cluster's file for it."""
    component, field = setting
    release = f"clusters/{cluster}/{component}/values.yaml"
    candidates: Sequence[tuple[str, Field]] = (
        (release, ("spec", "values", *field)),
        (f"components/{component}/chart/values.yaml", field),
    )
    for file, path in candidates:
        if line := locator.exactly(file, path):
            return line
    return None if locator.is_empty(release) else locator.key(release, candidates[0][1])
