"""Puts the application together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from . import __version__
from .answer import Answerer
from .drain import Drain
from .errors import ApiError, FieldError, InvalidJson, InvalidRequest, problem, problem_response
from .identity import Gate, Verifier
from .keys import Keys
from .middleware import BodyLimit, RequestLog
from .origins import with_origins
from .readiness import Readiness
from .record import record_of
from .routes import Services, router
from .settings import Settings
from .slots import Slots
from .upstream import Limits, Ollama, OpenAi, Upstream

HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}


def create_app(settings: Settings, drain: Drain) -> ASGIApp:
    """The whole service. It keeps no state outside the returned application and ``drain``."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # Slots bounds the answers, so the connections need no limit; the upstream is behind no proxy.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
        async with aiohttp.ClientSession(
            connector=connector, read_bufsize=65_536, trust_env=False
        ) as session:
            upstream = create_upstream(settings, session)
            app.state.services = Services(
                settings=settings,
                answerer=Answerer(
                    upstream, Slots(settings.max_concurrent_answers), drain, settings.answer_timeout_seconds
                ),
                readiness=Readiness(
                    upstream,
                    settings.allowed_models,
                    drain,
                    timeout_seconds=settings.ready_timeout_seconds,
                    cache_seconds=settings.ready_cache_seconds,
                ),
            )
            if settings.identity_jwks_url is not None:
                app.state.verifier = create_verifier(settings, session)
            yield

    app = FastAPI(
        title="chatbot-api",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/api/openapi.json",
        docs_url=None,  # both pages would load scripts from elsewhere
        redoc_url=None,
        # Behind a gateway the address of such a redirect would be plain http: a wrong path is a 404.
        redirect_slashes=False,
    )
    app.include_router(router)
    app.add_exception_handler(ApiError, on_api_error)
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid_request)
    app.add_exception_handler(Exception, on_unforeseen_error)
    inner: ASGIApp = BodyLimit(app, settings.max_body_bytes)
    if settings.identity_jwks_url is not None:
        inner = Gate(inner, lambda: app.state.verifier)
    # Outside the gate: a page of another origin could not read a 401 without CORS headers.
    if settings.cors_origins:
        inner = with_origins(inner, settings.cors_origins)
    return RequestLog(inner, drain)


def create_verifier(settings: Settings, session: aiohttp.ClientSession) -> Verifier:
    keys = Keys(
        session,
        str(settings.identity_jwks_url),
        cache_seconds=settings.identity_cache_seconds,
        pause_seconds=settings.identity_pause_seconds,
    )
    return Verifier(
        keys,
        issuer=settings.identity_issuer,
        audience=settings.identity_audience,
        leeway_seconds=settings.identity_leeway_seconds,
    )


def create_upstream(settings: Settings, session: aiohttp.ClientSession) -> Upstream:
    limits = Limits(
        connect_seconds=settings.connect_timeout_seconds,
        first_token_seconds=settings.first_token_timeout_seconds,
        token_seconds=settings.token_timeout_seconds,
        answer_tokens=settings.max_answer_tokens,
    )
    if settings.openai_api_base_url is None:
        return Ollama(session, settings.upstream_url, limits)
    key = settings.openai_api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    return OpenAi(session, settings.upstream_url, limits, headers)


async def on_api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    record = record_of(request.scope)
    record.fields["code"] = error.code
    return error.response(record.request_id)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Starlette's own: no such path, no such method."""
    assert isinstance(error, HTTPException)
    code = HTTP_CODES.get(error.status_code, "http_error")
    detail = f"{request.method} {request.url.path}: {error.detail}"
    body = problem(error.status_code, code, detail, record_of(request.scope).request_id)
    return problem_response(body, error.headers)


async def on_invalid_request(request: Request, error: Exception) -> Response:
    """Names the wrong fields. It never quotes what was sent."""
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        place = found[0]["loc"][-1]
        return await on_api_error(
            request, InvalidJson(f"the body is no JSON: {found[0]['ctx']['error']} at character {place}")
        )
    fields = [FieldError(field_path(entry["loc"]), entry["msg"]) for entry in found[:20]]
    detail = "; ".join(f"{field.field}: {field.reason}" for field in fields[:3])
    return await on_api_error(request, InvalidRequest(detail, errors=fields))


async def on_unforeseen_error(request: Request, error: Exception) -> Response:  # noqa: ARG001
    detail = "this service failed; its log has the cause under this request_id"
    return problem_response(problem(500, "internal_error", detail, record_of(request.scope).request_id))


def field_path(location: tuple[str | int, ...]) -> str:
    """("body", "messages", 2, "role") -> "messages[2].role"; the body itself is "body"."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location[1:])
    return path.lstrip(".") or "body"
