"""How findings read: whole in a narrow terminal, each counted once."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from platformctl.build import Place
from platformctl.check import Finding, Report, Severity
from platformctl.check.finding import Owner
from platformctl.cli.findings import show_findings

FOUND = Finding(
    "reference/service",
    Severity.ERROR,
    "Ingress chat/chatbot-ui",
    "spec.rules[0].http.paths[0].backend.service",
    'calls Service "chat/chatbot-uii", which nothing makes',
    Place("components/chatbot-ui/chart/templates/ingress.yaml", 0),
    'did you mean "chatbot-ui"?',
)
STALE = Finding("render/stale", Severity.WARNING, "a.yaml", "x", "is missing", Place("a.yaml", 3))


def shown(*reports: Report, width: int = 200) -> list[str]:
    stream = io.StringIO()
    show_findings(reports, 0.5, Console(file=stream, width=width, soft_wrap=True, highlight=False))
    return stream.getvalue().splitlines()


def test_the_place_stands_before_what_is_wrong_and_what_to_do() -> None:
    assert shown(Report("", 0, (STALE,)), Report("clusters/a", 1, (FOUND,)), Report("clusters/b", 2, ())) == [
        "a.yaml:3  warning  render/stale",
        "    x is missing",
        "clusters/a  1 object",
        "components/chatbot-ui/chart/templates/ingress.yaml  error  reference/service",
        "    Ingress chat/chatbot-ui spec.rules[0].http.paths[0].backend.service calls Service"
        ' "chat/chatbot-uii", which nothing makes',
        '    fix: did you mean "chatbot-ui"?',
        "clusters/b  2 objects, no findings",
        "1 error, 1 warning · 0.50 s",
    ]


def test_who_says_the_opposite_stands_between_both() -> None:
    other = Owner("Service chat/chatbot-ui", "metadata.name", Place("a.yaml", 3))
    lines = shown(Report("clusters/a", 1, (dataclasses.replace(FOUND, others=(other,)),)))
    assert lines[3:5] == [
        "    against: Service chat/chatbot-ui metadata.name (a.yaml:3)",
        '    fix: did you mean "chatbot-ui"?',
    ]


@pytest.mark.parametrize("width", [60, 40])
def test_a_narrow_terminal_breaks_between_words(width: int) -> None:
    lines = shown(Report("clusters/a", 1, (FOUND,)), width=width)
    words = " ".join(f"{FOUND.place} error {FOUND.code} {FOUND.object} {FOUND.path} {FOUND.message}".split())
    assert words in " ".join(" ".join(lines).split())
    assert all(len(line) <= width or " " not in line.strip() for line in lines)
