"""Settings, all from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ollama_models.wanted import Wanted, parse_wanted


@dataclass(frozen=True)
class Settings:
    """What the program was told; the README says which variable is which."""

    ollama_url: str
    registry: str
    models_folder: Path
    port: int
    sidecar_url: str | None
    wanted_text: str
    wanted_file: Path | None

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables; raises ValueError for one that is wrong."""
        file = environment.get("WANTED_MODELS_FILE")
        registry = environment.get("MODEL_REGISTRY", "")
        if registry and not registry.startswith(("http://", "https://")):
            raise ValueError(f"MODEL_REGISTRY must begin with http:// or https://, and is {registry}")
        return cls(
            ollama_url=environment.get("OLLAMA_URL", "http://127.0.0.1:11434"),
            registry=registry,
            models_folder=Path(environment.get("OLLAMA_MODELS", "/models")),
            port=int(environment.get("PORT", "8080")),
            sidecar_url=environment.get("SIDECAR_URL") or None,
            wanted_text=environment.get("WANTED_MODELS", "[]"),
            wanted_file=Path(file) if file else None,
        )

    def wanted(self) -> tuple[Wanted, ...]:
        """The wanted models as they stand now; raises ValueError or OSError when they cannot be read."""
        return parse_wanted(self.wanted_file.read_text() if self.wanted_file else self.wanted_text)
