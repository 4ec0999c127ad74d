"""The login form of a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """A form: where it goes, and the fields that it brings along."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


def login_form(page: str) -> Form | None:
    """The first form with a password field, or None."""
    parser = _Forms()
    parser.feed(page)
    return next((form for form in parser.forms if "password" in form.fields), None)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(attributes.get("action", ""))
            self.forms.append(self._open)
        elif tag == "input" and self._open is not None and "name" in attributes:
            ticked = attributes.get("type") != "checkbox" or "checked" in attributes
            if ticked:  # a box that nobody ticked is not sent
                self._open.fields[attributes["name"]] = attributes.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
