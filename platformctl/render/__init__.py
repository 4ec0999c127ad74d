"""Platform -> files. ``render`` is pure; ``changes`` reads the repository and ``write`` changes it."""

from platformctl.render.rendering import HEADER, render
from platformctl.render.templates import TemplateError
from platformctl.render.writing import Change, changes, write

__all__ = ["HEADER", "Change", "TemplateError", "changes", "render", "write"]
