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
from platformctl.platform import PlatformFileError, load, parse, schema

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
    assert count == f"{len(expected)} error{'s' if len(expected) != 1 else ''}, nothing written."
    assert caught.value.exit_code == 2


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
