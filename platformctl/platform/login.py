"""The login of a cluster: every name, address and lifetime that two of its parts have to agree on."""

from __future__ import annotations

from dataclasses import dataclass

from platformctl.platform.duration import Duration


@dataclass(frozen=True)
class Session:
    """How long a login lasts.

    Attributes:
        refresh: the age at which oauth2-proxy renews the tokens.
        access_token: the life of an access token.
        idle: the session ends when nothing was asked for so long.
        max: the session ends after so long in any case; the session cookie's life as well.
    """

    refresh: Duration
    access_token: Duration
    idle: Duration
    max: Duration


@dataclass(frozen=True)
class Login:
    """Keycloak, oauth2-proxy, the gateway, the API and the page as they see one another.

    Attributes:
        platform: the platform's name.
        domain: the cluster's domain; the three hosts stand below it.
        app_origin: the page's, as a browser has it: a port is named unless it is 443. So are the others'.
        keycloak_url: Keycloak, as pods reach it without the gateway.
        realm: the realm's name.
        users: names of the test users.
    """

    platform: str
    domain: str
    app_host: str
    api_host: str
    auth_host: str
    app_origin: str
    api_origin: str
    auth_origin: str
    keycloak_url: str
    realm: str
    users: tuple[str, ...]
    session: Session

    client_id = "oauth2-proxy"
    """The confidential client that logs browsers in."""

    public_client_id = "platformctl"
    """The public client (PKCE) with which programs get a Bearer token."""

    audience = "chatbot-api"
    """What an access token has to be for."""

    provider = "oauth2-proxy"
    """The ext_authz provider's name in the mesh's configuration: a DNS-1123 label, for Istio takes any other
    and makes no filter of it."""

    @property
    def issuer(self) -> str:
        """The realm's URL in every token: the public one, for browsers and pods alike."""
        return f"{self.auth_origin}/realms/{self.realm}"

    @property
    def jwks_uri(self) -> str:
        """The keys by a cluster address: istiod then needs neither DNS nor our authority to fetch them."""
        return f"{self.keycloak_url}/realms/{self.realm}/protocol/openid-connect/certs"

    @property
    def cookie_name(self) -> str:
        return f"__Secure-{self.platform}"

    @property
    def cookie_domain(self) -> str:
        """Of the session cookie: all hosts below the domain."""
        return f".{self.domain}"

    @property
    def whitelist_domain(self) -> str:
        """Where oauth2-proxy may send a browser after the login; it compares the port as well."""
        return self.cookie_domain + self.api_origin.removeprefix(f"https://{self.api_host}")

    @property
    def callback_url(self) -> str:
        """The redirect URI of the login."""
        return f"{self.api_origin}/oauth2/callback"

    @property
    def logout_url(self) -> str:
        """Keycloak's end of a session (OpenID Connect RP-initiated logout)."""
        return f"{self.issuer}/protocol/openid-connect/logout"
