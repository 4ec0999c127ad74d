"""The real sops and age-keygen. Needs the toolchain, no cluster and no network."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from platformctl.build import sops as readable
from platformctl.build.documents import load_one
from platformctl.errors import ConfigError, NotHealthy, StepFailed
from platformctl.local.node.daemons import Binaries
from platformctl.local.paths import cache_folder
from platformctl.local.sops import Sops
from platformctl.local.toolchain import Toolchain
from tests.integration.conftest import Folder

CLEAR = """\
apiVersion: v1
kind: Secret
metadata: {name: redis, namespace: auth}
stringData: {password: hunter2, empty: ""}
"""


@pytest.fixture(scope="module")
def programs() -> Binaries:
    """The toolchain's programs, or those of the folder that PLATFORMCTL_BIN names."""
    if folder := os.environ.get("PLATFORMCTL_BIN"):
        return Folder(Path(folder))
    toolchain = Toolchain(cache_folder())
    if toolchain.missing(("sops", "age-keygen")):
        pytest.skip("sops is not built: run platformctl up once, or set PLATFORMCTL_BIN")
    return toolchain


@pytest.fixture
def sops(programs: Binaries) -> Sops:
    return Sops(programs.binary)


@pytest.fixture
def key(sops: Sops, tmp_path: Path) -> Path:
    sops.make_key(tmp_path / "a" / "age.key")
    return tmp_path / "a" / "age.key"


def test_a_key_is_its_owner_s_and_is_made_once(sops: Sops, key: Path) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    text = key.read_text()
    sops.make_key(key)
    assert key.read_text() == text
    assert list(key.parent.iterdir()) == [key]
    (recipient,) = sops.recipients(key)
    assert recipient in text


def test_each_key_of_a_file_is_told_from_the_others(sops: Sops, key: Path, tmp_path: Path) -> None:
    sops.make_key(tmp_path / "other")
    both = tmp_path / "both"
    both.write_text((tmp_path / "other").read_text() + "\n" + key.read_text())
    (recipient,) = sops.recipients(key)
    identities = sops.identities(both)
    assert len(identities) == 2
    (tmp_path / "one").write_text(f"{identities[recipient]}\n")
    assert sops.decrypt(sops.encrypt(CLEAR, [recipient]), tmp_path / "one", "x")


def test_values_are_encrypted_and_names_are_not(sops: Sops, key: Path) -> None:
    text = sops.encrypt(CLEAR, sops.recipients(key))
    document = load_one(text)
    assert "hunter2" not in text
    assert list(document["stringData"]) == ["password", "empty"]
    assert document["metadata"] == {"name": "redis", "namespace": "auth"}
    encryption = readable.encryption(document)
    assert encryption
    assert encryption.recipients == sops.recipients(key)
    assert encryption.changed.startswith("20")
    assert load_one(sops.decrypt(text, key, "x")) == load_one(CLEAR)


def test_rules_of_a_folder_above_change_nothing(
    sops: Sops, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".sops.yaml").write_text("creation_rules: [{path_regex: other, pgp: ABC}]\n")
    monkeypatch.chdir(tmp_path)
    assert sops.decrypt(sops.encrypt(CLEAR, sops.recipients(key)), key, "x")


def test_another_key_does_not_open_it(sops: Sops, key: Path, tmp_path: Path) -> None:
    sops.make_key(tmp_path / "other")
    text = sops.encrypt(CLEAR, sops.recipients(key))
    with pytest.raises(NotHealthy, match="not one that this file is encrypted to") as caught:
        sops.decrypt(text, tmp_path / "other", "secrets/redis.yaml")
    assert caught.value.place == "secrets/redis.yaml"
    assert sops.decrypt(
        sops.encrypt(CLEAR, [*sops.recipients(key), *sops.recipients(tmp_path / "other")]), key, "x"
    )


def test_a_value_written_by_hand_is_not_quoted_in_the_error(sops: Sops, key: Path) -> None:
    text = sops.encrypt(CLEAR, sops.recipients(key))
    value = load_one(text)["stringData"]["password"]
    with pytest.raises(NotHealthy, match="changed this file by hand") as caught:
        sops.decrypt(text.replace(value, "hunter2"), key, "x")
    assert "hunter2" not in repr(caught.value.__dict__)
    with pytest.raises(NotHealthy, match="changed this file by hand"):
        sops.decrypt(text.replace("name: redis", "name: redis2"), key, "x")


def test_recipients_and_keys_that_are_none(sops: Sops, tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="age1nobody") as refused:
        sops.encrypt(CLEAR, ["age1nobody"])
    assert "age-keygen -y" in (refused.value.fix or "")
    (tmp_path / "no-key").write_text("AGE-SECRET-KEY-1HELLO\n")
    with pytest.raises(ConfigError, match="no age key") as caught:
        sops.recipients(tmp_path / "no-key")
    assert "HELLO" not in repr(caught.value.__dict__)
    with pytest.raises(ConfigError, match="cannot be read"):
        sops.recipients(tmp_path / "missing")


def test_an_editor_changes_the_value_and_leaves_nothing_clear(
    sops: Sops, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "redis.yaml"
    file.write_text(sops.encrypt(CLEAR, sops.recipients(key)))
    seen = tmp_path / "seen"
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\nreadlink -f "$1" > {seen}\nsed -i s/hunter2/hunter3/ "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("SOPS_EDITOR", raising=False)
    assert sops.edit(file, key)
    assert load_one(sops.decrypt(file.read_text(), key, "x"))["stringData"]["password"] == "hunter3"
    assert "hunter" not in file.read_text()
    assert not Path(seen.read_text().strip()).parent.parent.exists()
    before = file.read_text()
    assert not sops.edit(file, key)
    assert file.read_text() == before


def test_no_value_and_no_key_is_on_a_command_line(
    sops: Sops, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    run = subprocess.run

    def watched(command: list[object], **settings: object) -> object:
        seen.extend(map(str, command))
        return run(command, **settings)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", watched)
    sops.decrypt(sops.encrypt(CLEAR, sops.recipients(key)), key, "x")
    secret = next(line for line in key.read_text().splitlines() if line.startswith("AGE-SECRET-KEY-"))
    assert seen
    assert "--disable-version-check" in seen
    assert not any("hunter2" in word or secret in word for word in seen)
