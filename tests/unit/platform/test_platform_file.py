"""platform.yaml: what is taken, and what each mistake says.

`invalid/` holds one mistake a file, named after it; the lines that start with ``# expect:`` are the errors.
"""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from platformctl.errors import ConfigError
from platformctl.platform import PlatformFileError, load, nothing_written, parse, schema

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
VALID = sorted((HERE / "valid").glob("*.yaml"))
INVALID = sorted((HERE / "invalid").glob("*.yaml"))


def stem(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("file", VALID, ids=stem)
def test_valid(file: Path) -> None:
    assert parse(file.read_text()).clusters


@pytest.mark.parametrize("file", INVALID, ids=stem)
def test_invalid(file: Path) -> None:
    text = file.read_text()
    expected = [
        line.removeprefix("# expect: ") for line in text.splitlines() if line.startswith("# expect: ")
    ]
    assert expected
    with pytest.raises(PlatformFileError) as caught:
        parse(text)
    *problems, count = caught.value.message.splitlines()
    assert problems == expected
    assert count == f"{len(expected)} error{'s' if len(expected) != 1 else ''}."
    assert caught.value.sentences == expected
    assert caught.value.exit_code == 2


def test_what_writes_says_that_it_did_not() -> None:
    with pytest.raises(PlatformFileError) as caught, nothing_written():
        parse("a: 1\nb: 1\nb: 2\n")
    assert caught.value.closing == "1 error, nothing written."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", ":1: is empty"),
        ("# nothing but this\n", ":1: is empty"),
        ("[" * 3000, ":1: is nested too deeply"),
        ("a: &x [*x]", ":1: is nested too deeply"),
        ("a: 1\nb: \0", ":2: is not YAML: special characters are not allowed"),
        ("a: 2020-99-99", ":1: is not YAML: month must be in 1..12"),
        ("? {a: 1}\n: 2", ":1: found unhashable key"),
        ("a: 1\n---\nb: 2\n", ':2: a second document starts here ("---"); one is all it can have'),
        ("a: {b: 1, b: 2}\nc: 1\nc: {d: 1, d: 2}\n", ":1 a.b: stands on line 1 already."),
    ],
)
def test_no_text_is_more_than_a_sentence(text: str, said: str) -> None:
    with pytest.raises(PlatformFileError) as caught:
        parse(text)
    assert caught.value.sentences[0] == f"platform.yaml{said}"


def test_bytes_that_are_no_text_are_named_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_bytes(b"name: x\ngit: \xff\n")
    with pytest.raises(PlatformFileError) as caught:
        load(tmp_path)
    said = "platform.yaml:2: byte 13 of the file is 0xff, which is not UTF-8"
    assert caught.value.sentences == [said]


def test_a_cluster_that_is_misspelt_is_suggested() -> None:
    with pytest.raises(ConfigError, match=r'which has: local, service\. Did you mean "service"'):
        load(ROOT).cluster("servce")


def test_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no platform\.yaml in"):
        load(tmp_path)


def test_our_own_file_is_valid() -> None:
    assert load(ROOT).cluster("service").host == "chat.localhost"


def test_schema_takes_valid_files_and_refuses_an_unknown_key() -> None:
    validator = jsonschema_rs.validator_for(json.loads(schema()))
    for file in VALID:
        validator.validate(YAML(typ="safe").load(file.read_text()))
    assert not validator.is_valid(YAML(typ="safe").load((HERE / "invalid/key-misspelt.yaml").read_text()))


@pytest.mark.parametrize("name", ["service\\n", "\\nservice", "ser\\0vice", "sérvice"])
def test_a_name_is_looked_at_to_its_end(name: str) -> None:
    text = (HERE / "valid/plain.yaml").read_text().replace("  service:", f'  "{name}":')
    with pytest.raises(PlatformFileError, match="is not a name of lower-case letters"):
        parse(text)


@pytest.mark.parametrize("branch", ["main", "feature/x-1.2", "release/2026.10", "user@x", "#12"])
def test_usual_branches_are_taken(branch: str) -> None:
    text = (
        (HERE / "valid/plain.yaml").read_text().replace('platform.git"', f'platform.git", branch: "{branch}"')
    )
    assert parse(text).file.git.branch == branch


@pytest.mark.parametrize(
    "url",
    [
        "https://user@git.example.com:8443/team/sub/platform.git",
        "ssh://git@git.example.com/~ada/platform",
        "https://dev.example.com/org/My%20Project/_git/platform/",
        "http://10.199.0.1:8081/platform.git",
        "ssh://git@[2001:db8::1]:22/platform.git",
    ],
)
def test_usual_addresses_are_taken(url: str) -> None:
    text = (HERE / "valid/plain.yaml").read_text().replace("https://git.example.com/platform.git", url)
    assert parse(text).file.git.url == url
