"""Platform -> files. ``render`` is pure; ``difference`` reads the repository and ``write`` changes it."""

from platformctl.render.rendering import HEADER, render
from platformctl.render.start import Answers, described, start
from platformctl.render.templates import TemplateError
from platformctl.render.writing import Change, Difference, difference, write

__all__ = [
    "HEADER",
    "Answers",
    "Change",
    "Difference",
    "TemplateError",
    "described",
    "difference",
    "render",
    "start",
    "write",
]
