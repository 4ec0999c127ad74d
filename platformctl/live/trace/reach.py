"""The links before any login: names, certificates, discovery."""

from __future__ import annotations

import base64
import json
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from platformctl.live.trace.reading import known_failure, summary
from platformctl.live.trace.result import Result, hit, may, miss, other_miss
from platformctl.live.trace.walk import Walk

DAYS_LEFT = 14
SECONDS_OF_SKEW = 60  # Envoy's and most others' tolerance
NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST")


def dns(walk: Walk) -> Result:
    """Each host leads to the gateway."""
    login = walk.login
    hosts = (login.app_host, login.api_host, login.auth_host)
    found: dict[str, set[str]] = {}
    for host in hosts:
        if host.endswith(".localhost"):
            found[host] = {"127.0.0.1"}  # what browsers do (RFC 6761)
            continue
        try:
            infos = socket.getaddrinfo(host, 443, socket.AF_INET, socket.SOCK_STREAM)
        except OSError as error:
            if walk.address:
                return may(f"{host} does not resolve here", f"only {walk.address} is tried", str(error))
            return other_miss(
                f"{host} does not resolve",
                f"no name server that this machine asks knows {host}",
                "look at external-dns: kubectl -n dns logs deployment/external-dns",
            )
        found[host] = {str(info[4][0]) for info in infos}
    addresses = set().union(*found.values())
    if walk.address and walk.address not in addresses:
        return may(
            f"{', '.join(hosts)} -> {', '.join(sorted(addresses))}, and the trace goes to {walk.address}",
            "the names lead elsewhere from here",
        )
    if any(one != addresses for one in found.values()):
        said = "; ".join(f"{host} -> {', '.join(sorted(one))}" for host, one in found.items())
        return may(said, "the hosts lead to different addresses, and one gateway has to answer for all")
    return hit(f"{', '.join(host.partition('.')[0] for host in hosts)} -> {', '.join(sorted(addresses))}")


def tls(walk: Walk) -> Result:
    """Each host shows a certificate that is its own and trusted."""
    days = []
    for origin in (walk.login.app_origin, walk.login.api_origin, walk.login.auth_origin):
        url = httpx.URL(origin)
        if url.scheme != "https":
            return miss(f"{origin} is plain http", 29)
        try:
            certificate = _certificate(walk, url)
        except ssl.SSLCertVerificationError as error:
            return other_miss(
                f"{url.host}: {error.verify_message}",
                "the gateway shows a certificate that is not trusted here, or not this host's",
                "trust the cluster's authority (--authority FILE), or look at Certificate"
                " istio-ingress/platform-tls",
            )
        except ssl.SSLError as error:
            if error.reason in NO_TLS:
                return miss(f"{url.host} answers in plain http at port {url.port or 443}", 29)
            return miss(f"{url.host}: the connection is reset before a certificate ({error})", 34)
        except (ConnectionResetError, EOFError) as error:
            return miss(f"{url.host}: the connection is reset before a certificate ({error})", 34)
        except OSError as error:
            return other_miss(
                f"{url.host}: {error}", "nothing listens at the gateway's address", "platformctl status"
            )
        ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate), UTC)
        days.append((ends - datetime.now(UTC)).days)
    if missing := walk.inside.missing_certificates() if walk.inside else []:
        return miss(f"{'; '.join(missing)}: the gateway's next pod will show no certificate", 34)
    note = f"{len(days)} hosts, {min(days)} days left"
    if min(days) < DAYS_LEFT:
        return may(note, "the certificate ends soon and was not renewed", "look at cert-manager's log")
    return hit(note)


def _certificate(walk: Walk, url: httpx.URL) -> str:
    """When the certificate of a host ends, as ``notAfter`` has it."""
    with (
        socket.create_connection((walk.address or url.host, url.port or 443), timeout=10) as plain,
        walk.context.wrap_socket(plain, server_hostname=url.host) as secure,
    ):
        found = secure.getpeercert()
    return str(found["notAfter"]) if found else ""


def discovery(walk: Walk) -> Result:
    """Keycloak calls itself by the issuer that everybody else trusts."""
    login = walk.login
    response = walk.browser.get(f"{login.issuer}/.well-known/openid-configuration", accept="application/json")
    if response.has_redirect_location or response.status_code in (401, 403):
        return miss(f"discovery answers {summary(response)}", 3)
    if response.status_code != httpx.codes.OK:
        return other_miss(
            f"discovery answers {summary(response)}",
            "the realm is not there, or Keycloak is not ready"
            if response.status_code == httpx.codes.NOT_FOUND
            else "Keycloak does not answer behind the gateway",
            "kubectl -n auth logs statefulset/keycloak",
        )
    found = response.json()
    if found.get("issuer") != login.issuer:
        plain = found.get("issuer") == f"http{login.issuer.removeprefix('https')}"
        return miss(f"issuer {found.get('issuer')}, wanted {login.issuer}", 28 if plain else 10)
    for name in ("authorization_endpoint", "token_endpoint", "end_session_endpoint"):
        if not str(found.get(name, "")).startswith(login.issuer):
            return miss(f"{name} is {found.get(name)}", 28)
    return hit(f"issuer {login.issuer}")


def proxy(walk: Walk) -> Result:
    """oauth2-proxy runs, all of its pods."""
    if walk.inside is None:
        return may("not seen from outside", "no kubeconfig leads to the cluster")
    trouble, said = walk.inside.proxy_trouble()
    if not trouble:
        return hit("oauth2-proxy's pods run")
    return known_failure(said, trouble) or other_miss(
        trouble,
        "oauth2-proxy does not run, and without it nobody is let in",
        "kubectl -n auth logs deployment/oauth2-proxy",
    )


def bearer(walk: Walk) -> Result:
    """A Bearer token for Keycloak is Keycloak's to check: its answer comes, and not the gateway's."""
    url = f"{walk.login.issuer}/protocol/openid-connect/userinfo"
    sent = {"authorization": f"Bearer {jwt_of(walk.login.issuer)}"}
    with walk.new_browser() as program:
        response = program.get(url, accept="application/json", headers=sent)
    if response.text.startswith("Jw"):  # "Jwt ..." or "Jwks ...": Envoy's own words
        return miss(f"{url} answers {summary(response)}", 36)
    return hit(f"Keycloak itself refuses a token that is none, with {response.status_code}")


def jwt_of(issuer: str) -> str:
    """A token that says who issued it, and has no signature that holds."""
    parts = ({"alg": "RS256", "kid": "none"}, {"iss": issuer, "sub": "nobody", "exp": 1})
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, "AAAA"))


def clock(walk: Walk) -> Result:
    """The servers' clocks agree with this machine's."""
    worst = 0.0
    for url in (walk.login.issuer, walk.api):
        response = walk.browser.get(url, accept="application/json")
        if date := response.headers.get("date"):
            worst = max(
                worst, abs((datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()), key=abs
            )
    if worst > SECONDS_OF_SKEW:
        return miss(f"{worst:.0f} s apart", 30)
    return hit(f"within {max(1, worst):.0f} s")
