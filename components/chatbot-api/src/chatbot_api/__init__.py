"""Streams chat answers from Ollama or an OpenAI-compatible server."""

__version__ = "0.1.0"
