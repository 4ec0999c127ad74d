"""The errors that a client sees, as problem details (RFC 9457), the same in a response and in a stream."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True)
class FieldError:
    """One wrong field: its path as in ``messages[2].role`` and what is wrong with it."""

    field: str
    reason: str


class ApiError(HTTPException):
    """An answer other than the one asked for.

    An HTTPException, because FastAPI turns any other error raised while it reads the body into its own 400.

    Attributes:
        status: HTTP status.
        code: stable word for programs; ``detail`` is for people.
        retry_after: whole seconds after which another attempt makes sense.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"

    def __init__(
        self,
        detail: str,
        *,
        retry_after: int | None = None,
        errors: Sequence[FieldError] = (),
        **members: Any,
    ) -> None:
        super().__init__(self.status, detail)
        self.retry_after = retry_after
        self.errors = tuple(errors)
        self.members = members

    def problem(self, request_id: str, status: int | None = None) -> dict[str, Any]:
        body = problem(status or self.status, self.code, self.detail, request_id)
        if self.errors:
            body["errors"] = [{"field": error.field, "reason": error.reason} for error in self.errors]
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        return body | self.members

    def response(self, request_id: str, status: int | None = None) -> JSONResponse:
        """The problem as a response, under another status where the path demands one."""
        headers = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        return problem_response(self.problem(request_id, status), headers)


def problem(status: int, code: str, detail: str, request_id: str) -> dict[str, Any]:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
    }


def problem_response(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(
        dict(body), body["status"], {**(headers or {}), "Cache-Control": "no-store"}, media_type=PROBLEM_JSON
    )


class InvalidJson(ApiError):
    status, code = 400, "invalid_json"


class LoginRequired(ApiError):
    """Nobody is signed in."""

    status, code = 401, "login_required"


class InvalidToken(ApiError):
    """There is a token, and it does not count here."""

    status, code = 401, "invalid_token"


class OriginRefused(ApiError):
    """A page that is not this platform's asks with its reader's session."""

    status, code = 403, "origin_refused"


class BodyTooLarge(ApiError):
    status, code = 413, "body_too_large"


class UnsupportedMediaType(ApiError):
    status, code = 415, "unsupported_media_type"


class InvalidRequest(ApiError):
    status, code = 422, "invalid_request"


class UnknownModel(ApiError):
    status, code = 422, "unknown_model"


class ContextTooLong(ApiError):
    """The model's context window cannot hold what was sent."""

    status, code = 422, "context_too_long"


class UpstreamRejected(ApiError):
    """The inference server calls the request itself wrong."""

    status, code = 422, "upstream_rejected"


class UpstreamUnreachable(ApiError):
    status, code = 502, "upstream_unreachable"


class UpstreamFailed(ApiError):
    """The inference server answered with an error of its own, or with something that is no answer."""

    status, code = 502, "upstream_failed"


class UpstreamBroke(ApiError):
    """The inference server went away in the middle of an answer."""

    status, code = 502, "upstream_broke"


class Busy(ApiError):
    """This process runs as many answers as it may."""

    status, code = 503, "busy"


class UpstreamBusy(ApiError):
    status, code = 503, "upstream_busy"


class ModelMissing(ApiError):
    """An allowed model that the inference server does not have (yet)."""

    status, code = 503, "model_missing"


class IdentityUnavailable(ApiError):
    """No token can be checked: the identity provider's keys are not known."""

    status, code = 503, "identity_unavailable"


class Draining(ApiError):
    """The process is about to end."""

    status, code = 503, "draining"


class UpstreamTimeout(ApiError):
    status, code = 504, "upstream_timeout"


class AnswerTimeout(ApiError):
    """The whole answer took longer than it may."""

    status, code = 504, "answer_timeout"
