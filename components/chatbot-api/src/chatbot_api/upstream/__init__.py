"""The inference server: one interface, two dialects."""

from .base import Answer, Limits, Upstream
from .ollama import Ollama
from .openai import OpenAi
from .parts import Finish, Part, Reasoning, Text

__all__ = ["Answer", "Finish", "Limits", "Ollama", "OpenAi", "Part", "Reasoning", "Text", "Upstream"]
