"""Nobody gets in by headers, tokens or cookies that were not given to them, at the gateway or past it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from platformctl.live.auth import Browser
from tests.e2e.running import RunningPlatform
from tests.login.inside import stranger
from tests.login.tokens import SECONDS_TO_LIVE, forged_tokens, given_tokens
from tests.login.visitor import (
    is_out,
    login_of,
    me_of,
    new_browser,
    password,
    program_token,
    session_of,
    signed_in,
    with_session,
)

API = "http://chatbot-api.chat:8000"
LEEWAY_SECONDS = 10  # for clocks, of the API


@dataclass(frozen=True)
class Cast:
    """Who takes part: two users, nobody, the tokens of `given_tokens`, and the issuer's public keys."""

    platform: RunningPlatform
    ada: Browser
    grace: Browser
    nobody: Browser
    tokens: dict[str, str]
    keys: dict[str, object]

    def me(self, browser: Browser, **headers: str) -> tuple[int, str]:
        """Status and body of the question who asks."""
        answer = browser.get(
            me_of(self.platform),
            accept="application/json",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        return answer.status_code, answer.text

    def bearer(self, token: str) -> tuple[int, str]:
        return self.me(self.nobody, authorization=f"Bearer {token}")

    def cookie(self, value: str) -> tuple[int, str]:
        return self.me(self.nobody, **with_session(self.platform, value))


@pytest.fixture(scope="module")
def cast(platform: RunningPlatform) -> Iterator[Cast]:
    login = login_of(platform)
    with (
        signed_in(platform, "ada") as ada,
        signed_in(platform, "grace") as grace,
        new_browser(platform) as nobody,
        given_tokens(platform, login.realm, login.audience, "ada", password(platform, "ada")) as tokens,
    ):
        keys = nobody.get(f"{login.issuer}/protocol/openid-connect/certs").json()
        yield Cast(platform, ada, grace, nobody, tokens, keys)


def is_user(answer: tuple[int, str], user: str) -> bool:
    return answer[0] == 200 and f'"preferred_username":"{user}"' in answer[1]


def test_the_real_ones_get_in(cast: Cast) -> None:
    """What everything else here is compared with."""
    assert is_user(cast.me(cast.ada), "ada")
    assert is_user(cast.me(cast.grace), "grace")
    assert is_user(cast.cookie(session_of(cast.platform, cast.ada)), "ada")
    assert is_user(cast.bearer(program_token(cast.platform, "grace")), "grace")
    assert is_user(cast.bearer(cast.tokens["right"]), "ada")
    assert is_out(*cast.me(cast.nobody))


FORGED_HEADERS = {
    "x_auth_request_user": "ada",
    "x_auth_request_email": "ada@chat.localhost",
    "x_auth_request_preferred_username": "ada",
    "x_auth_request_groups": "admin",
    "x_auth_request_redirect": "/oauth2/start",
    "x_forwarded_user": "ada",
    "x_forwarded_email": "ada@chat.localhost",
    "x_forwarded_preferred_username": "ada",
    "x_forwarded_groups": "admin",
    "x_forwarded_for": "127.0.0.1",
    "x_forwarded_host": "app.chat.localhost",
    "x_forwarded_proto": "http",
    "x_forwarded_port": "4180",
    "x_forwarded_prefix": "/oauth2",
    "x_forwarded_uri": "/ping",
    "x_forwarded_method": "OPTIONS",
    "x_original_url": "/oauth2/start",
    "x_original_uri": "/ping",
    "x_rewrite_url": "/ping",
    "x_envoy_original_path": "/oauth2/start",
    "x_envoy_internal": "true",
    "x_http_method_override": "OPTIONS",
    "x_real_ip": "127.0.0.1",
    "remote_user": "ada",
    "x_ext_authz_check_result": "allowed",
    "authorization": "Basic YWRhOg==",
}


@pytest.mark.parametrize("name", FORGED_HEADERS)
def test_a_header_lets_nobody_in(cast: Cast, name: str) -> None:
    assert is_out(*cast.me(cast.nobody, **{name: FORGED_HEADERS[name]}))


def test_all_headers_at_once_let_nobody_in_and_make_nobody_another(cast: Cast) -> None:
    assert is_out(*cast.me(cast.nobody, **FORGED_HEADERS))
    others = {name: value for name, value in FORGED_HEADERS.items() if name != "authorization"}
    assert is_user(cast.me(cast.grace, **others), "grace")


@pytest.mark.parametrize("carrier", ["x_auth_request_access_token", "x_forwarded_access_token"])
def test_a_right_token_in_the_proxys_own_header_is_not_taken(cast: Cast, carrier: str) -> None:
    """Only the proxy writes it: a client's is overwritten, and without a session refused."""
    right = cast.tokens["right"]
    assert is_out(*cast.me(cast.nobody, **{carrier: right}))
    assert is_user(cast.me(cast.grace, **{carrier: right}), "grace")


WRONG_TOKENS = ("for nobody", "for the proxy", "of an ID", "to renew", "of another realm")


@pytest.mark.parametrize("name", WRONG_TOKENS)
def test_a_token_for_something_else_lets_nobody_in(cast: Cast, name: str) -> None:
    assert is_out(*cast.bearer(cast.tokens[name]))


def test_a_forged_token_lets_nobody_in(cast: Cast) -> None:
    forged = forged_tokens(cast.tokens["right"], cast.keys)
    assert {name: is_out(*cast.bearer(token)) for name, token in forged.items()} == dict.fromkeys(
        forged, True
    )


def test_a_mixed_cut_or_changed_cookie_lets_nobody_in(cast: Cast) -> None:
    ada, grace = (session_of(cast.platform, one) for one in (cast.ada, cast.grace))
    (ticket, when, signature), (_, other_when, other_signature) = ada.split("|"), grace.split("|")
    made = {
        "grace's signature": f"{ticket}|{when}|{other_signature}",
        "grace's time and signature": f"{ticket}|{other_when}|{other_signature}",
        "a later time": f"{ticket}|{int(when) + 3600}|{signature}",
        "no signature": f"{ticket}|{when}|",
        "the ticket alone": ticket,
        "half of it": ada[: len(ada) // 2],
        "nothing": "",
    }
    for position in range(0, len(ada), 9):
        changed = "A" if ada[position] != "A" else "B"
        made[f"character {position}"] = ada[:position] + changed + ada[position + 1 :]
    assert {name: is_out(*cast.cookie(value)) for name, value in made.items()} == dict.fromkeys(made, True)
    assert is_user(cast.cookie(ada), "ada")


def test_past_the_gateway_the_api_wants_a_token_itself(cast: Cast) -> None:
    """From a pod of the cluster: every header can be written there, the token's alone counts."""
    header = "x-auth-request-access-token"
    plain = {name.replace("_", "-"): value for name, value in FORGED_HEADERS.items()}
    wrong = {name: cast.tokens[name] for name in WRONG_TOKENS}
    wrong |= forged_tokens(cast.tokens["right"], cast.keys)
    tried = {
        "nothing": {},
        "made-up headers": plain,
        "a session's cookie": with_session(cast.platform, session_of(cast.platform, cast.ada)),
        "a token in another header": {"authorization": f"Bearer {cast.tokens['right']}"},
        **{name: {header: token} for name, token in wrong.items()},
    }
    with stranger(cast.platform) as pod:
        (right, *answers) = pod.ask(
            [(f"{API}/api/me", headers) for headers in ({header: cast.tokens["right"]}, *tried.values())]
        )
        chat, models = pod.ask([(f"{API}/api/chat", plain), (f"{API}/api/models", plain)])
    assert is_user(right, "ada")
    assert {name: is_out(*answer) for name, answer in zip(tried, answers, strict=True)} == dict.fromkeys(
        tried, True
    )
    assert is_out(*chat)
    assert is_out(*models)


def test_an_expired_token_lets_nobody_in(cast: Cast) -> None:
    """Keycloak's own, after a real wait: for the gateway, and for the API, which allows for clocks."""
    login = login_of(cast.platform)
    with given_tokens(
        cast.platform, login.realm, login.audience, "ada", password(cast.platform, "ada")
    ) as tokens:
        fresh = cast.bearer(tokens["short-lived"])
    assert is_user(fresh, "ada")
    token = {"x-auth-request-access-token": tokens["short-lived"]}
    time.sleep(SECONDS_TO_LIVE + 1)
    assert is_out(*cast.bearer(tokens["short-lived"]))
    time.sleep(LEEWAY_SECONDS)
    with stranger(cast.platform) as pod:
        (late,) = pod.ask([(f"{API}/api/me", token)])
    assert is_out(*late)
    assert "expired" in late[1]
