"""What a client sends and gets."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

MAX_MESSAGES = 1000


class Message(BaseModel):
    """One turn of the conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["system", "user", "assistant"]
    content: str

    @field_validator("content")
    @classmethod
    def _says_something(cls, content: str, info: ValidationInfo) -> str:
        # An assistant's content may be empty: an answer that was stopped before its first word.
        if info.data.get("role") in ("system", "user") and not content.strip():
            raise PydanticCustomError("blank", "must not be blank")
        return content


class ChatRequest(BaseModel):
    """A conversation to go on with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    messages: Annotated[list[Message], Field(min_length=1, max_length=MAX_MESSAGES)]
    """Oldest first, at least one from the user."""
    model: str | None = None
    """One of GET /api/models; the default model when absent."""
    stream: StrictBool | None = None
    """True: events, false: one JSON object; by the Accept header when absent."""

    @field_validator("messages")
    @classmethod
    def _asks_something(cls, messages: list[Message]) -> list[Message]:
        if not any(message.role == "user" for message in messages):
            raise PydanticCustomError("no_user_message", "must hold at least one message with role user")
        return messages


class Context(BaseModel):
    """What of the conversation reached the model, in messages."""

    received: int
    sent: int
    dropped: int


class Usage(BaseModel):
    """Tokens as the inference server counted them; null when it did not say."""

    prompt_tokens: int | None
    completion_tokens: int | None


class ChatAnswer(BaseModel):
    """The whole answer, when no stream was asked for."""

    id: str
    model: str
    message: Message
    reasoning: str | None = None
    finish_reason: str
    usage: Usage
    context: Context


class Models(BaseModel):
    """The allow-list."""

    default: str
    models: tuple[str, ...]


class Status(BaseModel):
    """Health and readiness when all is well."""

    status: Literal["ok", "ready"]


class Me(BaseModel):
    """Who asks, as the token says it."""

    login: Literal["none", "oidc"]
    """none: this platform has no login, and everything else is null."""
    sub: str | None = None
    """The identity provider's own name for the person: never given to another, unlike the others."""
    preferred_username: str | None = None
    email: str | None = None
    issuer: str | None = None
    audience: tuple[str, ...] | None = None
    expires_at: int | None = None
    """End of the token, in seconds since 1970. A browser's session goes on: its proxy gets a new token."""
    received: tuple[str, ...] = ()
    """Names of the headers about identity that arrived; all but x-auth-request-access-token are ignored."""
