"""The catalogue is whole, and says everything once."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.check.login.rows import BY_CODE, ROWS, Row, row


def test_numbers_have_no_gap() -> None:
    assert [each.number for each in ROWS] == list(range(1, 37))
    assert [row(each.number) for each in ROWS] == list(ROWS)
    with pytest.raises(IndexError):
        row(0)


def test_codes_are_unique() -> None:
    assert len(BY_CODE) == len(ROWS)


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.code)
def test_sentences_are_short_and_go_on(each: Row) -> None:
    """They stand after a number or `Fix:`, and a full stop follows."""
    for field in ("symptom", "cause", "fix"):
        text = getattr(each, field)
        assert 10 < len(text) < 180, (field, len(text))
        assert text.strip() == text and not text.endswith(".") and "  " not in text


@pytest.mark.parametrize("each", ROWS, ids=lambda each: each.code)
def test_the_page_says_the_same(each: Row) -> None:
    page = (Path(__file__).parents[4] / "docs/troubleshooting.md").read_text()
    assert f"| `{each.code}` | {each.symptom} | {each.cause} | {each.fix} |\n" in page
