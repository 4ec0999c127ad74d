"""Which Git URLs Flux can use, seen from inside a cluster and with one set of credentials for all of them."""

from __future__ import annotations

import ipaddress
import posixpath
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

_SCP_LIKE = re.compile(r"^(?:(?P<user>[^@/:]+)@)?(?P<host>[^@/:]+):(?!//)(?P<path>.+)$")


@dataclass(frozen=True)
class Flaw:
    """Why a URL does not do; ``code`` is the last part of a problem's code."""

    code: str
    message: str
    fix: str


def loopback_flaw(url: str) -> Flaw | None:
    """A pod that asks a loopback address asks itself."""
    host = urlsplit(url).hostname or ""
    if not _is_loopback(host):
        return None
    return Flaw(
        "loopback",
        f"{host} is each pod itself, seen from the cluster",
        "use a name or address that pods reach",
    )


def submodule_flaw(parent: str, url: str, *, credentials: bool, trusted: Collection[str] = ()) -> Flaw | None:
    """Why source-controller could not, or should not, fetch a submodule of the parent from the URL.

    It sends the parent's credentials to every submodule's server, whatever that is (go-git hands its one
    ``Auth`` down), and resolves a relative URL against its own working folder (source-controller#1765).

    Args:
        credentials: whether the parent needs any.
        trusted: hosts that may be sent the parent's credentials.
    """
    if not url:
        return Flaw(
            "no-url", "has no url in .gitmodules", "add the url, or remove the gitlink with git rm --cached"
        )
    if url.startswith(("./", "../")):
        return Flaw(
            "relative-url",
            f'the URL "{url}" is relative, which source-controller looks for among its own files',
            f"write {resolve(parent, url)} in .gitmodules, then git submodule sync",
        )
    ours, theirs = urlsplit(parent), urlsplit(_expanded(url))
    if theirs.scheme not in ("https", "http", "ssh"):
        return Flaw(
            "unreachable-url", f"the cluster cannot fetch from {url}", "write an https URL in .gitmodules"
        )
    over_http = ours.scheme in ("http", "https")
    if over_http and theirs.scheme == "ssh":
        return Flaw(
            "ssh-url",
            f"{url} wants an SSH key, and Flux has the parent's password only: invalid auth method",
            f"write {_as_http(ours.scheme, ours.netloc, theirs.hostname or '', theirs.path)} in .gitmodules",
        )
    if not over_http and theirs.scheme != "ssh":
        # The parent's SSH key is tried even on a public repository (flux2#1417).
        return Flaw(
            "https-url",
            f"{url} is asked with the parent's SSH key: invalid auth method, even if it is public",
            f"write ssh://{ours.username or 'git'}@{theirs.hostname}{theirs.path} in .gitmodules,"
            " or bootstrap with an https URL and a token",
        )
    if not over_http and theirs.hostname != ours.hostname:
        return Flaw(
            "other-host",
            f"the parent's known_hosts holds no key of {theirs.hostname}",
            f"mirror it to {ours.hostname}, or make the secret flux-system by hand with both host keys",
        )
    if credentials and theirs.netloc != ours.netloc and (theirs.hostname or "") not in trusted:
        return Flaw(
            "other-host",
            f"Flux would send the credentials of {ours.netloc} to {theirs.netloc}",
            f"mirror it to {ours.netloc}, or allow it with --trust-host {theirs.hostname}",
        )
    if credentials and (ours.scheme, theirs.scheme) == ("https", "http"):
        return Flaw(
            "plain-http", f"the password would go to {url} unencrypted", "write https:// in .gitmodules"
        )
    return loopback_flaw(url)


def resolve(parent: str, url: str) -> str:
    """A relative URL made absolute as Git does it, against the parent's URL."""
    base = parent.rstrip("/")
    head, slash, path = base.rpartition("://")
    if not slash:
        head, _, path = base.rpartition(":")
    joined = posixpath.normpath(posixpath.join(path, url))
    return f"{head}{slash or ':'}{joined}"


def _expanded(url: str) -> str:
    """``git@host:path`` as the ssh URL that it stands for."""
    short = _SCP_LIKE.match(url)
    if short is None or "://" in url:
        return url
    return f"ssh://{short['user'] or 'git'}@{short['host']}/{short['path'].lstrip('/')}"


def _as_http(scheme: str, netloc: str, host: str, path: str) -> str:
    """The same repository over http; the parent's port is kept on the parent's host."""
    parent_host = netloc.rpartition("@")[2].partition(":")[0]
    return f"{scheme}://{netloc if host == parent_host else host}{path}"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
