"""oauth2-proxy's command line by version: it stops at a flag that it does not know."""

from __future__ import annotations

import re
from dataclasses import dataclass

Version = tuple[int, int, int]


@dataclass(frozen=True)
class Flag:
    """A flag that some versions do not know, or do not need.

    Attributes:
        name: without ``--``.
        values: it is given once for each.
        since: the first version that has it.
        before: the first version that is better off without it; None: none.
    """

    name: str
    values: tuple[str, ...]
    since: Version = (0, 0, 0)
    before: Version | None = None

    def fits(self, version: Version) -> bool:
        return self.since <= version and (self.before is None or version < self.before)


PRIVATE_NETWORKS = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
"""Where a gateway's pods can be: a cluster does not say which part of these is its pods'."""

FLAGS = (
    # An abandoned login leaves a cookie, and too many of them end in 431. Without a limit they have to go
    # soon, and who takes longer for the login form has to start again.
    Flag("cookie-csrf-expire", ("5m",), before=(7, 11, 0)),
    Flag("cookie-csrf-per-request-limit", ("5",), since=(7, 11, 0)),
    # Older versions take X-Forwarded-* from everybody. It opens no route: the chart lets none be skipped.
    Flag("trusted-proxy-ip", PRIVATE_NETWORKS, since=(7, 15, 2)),
)


def flags(tag: str) -> tuple[Flag, ...]:
    """The flags that the version of an image's tag is given beside the common ones.

    A tag without a version, such as ``latest``, counts as newer than all.
    """
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", tag)
    version = (int(found[1]), int(found[2]), int(found[3])) if found else (10**6, 0, 0)
    return tuple(flag for flag in FLAGS if flag.fits(version))
