"""What a download that fails means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from platformctl.errors import StepFailed, Unreachable

# pip and Maven, where npm leaves the comparison to us.
_OTHER_FILE = ("DO NOT MATCH THE HASHES", "Checksum validation failed")


@contextmanager
def fetching() -> Iterator[None]:
    """The work of a program that only downloads: when it fails, a server did not give what was asked.

    Raises:
        Unreachable: in place of StepFailed, with its words.
        StepFailed: the server gave another file than the locked one.
    """
    try:
        yield
    except StepFailed as error:
        said = error.log.read_text(errors="replace") if error.log else ""
        if any(words in said for words in _OTHER_FILE):
            raise
        raise Unreachable(error.message, place=error.place, fix=error.fix, log=error.log) from error
