"""Pulls the models that Git wants into an Ollama, and says when each is there and answers."""
