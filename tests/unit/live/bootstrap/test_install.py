"""How the flux CLI is called, and what becomes of what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from platformctl.errors import StepFailed, ToolMissing
from platformctl.live.bootstrap.install import TRIES, arguments, install, secrets
from platformctl.live.bootstrap.target import Bootstrap, Settings
from platformctl.live.git import GitAccess, GitStore
from platformctl.live.kubernetes import Cluster
from platformctl.steps import Silent


class Heard(Silent):
    def __init__(self) -> None:
        self.details: list[str] = []

    def update(
        self, *, completed: float | None = None, total: float | None = None, detail: str | None = None
    ) -> None:
        self.details.append(detail or "")


def job(settings: Settings, script: str, folder: Path) -> Bootstrap:
    flux = folder / "flux"
    flux.write_text(f"#!/bin/sh\n{script}\n")
    flux.chmod(0o755)
    return Bootstrap(replace(settings, flux=flux), cast(Cluster, None), cast(GitStore, None))


def test_password_is_in_the_environment_alone(settings: Settings) -> None:
    assert settings.git.password
    assert not [argument for argument in arguments(settings) if settings.git.password in argument]
    assert secrets(settings) == {"GIT_PASSWORD": settings.git.password}


def test_submodules_and_token_and_plain_http(settings: Settings) -> None:
    plain = set(arguments(settings))
    secure = set(arguments(replace(settings, git=GitAccess("https://git.example.com/x.git", "ada", "token"))))
    key = set(arguments(replace(settings, git=GitAccess("ssh://git@h/x.git", private_key=Path("/k")))))

    assert {"--recurse-submodules", "--silent", "--path=clusters/service"} <= plain & secure & key
    assert "--allow-insecure-http" in plain - secure - key
    assert "--token-auth" in (plain & secure) - key
    assert "--private-key-file=/k" in key


def test_what_flux_says_is_shown_and_kept(settings: Settings, tmp_path: Path) -> None:
    heard = Heard()

    install(job(settings, 'echo "► cloning"; echo "✔ all components are healthy" >&2', tmp_path), heard)

    assert heard.details == ["cloning", "all components are healthy"]
    assert settings.log.read_text() == "► cloning\n✔ all components are healthy\n"


def test_failure_names_what_flux_marked(settings: Settings, tmp_path: Path) -> None:
    script = 'echo "✗ failed to push: 403"; echo "see the manual"; exit 1'

    with pytest.raises(StepFailed, match="flux bootstrap failed: failed to push: 403") as failed:
        install(job(settings, script, tmp_path), Silent())

    assert failed.value.log == settings.log


def test_what_the_controller_tries_again_is_waited_for(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformctl.live.bootstrap.install.SECONDS_BETWEEN_TRIES", 0)
    tries = tmp_path / "tries"
    early = "✗ Source is not ready, artifact not found, retrying in 1s"
    script = f'echo x >> {tries}; [ $(wc -l < {tries}) -gt 1 ] || {{ echo "{early}"; exit 1; }}'

    install(job(settings, script, tmp_path), Silent())
    assert tries.read_text() == "x\n" * 2

    with pytest.raises(StepFailed, match="artifact not found"):
        install(job(settings, f'echo x >> {tries}; echo "{early}"; exit 1', tmp_path), Silent())
    assert tries.read_text() == "x\n" * (2 + TRIES)


def test_interruption_ends_flux(settings: Settings, tmp_path: Path) -> None:
    class Interrupts(Silent):
        def update(
            self, *, completed: float | None = None, total: float | None = None, detail: str | None = None
        ) -> None:
            raise KeyboardInterrupt

    script = f'echo $$ > {tmp_path}/pid; echo "► working"; exec sleep 600'
    with pytest.raises(KeyboardInterrupt):
        install(job(settings, script, tmp_path), Interrupts())

    assert not Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}").exists()


def test_no_flux(settings: Settings, tmp_path: Path) -> None:
    missing = Bootstrap(replace(settings, flux=tmp_path / "none"), cast(Cluster, None), cast(GitStore, None))

    with pytest.raises(ToolMissing):
        install(missing, Silent())
