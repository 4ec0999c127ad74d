"""docs/troubleshooting.md shows what the code says: each message that it quotes stands in a source file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/troubleshooting.md"
# What other programs say: Kubernetes, and names of files and programs.
FOREIGN = {"ImagePullBackOff", "Evicted", "status", "Containerfile", "…/npm.log"}


def quoted() -> list[str]:
    """What stands as code in the first column of a table."""
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    first = [re.split(r"(?<!\\) \| ", row.removeprefix("| "))[0] for row in rows]
    return [text for cell in first for text in re.findall("`([^`]+)`", cell) if text not in FOREIGN]


@cache
def messages() -> tuple[str, ...]:
    """All texts of the code, with … for what is filled in."""
    sources = [*ROOT.glob("platformctl/**/*.py"), *ROOT.glob("components/ollama/models/src/**/*.py")]
    found = [text for source in sources for text in _texts(ast.parse(source.read_text(encoding="utf-8")))]
    page = ROOT / "components/chatbot-ui/src/api/problem.ts"
    return (*found, *re.findall(r"'([^'\n]+)'", page.read_text(encoding="utf-8")))


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values]
            yield "".join(parts)


@pytest.mark.parametrize("text", quoted())
def test_the_code_says_so(text: str) -> None:
    # What is filled in may be shown or left open; what stands around it has to be there, in this order.
    pieces = [re.escape(piece.strip()) for piece in text.split("…") if piece.strip()]
    pattern = re.compile(".*".join(pieces), re.DOTALL)
    assert any(pattern.search(message) for message in messages()), f"no source file says: {text}"


def test_there_are_some() -> None:
    assert len(quoted()) > 25
