"""The lock writes digests, and nothing else of the file changes."""

from __future__ import annotations

import errno
import hashlib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from platformctl.errors import NotHealthy, Unreachable
from platformctl.live.models import Registry, lock
from platformctl.live.models.lock import with_digests
from platformctl.platform import WantedModel
from tests.unit.live.api_server import ApiServer

TEXT = """\
# the one file
name: chat

models: # the catalogue
  gemma3:270m: {} # small
  "qwen3:0.6b": {digest: "sha256:old"}
  empty:1:

clusters:
  service:
    inference: {engine: ollama, models: [gemma3:270m]} # the first is the default
"""
MANIFEST = b'{"layers": []}'
SERVED = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"


@pytest.fixture
def registry(server: ApiServer) -> Registry:
    def answer(method: str, path: str, query: object, body: bytes) -> tuple[int, bytes]:
        return (200, MANIFEST) if "/missing/" not in path else (404, b"{}")

    server.answer = answer  # type: ignore[assignment, method-assign]
    address = server.kubeconfig.read_text().split('"server": "')[1].split('"')[0]
    return Registry(address)


def test_comments_order_and_style_stay() -> None:
    written = with_digests(TEXT, {"qwen3:0.6b": "sha256:new", "empty:1": "sha256:e"})
    assert written == TEXT.replace("sha256:old", "sha256:new").replace(
        "  empty:1:\n", "  empty:1: {digest: sha256:e}\n"
    )
    first = with_digests(TEXT, {"gemma3:270m": "sha256:g"})
    assert "digest: sha256:g" in first
    assert [line for line in TEXT.splitlines() if "gemma3:270m: {}" not in line] == [
        line for line in first.splitlines() if "gemma3:270m:" not in line or "inference" in line
        if "digest: sha256:g" not in line
    ]  # fmt: skip
    assert "# small" in first


def test_what_changed_is_said_and_a_second_lock_changes_nothing(tmp_path: Path, registry: Registry) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(TEXT)
    first, second = lock(
        file, [WantedModel("gemma3:270m", None), WantedModel("qwen3:0.6b", "sha256:old")], registry
    )
    assert (first.before, first.after, first.changed) == (None, SERVED, True)
    assert (second.before, second.after) == ("sha256:old", SERVED)
    written = file.read_text()
    assert written.count(SERVED) == 2
    (again,) = lock(file, [WantedModel("gemma3:270m", SERVED)], registry)
    assert not again.changed
    assert file.read_text() == written


def test_nothing_is_written_when_one_model_cannot_be_had(tmp_path: Path, registry: Registry) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(TEXT)
    models = [WantedModel("gemma3:270m", None), WantedModel("missing:1", None)]
    with pytest.raises(NotHealthy, match="does not have missing:1"):
        lock(file, models, registry)
    with pytest.raises(Unreachable):
        lock(file, models, Registry("http://127.0.0.1:1"))
    assert file.read_text() == TEXT


SHARED = """\
models: # the catalogue
  one:1: &small {digest: "sha256:old"} # small
  two:1: *small # the same
  three:1: &large
    digest: "sha256:old" # large
  four:1: *large
  five:1:
    <<: *small
"""
OLD = dict.fromkeys(("one:1", "two:1", "three:1", "four:1", "five:1"), "sha256:old")


@pytest.mark.parametrize("names", [["one:1"], ["two:1"], ["three:1", "four:1"], ["five:1"], list(OLD)])
def test_models_that_share_an_anchor_get_a_digest_each(names: list[str]) -> None:
    new = {name: f"sha256:{name[:3]}" for name in names}

    written = with_digests(SHARED, new)

    models = YAML(typ="safe").load(written)["models"]
    assert {name: model["digest"] for name, model in models.items()} == OLD | new
    comments = {line.partition("#")[2].strip() for line in written.splitlines() if "#" in line}
    assert comments == {"the catalogue", "small", "the same", "large"}


def test_a_full_disk_does_not_cost_the_file(
    tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(TEXT)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        lock(file, [WantedModel("gemma3:270m", None)], registry)
    assert file.read_text() == TEXT
