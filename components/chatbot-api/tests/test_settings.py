"""The environment."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chatbot_api.settings import Settings

from .conftest import ROOT


def settings(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings(monkeypatch)
    assert found.upstream_url == "http://localhost:11434"
    assert found.allowed_models == ("qwen2.5:0.5b",)
    assert found.max_context_messages == 20


@pytest.mark.parametrize(
    ("environment", "allowed", "default"),
    [
        ({"MODEL_NAME": "a"}, ("a",), "a"),
        ({"MODELS": "a, b,,a"}, ("a", "b"), "a"),
        ({"MODELS": "a,b", "MODEL_NAME": "b"}, ("a", "b"), "b"),
        ({"MODELS": "", "MODEL_NAME": "b"}, ("b",), "b"),
    ],
)
def test_models(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], allowed: tuple[str, ...], default: str
) -> None:
    found = settings(monkeypatch, **environment)
    assert (found.allowed_models, found.default_model) == (allowed, default)


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"MAX_CONTEXT_MESSAGES": "0"}, "MAX_CONTEXT_MESSAGES"),
        ({"OLLAMA_URL": "ollama:11434"}, "OLLAMA_URL"),
        ({"OLLAMA_URL": "http://a", "OPENAI_API_BASE_URL": "http://b/v1"}, "exclude each other"),
        ({"MODELS": "a,b", "MODEL_NAME": "c"}, "'c' is not in MODELS (a, b)"),
        ({"OPENAI_API_KEY": "hush"}, "OPENAI_API_KEY needs OPENAI_API_BASE_URL"),
        ({"IDENTITY_ISSUER": "https://a"}, "set all of them or none"),
        ({"IDENTITY_JWKS_URL": "http://a/certs", "IDENTITY_AUDIENCE": "b"}, "set all of them or none"),
        ({"CORS_ORIGINS": "*"}, "is no origin"),
        ({"CORS_ORIGINS": "https://app.a.b,https://app.a.b/"}, "'https://app.a.b/' is no origin"),
    ],
)
def test_wrong_settings_end_the_start_with_a_reason(environment: dict[str, str], reason: str) -> None:
    environment = {"PYTHONPATH": str(ROOT / "src")} | environment
    ended = subprocess.run(
        [sys.executable, "-m", "chatbot_api"], env=environment, capture_output=True, text=True, timeout=30
    )
    assert ended.returncode == 2
    assert reason in ended.stdout
    assert "hush" not in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
