"""What is known about one request, for the log line and for the answer."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Scope

REQUEST_ID_HEADER = b"x-request-id"
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_KEY = "chatbot_api.record"


@dataclass
class Record:
    """One request. ``fields`` goes into the log: names, counts and times, never what was said."""

    request_id: str
    started: float = field(default_factory=time.monotonic)
    status: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)

    def elapsed_ms(self) -> float:
        return round((time.monotonic() - self.started) * 1000, 1)


def attach_record(scope: Scope) -> Record:
    """The id is the caller's if it looks like one, so that a request can be followed through the ingress."""
    given = next((value for name, value in scope["headers"] if name == REQUEST_ID_HEADER), b"").decode(
        "latin-1"
    )
    record = Record(given if ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex)
    scope[_KEY] = record
    return record


def record_of(scope: Scope) -> Record:
    record = scope[_KEY]
    assert isinstance(record, Record)
    return record
