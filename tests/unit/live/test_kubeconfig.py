"""Which cluster is talked to, and what is said of a kubeconfig that names none."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.errors import ConfigError, PlatformctlError, Unreachable
from platformctl.live import kubeconfig as module
from platformctl.live.kubeconfig import Kubeconfig
from platformctl.live.kubernetes import Cluster

TWO = """\
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}, {name: b, cluster: {server: "https://b"}}]
contexts: [{name: here, context: {cluster: a, user: x}}, {name: there, context: {cluster: b, user: x}}]
users: [{name: x, user: {token: y}}]
current-context: here
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr(module, "IN_A_POD", tmp_path / "nowhere")
    monkeypatch.setattr("platformctl.live.connection.IN_A_POD", tmp_path / "nowhere")
    file = tmp_path / "config"
    file.write_text(TWO)
    return file


def error_of(file: Path | None, context: str | None = None) -> PlatformctlError:
    with pytest.raises(PlatformctlError) as caught:
        Cluster.connect(file, context)
    return caught.value


def test_a_context_is_named_or_the_current_one(file: Path) -> None:
    found = Kubeconfig.read(file)
    assert found.servers == {"here": "https://127.0.0.1:1", "there": "https://b"}
    assert (found.context(None), found.context("there")) == ("here", "there")


def test_several_files_are_merged_and_the_first_wins(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = file.with_name("other")
    other.write_text(TWO.replace("https://b", "https://c").replace("there", "third"))
    monkeypatch.setenv("KUBECONFIG", f"{file}:{file.with_name('none')}:{other}")
    found = Kubeconfig.read()
    assert found.servers == {"here": "https://127.0.0.1:1", "there": "https://b", "third": "https://c"}


def test_no_kubeconfig_is_no_cluster(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    error = error_of(None)
    assert isinstance(error, Unreachable)
    assert error.message == "there is no kubeconfig: KUBECONFIG is not set, and ~/.kube/config is not there"
    assert "--kubeconfig" in str(error.fix) and "--context" in str(error.fix)
    monkeypatch.setenv("KUBECONFIG", "/nope")
    assert "KUBECONFIG names /nope" in error_of(None).message


def test_a_given_one_that_is_not_there_is_wrong_use(file: Path) -> None:
    error = error_of(file.with_name("none"))
    assert isinstance(error, ConfigError)
    assert error.place == str(file.with_name("none"))


def test_an_unknown_context_lists_the_known_ones(file: Path) -> None:
    error = error_of(file, "ther")
    assert isinstance(error, ConfigError)
    assert error.message == 'there is no context "ther"; there are: here, there. Did you mean "there"?'


def test_one_without_a_current_context_asks_for_one(file: Path) -> None:
    file.write_text(TWO.replace("current-context: here", ""))
    assert "none is current; there are: here, there" in error_of(file).message


def test_a_server_that_is_away_is_named_with_its_context(file: Path) -> None:
    error = error_of(file)
    assert isinstance(error, Unreachable)
    assert "https://127.0.0.1:1 (context here) does not answer" in error.message
    assert "--context" in str(error.fix)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "is not YAML"),
        ("[" * 3000, "is not YAML"),
        ("just text", "not a kubeconfig"),
        ("contexts: 3", "not a kubeconfig"),
        ("contexts: [{name: a}]", "not a kubeconfig"),
        ("contexts: [{name: a, context: {cluster: b}}]", "'b' is missing"),
        ("", "no context is named"),
    ],
)
def test_a_malformed_one_is_one_sentence(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    error = error_of(file)
    assert isinstance(error, ConfigError)
    assert said in error.message
    assert str(file) in str(error.place)


def test_credentials_that_lack_a_part_are_one_sentence(file: Path) -> None:
    file.write_text(TWO.replace("name: x, user: {token: y}", "name: z"))
    assert isinstance(error_of(file), ConfigError)
