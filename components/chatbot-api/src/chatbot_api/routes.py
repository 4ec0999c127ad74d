"""The paths. The ingress routes /api/* only, so the probes answer there too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from .answer import Answerer, StreamedAnswer, WholeAnswer
from .context import trim
from .errors import FieldError, UnknownModel, UnsupportedMediaType
from .events import EVENT_STREAM
from .identity import identity_in
from .readiness import Readiness
from .record import record_of
from .schema import ChatAnswer, ChatRequest, Me, Models, Status
from .settings import Settings

router = APIRouter()

IDENTITY_HEADERS = ("authorization", "x-auth-request-", "x-forwarded-")


@dataclass(frozen=True)
class Services:
    """What lives as long as the application."""

    settings: Settings
    answerer: Answerer
    readiness: Readiness


# Coroutines, both: FastAPI sends a plain function to a thread, which costs more than the function.
async def services_of(request: Request) -> Services:
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


async def json_body(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMediaType(f"send application/json, not {kind or 'a body without content-type'}")


Held = Annotated[Services, Depends(services_of)]


@router.post(
    "/api/chat",
    dependencies=[Depends(json_body)],
    responses={200: {"model": ChatAnswer, "content": {EVENT_STREAM: {}}}},
)
async def chat(body: ChatRequest, request: Request, services: Held) -> Response:
    """Answer a conversation: events unless ``stream`` is false or only application/json is accepted."""
    settings = services.settings
    model = body.model if body.model is not None else settings.default_model
    if model not in settings.allowed_models:
        allowed = ", ".join(settings.allowed_models)
        raise UnknownModel(
            f"model {model!r} is not offered; there are: {allowed}",
            errors=[FieldError("model", f"must be one of {allowed}")],
            models=settings.allowed_models,
        )
    trimmed = trim(body.messages, settings.max_context_messages)
    streamed = body.stream if body.stream is not None else accepts_events(request.headers.get("accept", ""))
    record_of(request.scope).fields["stream"] = streamed
    return (StreamedAnswer if streamed else WholeAnswer)(services.answerer, model, trimmed)


def accepts_events(accept: str) -> bool:
    """Events are the default; a client that names JSON and not events gets JSON."""
    return EVENT_STREAM in accept or "application/json" not in accept


@router.get("/api/models")
async def models(services: Held) -> Models:
    """The models that a request may name."""
    return Models(default=services.settings.default_model, models=services.settings.allowed_models)


@router.get("/api/me")
async def me(request: Request, response: Response) -> Me:
    """Who asks: a page learns whether its reader is signed in, an operator what the gateway passes on."""
    response.headers["Cache-Control"] = "no-store"
    received = sorted({name for name in request.headers if name.startswith(IDENTITY_HEADERS)})
    identity = identity_in(request.scope)
    if identity is None:
        return Me(login="none", received=tuple(received))
    return Me(
        login="oidc",
        sub=identity.subject,
        preferred_username=identity.username,
        email=identity.email,
        issuer=identity.issuer,
        audience=identity.audience,
        expires_at=identity.expires_at,
        received=tuple(received),
    )


@router.get("/health")
@router.get("/api/health", include_in_schema=False)
async def health() -> Status:
    """Whether the process is alive; it asks nobody else, so that a restart is never the cure for Ollama."""
    return Status(status="ok")


@router.get("/ready")
@router.get("/api/ready", include_in_schema=False)
async def ready(request: Request, services: Held) -> Response:
    """Whether an answer can be expected: always 503 when not, whatever the reason."""
    reason = await services.readiness.check()
    if reason is None:
        return JSONResponse(Status(status="ready").model_dump(), headers={"Cache-Control": "no-store"})
    return reason.response(record_of(request.scope).request_id, status=503)
