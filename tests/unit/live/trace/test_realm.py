"""What the trace says of a realm that is otherwise than in Git."""

from __future__ import annotations

from typing import cast

import httpx
import pytest

from platformctl.errors import Unreachable
from platformctl.live.keycloak import Difference, Drift, Wanted
from platformctl.live.kubernetes import Cluster
from platformctl.live.trace import Inside, Result, Verdict
from platformctl.live.trace import realm as step
from platformctl.platform.login import Login
from tests.unit.live.trace.answering import Objects, answering

WANTED = Wanted({"realm": "chat"})


def looked(login: Login, monkeypatch: pytest.MonkeyPatch, found: Drift | Unreachable) -> Result:
    def drift(_: Cluster, wanted: Wanted) -> Drift:
        assert wanted is WANTED
        if isinstance(found, Unreachable):
            raise found
        return found

    monkeypatch.setattr(step, "wanted_realm", lambda _: WANTED)
    monkeypatch.setattr(step, "realm_drift", drift)
    inside = Inside(cast(Cluster, Objects({})))
    return step.realm(answering(login, lambda _: httpx.Response(404), inside=inside))


def test_a_realm_that_is_what_git_says(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked(login, monkeypatch, Drift("chat")).verdict is Verdict.HIT


def test_a_realm_that_was_changed(login: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """The login may work all the same, so it is no miss; the fix says how to mend it."""
    fields = ("redirectUris", "webOrigins", "secret")
    differences = [Difference("client", "oauth2-proxy", field) for field in fields]
    found = looked(login, monkeypatch, Drift("chat", [Difference("user", "ada", ""), *differences]))
    assert (found.verdict, found.fix) == (Verdict.MAY, "platformctl auth realm apply")
    assert (
        "user ada is missing, client oauth2-proxy redirectUris, client oauth2-proxy webOrigins" in found.note
    )
    assert found.note.endswith("and 1 more")


def test_a_keycloak_that_does_not_answer_is_no_gateway_that_does_not(
    login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = looked(login, monkeypatch, Unreachable("no pod of Keycloak is ready", fix="platformctl status"))
    assert (found.verdict, found.fix) == (Verdict.MAY, "platformctl status")
    assert "no pod of Keycloak is ready" in found.note


def test_from_outside(login: Login) -> None:
    found = step.realm(answering(login, lambda _: httpx.Response(404)))
    assert found.verdict is Verdict.MAY
