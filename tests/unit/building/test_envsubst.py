"""Substitution as Flux does it; the cases of its own package are among these."""

from __future__ import annotations

import pytest

from platformctl.build.envsubst import SubstitutionError, substitute

VARIABLES = {
    "name": "abcABC123ABCabc",
    "low": "abc",
    "high": "ABC",
    "empty": "",
    "file": "path/to/bash.string.txt",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no variable", "no variable"),
        ("${low}-${high}", "abc-ABC"),
        ("${low}${low}", "abcabc"),
        ("${unset}", ""),
        # defaults
        ("${unset:=x}", "x"),
        ("${unset:-x}", "x"),
        ("${unset=x}", "x"),
        ("${empty:=x}", "x"),
        ("${empty=x}", "x"),
        ("${low:=x}", "abc"),
        ("${unset:=}", ""),
        ("${unset:=a b:c/d#e}", "a b:c/d#e"),
        ("${unset:=${low}}", "abc"),
        ("${unset:=<${low}-${high}>}", "<abc-ABC>"),
        ("${unset:=${other:=deep}}", "deep"),
        ("${unset:?x}", "x"),
        ("${unset:+x}", "x"),
        # length and case
        ("${#low}", "3"),
        ("${#unset}", "0"),
        ("${low^}", "Abc"),
        ("${low^^}", "ABC"),
        ("${high,}", "aBC"),
        ("${high,,}", "abc"),
        # slices
        ("${name:3}", "ABC123ABCabc"),
        ("${name:3:3}", "ABC"),
        ("${name:-3}", "abcABC123ABCabc"),
        ("${name:99}", ""),
        ("${name:3:99}", "ABC123ABCabc"),
        ("${name:x}", "abcABC123ABCabc"),
        # what matches a pattern, from the start and from the end
        ("${file#*/}", "to/bash.string.txt"),
        ("${file##*/}", "bash.string.txt"),
        ("${file%.*}", "path/to/bash.string"),
        ("${file%%.*}", "path/to/bash"),
        ("${file#nothing}", "path/to/bash.string.txt"),
        ("${low#?}", "bc"),
        ("${low#[ab]}", "bc"),
        # replacements
        ("${name/abc/x}", "xABC123ABCabc"),
        ("${name//abc/x}", "xABC123ABCx"),
        ("${name/#abc/x}", "xABC123ABCabc"),
        ("${name/%abc/x}", "abcABC123ABCx"),
        ("${name/#ABC/x}", "abcABC123ABCabc"),
        ("${name//ABC/}", "abc123abc"),
        ("${name/#abc/}", "abcABC123ABCabc"),
        ("${name/ABC///x}", "abcx123ABCabc"),
        (r"${file//\//-}", "path-to-bash.string.txt"),
        # escapes
        ("$${low}", "${low}"),
        ("$$${low}", "$abc"),
        ("a$$b", "a$b"),
        ("$low", "$low"),
        ("$(low) 5$", "$(low) 5$"),
        ("$${var:=${low}}", "${var:=abc}"),
        (r"\\ ${low}", r"\\ abc"),
    ],
)
def test_substitute(text: str, expected: str) -> None:
    assert substitute(text, VARIABLES)[0] == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("${low-x}", "missing closing brace"),
        ("${low", "missing closing brace"),
        ("${low:=x", "unable to parse substitution"),
        ("${ low }", "unable to parse variable name"),
        ("${}", "unable to parse variable name"),
        ("${low/abc}", "unable to parse substitution"),
        ("${low/abc${high}}", "bad substitution"),
        ("${low^x}", "bad substitution"),
        ("${low#}", "unable to parse substitution"),
        ("${low//}", "unable to parse substitution"),
        ("${!low}", "unable to parse variable name"),
        ("${low[@]}", "missing closing brace"),
    ],
)
def test_what_flux_refuses(text: str, why: str) -> None:
    with pytest.raises(SubstitutionError, match=why) as caught:
        substitute(f"first: line\nsecond: {text}\n", VARIABLES)
    assert f"second: {text}"[:20] in caught.value.message


def test_only_a_variable_without_default_is_undefined() -> None:
    text = "${a} ${b:=1} ${c^^} ${low} ${a} ${d:=${e}} $${f} $g"
    assert substitute(text, VARIABLES)[1] == {"a", "e"}
