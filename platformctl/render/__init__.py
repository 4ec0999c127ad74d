"""Platform -> files. ``render`` is pure; ``changes`` reads the repository and ``write`` changes it."""

from platformctl.render.rendering import HEADER, render
from platformctl.render.start import Answers, start
from platformctl.render.templates import TemplateError
from platformctl.render.writing import Change, changes, write

__all__ = ["HEADER", "Answers", "Change", "TemplateError", "changes", "render", "start", "write"]
