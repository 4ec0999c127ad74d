"""What reaches a pipe, and what a terminal."""

from __future__ import annotations

import io
import sys

import pytest
from rich.table import Table

from platformctl.cli import console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def table() -> Table:
    table = Table("name", "digest", box=None)
    table.add_row("gemma3:270m", "sha256:896f")
    table.add_row("a", "")
    return table


def test_no_line_of_a_table_ends_in_blanks_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stdout", pipe)
    console.out.print(table())
    lines = pipe.getvalue().splitlines()
    assert [line.split() for line in lines] == [["name", "digest"], ["gemma3:270m", "sha256:896f"], ["a"]]
    assert lines == [line.rstrip() for line in lines]


def test_a_name_is_not_cut_off_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stdout", pipe)
    long = Table("a", "b", box=None)
    long.add_row("x" * 90, "y" * 90)
    console.out.print(long)
    assert f"{'x' * 90}  {'y' * 90}".split() == pipe.getvalue().splitlines()[1].split()


def test_a_terminal_gets_what_rich_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    console.err.file.write("padded   \n")
    assert terminal.getvalue() == "padded   \n"
