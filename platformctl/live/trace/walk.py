"""The walk along the login chain: what its steps share, and the order in which they go."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import httpx

from platformctl.errors import PlatformctlError, Unreachable
from platformctl.live.auth import Browser, Exchange
from platformctl.live.route import Route
from platformctl.live.trace.inside import Inside
from platformctl.live.trace.result import Result, Verdict, other_miss
from platformctl.platform.login import Login

SECONDS_OF_SILENCE = 20.0


@dataclass(frozen=True)
class Credentials:
    """A user who may sign in."""

    user: str
    password: str = field(repr=False)


@dataclass
class Walk:
    """What the steps of one trace share.

    Attributes:
        login: what the deployment is meant to be.
        context: TLS, with whom to trust.
        address: the IPv4 address that the hosts are expected to lead to; None: whatever they resolve to.
        credentials: who signs in; None: nobody, and the walk ends at the login page.
        session: a ``Cookie`` header of a session that a browser has; then nobody signs in.
        inside: the cluster, where it can be looked at.
        patience: also do what takes minutes: wait for a refresh, hold a stream.
        browser: the one that signs in.
        page: the login page.
        callback: where the login page's form leads to.
        exchanges: what all its browsers said, oldest first.
    """

    login: Login
    context: ssl.SSLContext
    address: str | None = None
    credentials: Credentials | None = None
    session: str | None = field(default=None, repr=False)
    inside: Inside | None = None
    patience: bool = False
    exchanges: list[Exchange] = field(default_factory=list, init=False, repr=False)
    browser: Browser = field(init=False)
    page: httpx.Response | None = field(default=None, init=False)
    callback: httpx.Response | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.browser = self.new_browser()
        if self.session:
            for pair in self.session.split(";"):
                name, _, value = pair.strip().partition("=")
                self.browser.client.cookies.set(name, value, domain=self.login.cookie_domain)

    def new_browser(self) -> Browser:
        """A browser without cookies, on the way that users take."""
        verify = self.context
        transport = Route(self.address, verify) if self.address else httpx.HTTPTransport(verify=verify)
        client = httpx.Client(transport=transport, timeout=SECONDS_OF_SILENCE, trust_env=False)
        return Browser(client, self.exchanges)

    @property
    def cookie(self) -> str:
        """The session as a ``Cookie`` header."""
        jar = self.browser.client.cookies.jar
        mine = [one for one in jar if one.name.startswith(self.login.cookie_name)]
        return "; ".join(f"{one.name}={one.value}" for one in mine)

    @property
    def api(self) -> str:
        """What only somebody who is signed in may have."""
        return f"{self.login.api_origin}/api/me"


@dataclass(frozen=True)
class TraceStep:
    """One link of the chain.

    Attributes:
        name: one word or two, unique.
        run: looks at the link.
        needs: the links without which there is nothing to look at.
    """

    name: str
    run: Callable[[Walk], Result]
    needs: tuple[str, ...] = ()


def walk_through(steps: Sequence[TraceStep], walk: Walk) -> Iterator[tuple[TraceStep, Result]]:
    """Look at each link whose needs hold, in order.

    A step that cannot reach a host is a miss of its own; any other error of ours ends the walk.
    """
    broken: set[str] = set()
    for step in steps:
        if broken.intersection(step.needs):
            broken.add(step.name)
            yield step, Result(Verdict.NOT_REACHED, f"after {', '.join(step.needs)}")
            continue
        said = len(walk.exchanges)
        try:
            found = step.run(walk)
        except Unreachable as error:
            found = unreachable(error, walk)
        if not found.exchanges:
            found = replace(found, exchanges=walk.exchanges[said:])
        if found.verdict is Verdict.MISS:
            broken.add(step.name)
        yield step, found


def unreachable(error: PlatformctlError, walk: Walk) -> Result:
    """A host that gives no answer."""
    where = walk.address or "the addresses that the names resolve to"
    return other_miss(
        error.message,
        f"no gateway answers at {where}",
        error.fix or "platformctl status, then the gateway's Service and its address",
    )
