"""Keeps the services that Debian's packages bring from starting, now and at the machine's next start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_TEXT = "#!/bin/sh\n# platformctl: nothing is started while its packages are installed.\nexit 101\n"
# Where enabled units are linked from, /etc/systemd/system/<target>.wants/<unit>.
_UNITS = Path("/etc/systemd/system")


@contextmanager
def nothing_started() -> Iterator[None]:
    """Install packages inside: their services neither start nor stay enabled.

    Debian starts and enables what it installs. A registry on all addresses and a web server on port 80 at the
    next start of the machine are nothing that anybody asked for, and they would take the cluster's ports.
    What was enabled before stays so.
    """
    before = _enabled()
    with _policy():
        try:
            yield
        finally:
            for link in _enabled() - before:
                link.unlink()


def forget_interrupted() -> None:
    """Remove the policy of an installation that was killed, which would hold back all services for ever.

    Call it only while no installation of ours runs.
    """
    if _is_ours():
        _POLICY.unlink(missing_ok=True)


@contextmanager
def _policy() -> Iterator[None]:
    """Debian's own switch against services that start when they are installed; the machine's own is kept."""
    if _POLICY.exists() and not _is_ours():
        yield
        return
    _POLICY.write_text(_POLICY_TEXT)
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


def _is_ours() -> bool:
    return _POLICY.is_file() and _POLICY.read_text(errors="replace") == _POLICY_TEXT


def _enabled() -> set[Path]:
    return {path for path in _UNITS.glob("*.wants/*") if path.is_symlink()}
