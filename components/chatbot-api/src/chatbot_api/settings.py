"""Settings from the environment; the names are those of the ConfigMap."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, HttpUrl, PositiveFloat, PositiveInt, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

DEFAULT_OLLAMA_URL = "http://localhost:11434"
DEFAULT_MODEL = "qwen2.5:0.5b"
# As browsers write it: they compare letter by letter, and so does CORS.
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")


class Settings(BaseSettings):
    """Everything that can be set from outside. Times are in seconds, sizes in bytes."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    ollama_url: HttpUrl | None = None
    """Ollama's address; localhost:11434 unless the OpenAI-compatible upstream is set."""
    openai_api_base_url: HttpUrl | None = None
    """Alternative upstream, with its /v1: http://vllm:8000/v1. Excludes OLLAMA_URL."""
    openai_api_key: SecretStr | None = None

    # NoDecode: a comma list, not the JSON list that pydantic-settings would expect.
    models: Annotated[tuple[str, ...], NoDecode] = ()
    """Names that a request may ask for; MODEL_NAME alone when empty."""
    model_name: str = ""
    """Model of a request that names none; the first of MODELS when empty."""

    max_context_messages: PositiveInt = 20
    """Messages sent upstream at most, system messages included."""
    max_answer_tokens: PositiveInt = 4096
    """Longest answer: a model that does not stop must not hold a slot for ever."""
    max_concurrent_answers: PositiveInt = 256
    """Running answers in this process; one more is refused with 503."""
    max_body_bytes: PositiveInt = 1_048_576

    identity_issuer: str = ""
    """The ``iss`` of every token, letter by letter. Set with the two below, or nobody has to sign in."""
    identity_jwks_url: HttpUrl | None = None
    """Where the issuer's public keys are, as this process reaches them."""
    identity_audience: str = ""
    """What a token's ``aud`` must name."""
    identity_leeway_seconds: Annotated[float, Field(ge=0, le=60)] = 10.0
    """How far the issuer's clock may be off."""
    identity_cache_seconds: PositiveFloat = 300.0
    """How long the keys are used before they are fetched again."""
    identity_pause_seconds: PositiveFloat = 10.0
    """Shortest time between two fetches of the keys."""

    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Origins of the pages that may ask from another host: ``https://app.example.com``."""

    connect_timeout_seconds: PositiveFloat = 3.0
    first_token_timeout_seconds: PositiveFloat = 120.0
    """From the request to the first text; loading a large model is in it."""
    token_timeout_seconds: PositiveFloat = 60.0
    """Longest silence of the upstream within an answer."""
    answer_timeout_seconds: PositiveFloat = 600.0
    """Longest whole answer, slow readers included."""
    ready_timeout_seconds: PositiveFloat = 2.0
    ready_cache_seconds: Annotated[float, Field(ge=0)] = 2.0

    drain_delay_seconds: Annotated[float, Field(ge=0)] = 2.0
    """After SIGTERM: not ready, but requests that still arrive are served."""
    drain_timeout_seconds: PositiveFloat = 60.0
    """After the delay: how long running answers may go on."""

    host: str = "0.0.0.0"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("models", "cors_origins", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin: scheme, host in lower case, no slash at its end")
        return origins

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.ollama_url and self.openai_api_base_url:
            raise ValueError("OLLAMA_URL and OPENAI_API_BASE_URL exclude each other: unset one of them")
        if self.openai_api_key and not self.openai_api_base_url:
            raise ValueError("OPENAI_API_KEY needs OPENAI_API_BASE_URL")
        if self.models and self.model_name and self.model_name not in self.models:
            raise ValueError(f"MODEL_NAME {self.model_name!r} is not in MODELS ({', '.join(self.models)})")
        identity = (self.identity_issuer, self.identity_jwks_url, self.identity_audience)
        if any(identity) and not all(identity):
            raise ValueError("IDENTITY_ISSUER, IDENTITY_JWKS_URL, IDENTITY_AUDIENCE: set all of them or none")
        return self

    @property
    def default_model(self) -> str:
        return self.model_name or (self.models[0] if self.models else DEFAULT_MODEL)

    @property
    def allowed_models(self) -> tuple[str, ...]:
        """Names in the order of MODELS, without repetitions; never empty."""
        return tuple(dict.fromkeys(self.models)) or (self.default_model,)

    @property
    def upstream_url(self) -> str:
        """Address without a slash at its end."""
        return str(self.openai_api_base_url or self.ollama_url or DEFAULT_OLLAMA_URL).rstrip("/")
