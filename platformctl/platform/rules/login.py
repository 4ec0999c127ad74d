"""The login: what it needs, whom it knows, how long it lasts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from platformctl.platform.duration import Duration
from platformctl.platform.rules.scope import Scope
from platformctl.platform.schema import Identity, SessionSettings
from platformctl.platform.source import Problem

ADMIN_REALM = "master"
"""Keycloak's own realm, whose users administrate all others."""

LONGEST_SESSION = 2**31 - 1
"""Seconds that Keycloak can count; it does not start with a realm that has more."""


def login(scope: Scope) -> Iterator[Problem]:
    """The rules of this file."""
    cluster, identity = scope.cluster, scope.cluster.identity
    if cluster.login != "none":
        yield from scope.only_with(("login",), "gateway", "istio")
        yield from _realm(scope, identity or Identity())
    if identity is not None:
        yield from scope.only_with(("identity",), "login", "keycloak")
        yield from _users(scope, identity)
        yield from _session(scope, identity.session or SessionSettings())


def _realm(scope: Scope, identity: Identity) -> Iterator[Problem]:
    place = ("identity", "realm")
    if identity.realm == ADMIN_REALM:
        yield scope.problem(place, f'"{ADMIN_REALM}" is the realm of Keycloak\'s administrators.')
    elif identity.realm is None and scope.file.name == ADMIN_REALM:
        line = scope.source.line(("name",))
        message = f'is "{ADMIN_REALM}" as the platform\'s name (line {line}): the realm of administrators.'
        yield scope.problem(place, message)


def _users(scope: Scope, identity: Identity) -> Iterator[Problem]:
    place = ("identity", "users")
    for index, user in enumerate(identity.users):
        first = identity.users.index(user)
        if first < index:
            line = scope.line((*place, first))
            yield scope.problem((*place, index), f'"{user}" stands on line {line} already.')
    if identity.users and scope.cluster.target != "embedded" and not identity.test_users:
        message = f"are test users, which {scope.said('target')} takes only with testUsers: true."
        yield scope.problem(place, message)


def _session(scope: Scope, session: SessionSettings) -> Iterator[Problem]:
    """refresh < accessToken < idle <= max.

    A session whose refresh is not shorter than its tokens' life ends in the middle of its work.
    """
    spans = (
        ("refresh", session.refresh),
        ("accessToken", session.access_token),
        ("idle", session.idle),
        ("max", session.max),
    )
    if Duration(session.max).seconds > LONGEST_SESSION:
        message = f"{session.max} is more than {LONGEST_SESSION // 3600}h, the most."
        yield scope.problem(("identity", "session", "max"), message)
    for (shorter, text), (longer, other) in pairwise(spans):
        short, long = Duration(text).seconds, Duration(other).seconds
        if short < long or (short == long and longer == "max"):
            continue
        place, against = ("identity", "session", shorter), ("identity", "session", longer)
        if not scope.says(place):
            place, against = against, place
            relation = "less than" if longer == "max" else "not more than"
            shown, said = (other, f"{shorter}, which is {text}")
        else:
            relation = "more than" if longer == "max" else "not less than"
            shown, said = (text, f"{longer}, which is {other}")
        yield scope.problem(place, f"{shown} is {relation} {said} ({scope.at(against)}).")
