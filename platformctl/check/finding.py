"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from platformctl.build import Place


class Severity(StrEnum):
    """An error would fail or break in the cluster; a warning may."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Owner:
    """Another object that a finding is about, which says something that does not fit.

    Attributes:
        object: as in a finding, and so are the path and the place.
    """

    object: str
    path: str
    place: Place | None

    def __str__(self) -> str:
        return " ".join(filter(None, [self.object, self.path, f"({self.place})" if self.place else ""]))


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        code: the check's stable code, such as ``reference/service``.
        severity: error or warning.
        object: whom it is about, such as ``Ingress chat/chatbot-ui``.
        path: the field, such as ``spec.rules[0]``; empty for the whole object.
        message: one sentence that goes on from the object's name.
        place: the file and the line; None where a generator made the object.
        fix: what to do about it; may be empty.
        others: whom it is about as well, where it is a contradiction.
    """

    code: str
    severity: Severity
    object: str
    path: str
    message: str
    place: Place | None
    fix: str = ""
    others: tuple[Owner, ...] = ()

    @property
    def order(self) -> tuple[int, str, int, str, str, str, str]:
        """Errors first, then by file and line."""
        file, line = (self.place.file, self.place.line) if self.place else ("", 0)
        return (
            self.severity is not Severity.ERROR,
            file,
            line,
            self.object,
            self.path,
            self.code,
            self.message,
        )
