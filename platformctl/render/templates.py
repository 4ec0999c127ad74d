"""Jinja2 as this project uses it: delimiters that Helm and Flux do not use, and undefined is an error."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from ruamel.yaml import YAML

from platformctl.errors import PlatformctlError


class TemplateError(PlatformctlError):
    """A template is wrong."""


class Templates:
    """The templates of several folders; the first folder that has a template wins.

    Delimiters: ``[[ value ]]``, ``[% statement %]``, ``[# comment #]``. The filter ``yaml`` writes a scalar
    so that YAML reads the same value back (a tag "1.35" stays a string).
    """

    def __init__(self, *folders: Path) -> None:
        self.folders = folders
        self._jinja = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folders),
            undefined=jinja2.StrictUndefined,
            variable_start_string="[[",
            variable_end_string="]]",
            block_start_string="[%",
            block_end_string="%]",
            comment_start_string="[#",
            comment_end_string="#]",
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
        )
        self._jinja.filters["yaml"] = scalar

    def text(self, name: str, /, **values: Any) -> str:
        """A template's text.

        Raises:
            TemplateError: with the template and the line.
        """
        try:
            return self._jinja.get_template(name).render(**values)
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(str(error.message), place=f"templates/{name}:{error.lineno}") from error
        except jinja2.TemplateNotFound as error:
            raise TemplateError(f"there is no template {error.name}") from error
        except jinja2.UndefinedError as error:
            raise TemplateError(str(error.message), place=f"templates/{name}") from error

    def optional(self, name: str, /, **values: Any) -> str:
        """A template's text, or nothing if there is no such template."""
        known = any((folder / name).is_file() for folder in self.folders)
        return self.text(name, **values) if known else ""


@cache
def scalar(value: str | int | bool) -> str:
    """A scalar as YAML, quoted only where it has to be."""
    stream = io.StringIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.width = 10_000
    yaml.dump(value, stream)
    return stream.getvalue().removesuffix("\n").removesuffix("\n...")
