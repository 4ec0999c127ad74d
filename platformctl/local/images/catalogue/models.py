"""The models that packages have."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from platformctl.errors import ConfigError
from platformctl.local.images.catalogue.making import Binaries
from platformctl.local.images.image import Image
from platformctl.local.images.model import OllamaModel, model_name

_MODELFILES = Path(__file__).parents[1] / "models"
# The name, and the toolchain's folder with the weights.
_MODELS = {"gemma3:270m": "gemma3-270m"}


def models(toolchain: Binaries, names: Sequence[str]) -> list[Image]:
    """The models of that list.

    Raises:
        ConfigError: a model that no package has.
    """
    unknown = [name for name in names if name not in _MODELS]
    if unknown:
        raise ConfigError(
            f"the embedded cluster has no model {unknown[0]}; it has {', '.join(_MODELS)}",
            fix="choose one of those, or run the platform on a cluster that reaches Ollama's registry",
        )
    return [
        Image(
            model_name(name),
            OllamaModel(
                _MODELFILES / f"{_MODELS[name]}.Modelfile",
                partial(toolchain.folder, _MODELS[name]),
                partial(toolchain.binary, "ollama"),
                frozenset({_MODELS[name], "ollama"}),
            ),
        )
        for name in names
    ]
