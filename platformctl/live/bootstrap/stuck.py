"""Tells failures that waiting does not end from those that are mended already, or may be."""

from __future__ import annotations

from collections.abc import Iterable

from platformctl.live.flux import Identity, Readiness, State
from platformctl.live.revisions import stands_at

# Reasons that come back by themselves with the same input. Each is given some time all the same, because the
# input may be on its way: a ConfigMap for a substitution, DNS for a clone.
STUBBORN = frozenset(
    {
        "ArtifactFailed",
        "AuthenticationFailed",
        "BuildFailed",
        "ChartPackageError",
        "GitOperationFailed",
        "InvalidChartReference",
        "InvalidPath",
        "URLInvalid",
        "ValuesError",
        "ValuesFilesError",
    }
)
# Long enough for DNS, images and a first retry of a controller.
PATIENCE_SECONDS = 120.0

_Failure = tuple[Identity, str, str]


class Stuck:
    """The failures of one wait, and since when each stands.

    The clock starts at our own first look. A condition's age says nothing: it is that of the first failure,
    and what it failed at may have been corrected in Git since.
    """

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._patience = patience_seconds
        self._commit = ""
        self._since: dict[_Failure, float] = {}

    def first(self, seen: Iterable[Readiness], commit: str, now: float) -> Readiness | None:
        """The first object for which waiting is unlikely to help, of all that are seen at this moment.

        It is one that Flux gave up at the awaited commit, or that failed alike, looked at by look, for longer
        than the patience while the same commit was awaited. ``now`` is in seconds of any steady clock.
        """
        if commit != self._commit:
            self._commit, self._since = commit, {}
        failing = {_failure(found): found for found in seen if _stays(found)}
        self._since = {failure: self._since.get(failure, now) for failure in failing}
        for failure, found in failing.items():
            given_up = found.stalled and stands_at(found.attempted, commit)
            if given_up or now - self._since[failure] > self._patience:
                return found
        return None


def _stays(found: Readiness) -> bool:
    return found.state is State.FAILED and (found.stalled or found.reason in STUBBORN)


def _failure(found: Readiness) -> _Failure:
    """What makes two failures the same: the object, the reason, and what was tried."""
    return found.identity, found.reason, found.attempted
