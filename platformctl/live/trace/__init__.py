"""Walks the login chain of a deployment as a browser does, and names the link that is broken."""

from collections.abc import Sequence

from platformctl.live.trace import access, logout, outset, reach, realm, rules, signin, strangers
from platformctl.live.trace.inside import Inside
from platformctl.live.trace.result import Result, Verdict
from platformctl.live.trace.walk import Credentials, TraceStep, Walk, walk_through

STEPS: Sequence[TraceStep] = (
    TraceStep("dns", reach.dns),
    TraceStep("tls", reach.tls, ("dns",)),
    TraceStep("discovery", reach.discovery, ("tls",)),
    TraceStep("proxy", reach.proxy, ("tls",)),
    TraceStep("bearer", reach.bearer, ("discovery",)),
    TraceStep("realm", realm.realm),
    TraceStep("clock", reach.clock, ("tls",)),
    TraceStep("unauthenticated", strangers.unauthenticated, ("tls",)),
    TraceStep("open paths", strangers.open_paths, ("unauthenticated",)),
    TraceStep("preflight", rules.preflight, ("tls",)),
    TraceStep("coalescing", rules.coalescing, ("tls",)),
    TraceStep("forged", strangers.forged, ("unauthenticated",)),
    TraceStep("challenge", outset.challenge, ("discovery", "unauthenticated")),
    TraceStep("start", outset.start, ("discovery", "unauthenticated")),
    TraceStep("authorize", signin.authorize, ("start",)),
    TraceStep("login form", signin.form, ("authorize",)),
    TraceStep("callback", signin.callback, ("login form",)),
    TraceStep("ext_authz", access.check, ("callback",)),
    TraceStep("headers", access.headers, ("ext_authz",)),
    TraceStep("token", access.token, ("headers",)),
    TraceStep("keys", access.keys, ("ext_authz",)),
    TraceStep("stream", rules.stream, ("token",)),
    TraceStep("refresh", access.refresh, ("ext_authz",)),
    TraceStep("logout", logout.logout, ("ext_authz",)),
)
"""In the order of a login; each names what it cannot go without."""

_SIGNING_IN = {"start", "authorize", "login form", "callback"}


def steps_of(walk: Walk) -> Sequence[TraceStep]:
    """The links that a walk looks at: not those of the login where a session was given."""
    return [step for step in STEPS if not (walk.session and step.name in _SIGNING_IN)]


__all__ = [
    "STEPS",
    "Credentials",
    "Inside",
    "Result",
    "TraceStep",
    "Verdict",
    "Walk",
    "steps_of",
    "walk_through",
]
