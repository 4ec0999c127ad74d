"""Bootstrap with the real flux CLI: submodules stay, a removal is reported, a kill is survived."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML

from platformctl.build.flux_patch import SOURCE, turns_submodules_on
from platformctl.live.bootstrap import STEPS, Bootstrap, Settings, opened
from platformctl.live.bootstrap.install import arguments, secrets
from platformctl.live.bootstrap.patch import is_patched
from platformctl.live.bootstrap.prove import prove
from platformctl.live.flux import State, commit_in, readiness
from platformctl.live.git import GitAccess
from platformctl.live.kinds import GIT_REPOSITORY, KUSTOMIZATION
from platformctl.live.reconcile import ask_to_reconcile
from platformctl.live.status import Status, observe, report
from platformctl.steps import Outcome, Silent, run_steps

if TYPE_CHECKING:
    from tests.e2e.running import RunningPlatform

SECONDS = 300
COMMAND = "import typer; from platformctl.cli.bootstrap import bootstrap; typer.run(bootstrap)"


@pytest.fixture(scope="module")
def settings(platform: RunningPlatform, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(
        cluster=platform.cluster,
        git=GitAccess(platform.git_url, *platform.git_credentials),
        flux=platform.flux,
        log=tmp_path_factory.mktemp("bootstrap") / "flux.log",
        kubeconfig=platform.kubeconfig,
        timeout_seconds=SECONDS,
    )


@pytest.fixture(scope="module")
def kept(settings: Settings) -> Iterator[None]:
    """After the last test Git holds the same flux-system/kustomization.yaml again, and all is well."""
    place = f"{settings.flux_folder}/kustomization.yaml"
    with opened(settings) as job:
        before = read(job, "kustomization.yaml")
        assert before, "the running platform was bootstrapped"
    yield
    with opened(settings) as job:
        if read(job, "kustomization.yaml") != before:
            job.store.commit_files(settings.git, settings.branch, {place: before}, "As before")
        run_steps(STEPS, job, Silent())


@pytest.fixture
def job(settings: Settings, kept: None) -> Iterator[Bootstrap]:
    """An open bootstrap of a cluster on which all is well, as each test leaves it unless it fails."""
    with opened(settings) as job:
        judged = status_of(job).submodules
        if judged is None or judged.state is not State.READY or not judged.in_git:
            run_steps(STEPS, job, Silent())
        yield job


def read(job: Bootstrap, name: str) -> str | None:
    head = job.store.fetch_branch(job.settings.git, job.settings.branch)
    return job.store.read(head, f"{job.settings.flux_folder}/{name}")


def has_field(text: str | None) -> bool:
    documents = YAML(typ="safe").load_all(text or "")
    return any(
        found["kind"] == "GitRepository" and found["spec"].get("recurseSubmodules")
        for found in documents
        if found
    )


def status_of(job: Bootstrap) -> Status:
    return report(observe(job.kube))


def until(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"never {what}"
        time.sleep(0.5)


def follows(job: Bootstrap, commit: str) -> Callable[[], bool]:
    ask_to_reconcile(job.kube, GIT_REPOSITORY, SOURCE, SOURCE)

    def at_commit() -> bool:
        source = job.kube.get(GIT_REPOSITORY, SOURCE, SOURCE)
        return source is not None and commit_in(readiness(source).revision) == commit

    return at_commit


def without_submodules(text: str) -> str:
    """The kustomization.yaml without every patch that says something about submodules."""
    yaml = YAML(typ="safe")
    document = yaml.load(text)
    document["patches"] = [
        patch for patch in document["patches"] if "recurseSubmodules" not in patch.get("patch", "")
    ]
    lines: list[str] = []
    yaml.dump(document, _Lines(lines))
    return "".join(lines)


class _Lines:
    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: bytes | str) -> None:
        self._lines.append(text.decode() if isinstance(text, bytes) else text)


def notes(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.name: outcome.note for outcome in outcomes}


def test_bootstrap_again_proves_the_submodules(job: Bootstrap) -> None:
    first, second = (run_steps(STEPS, job, Silent()) for _ in range(2))

    assert "submodules in the artifact" in notes(first)["proof"]
    assert notes(second)["proof"] == notes(first)["proof"]
    assert [outcome.name for outcome in second if outcome.reused] == ["patch", "key"]
    judged = status_of(job).submodules
    assert judged is not None
    assert (judged.state, judged.in_cluster, judged.in_git) == (State.READY, True, True)


def test_flux_bootstrap_without_the_flag_leaves_submodules_on(job: Bootstrap) -> None:
    settings = replace(job.settings, interval="57s")
    command = [argument for argument in arguments(settings) if argument != "--recurse-submodules"]
    assert len(command) == len(arguments(settings)) - 1
    run_steps(STEPS, job, Silent())
    assert has_field(read(job, "gotk-sync.yaml")), "with the flag, bootstrap writes the field"

    subprocess.run(
        command, env=os.environ | secrets(settings), check=True, timeout=SECONDS, capture_output=True
    )

    assert not has_field(read(job, "gotk-sync.yaml")), "without it, bootstrap removes the field"
    assert turns_submodules_on(read(job, "kustomization.yaml")), "and leaves the patch alone"
    head = job.store.branches(settings.git)[settings.branch]
    until("followed the last commit", follows(job, head))
    until("applied it", lambda: not _root_is_behind(job, head))
    assert "submodules in the artifact" in prove(job, Silent())
    judged = status_of(job).submodules
    assert judged is not None
    assert judged.state is State.READY


def _root_is_behind(job: Bootstrap, commit: str) -> bool:
    root = job.kube.get(KUSTOMIZATION, SOURCE, SOURCE)
    return root is None or commit_in(readiness(root).revision) != commit or not readiness(root).ready


def test_field_removed_in_the_cluster_is_reported(job: Bootstrap) -> None:
    # Suspended, so that Flux does not put it back before we look.
    job.kube.patch(KUSTOMIZATION, SOURCE, SOURCE, {"spec": {"suspend": True}})
    try:
        job.kube.patch(GIT_REPOSITORY, SOURCE, SOURCE, {"spec": {"recurseSubmodules": None}})
        found = status_of(job)
        assert not found.healthy
        first = found.troubles[0]
        assert "submodules are OFF" in first.message
        assert first.place == f"GitRepository/{SOURCE}/{SOURCE}"
        assert "flux reconcile kustomization" in first.fix

        until("emptied the artifact", lambda: bool(_empty_folders(job)))
        late = [trouble.message for trouble in status_of(job).troubles]
        assert any("is not in what Flux serves" in message for message in late), late
    finally:
        job.kube.patch(KUSTOMIZATION, SOURCE, SOURCE, {"spec": {"suspend": None}})

    run_steps(STEPS, job, Silent())
    judged = status_of(job).submodules
    assert judged is not None
    assert (judged.state, judged.in_cluster) == (State.READY, True)


def _empty_folders(job: Bootstrap) -> tuple[str, ...]:
    judged = status_of(job).submodules
    return judged.empty if judged else ()


def test_patch_removed_from_git_is_reported_and_put_back(job: Bootstrap) -> None:
    settings = job.settings
    text = read(job, "kustomization.yaml")
    assert text
    place = f"{settings.flux_folder}/kustomization.yaml"
    removed = job.store.commit_files(
        settings.git, settings.branch, {place: without_submodules(text)}, "Remove the patch"
    )
    until("followed the removal", follows(job, removed))

    found = status_of(job)
    assert not found.healthy
    assert [trouble for trouble in found.troubles if "was removed from Git" in trouble.message]

    assert is_patched(job) is None
    outcomes = run_steps(STEPS, job, Silent())
    assert "recurseSubmodules patched in Git" in notes(outcomes)["patch"]
    judged = status_of(job).submodules
    assert judged is not None
    assert (judged.state, judged.in_git) == (State.READY, True)


@pytest.mark.parametrize(
    "moment",
    ["", "preflight", "patch", "generating sync manifests", "applying sync manifests", "flux", "ready"],
)
def test_killed_bootstrap_goes_on(
    job: Bootstrap, platform: RunningPlatform, tmp_path: Path, moment: str
) -> None:
    """Killed at once, after a step, or when the flux CLI says something; then run to the end."""
    settings = job.settings
    # Something to do for every step: a patch to push, and a sync that is not as the flags say.
    text = read(job, "kustomization.yaml")
    assert text
    place = f"{settings.flux_folder}/kustomization.yaml"
    job.store.commit_files(
        settings.git, settings.branch, {place: without_submodules(text)}, "Remove the patch"
    )
    interval = f"{100 + len(moment)}s"

    _kill_at(moment, settings, interval, tmp_path)
    outcomes = run_steps(STEPS, job, Silent())

    assert "submodules in the artifact" in notes(outcomes)["proof"]
    assert turns_submodules_on(read(job, "kustomization.yaml"))
    assert "interval: 1m0s" in (read(job, "gotk-sync.yaml") or "")


def _kill_at(moment: str, settings: Settings, interval: str, folder: Path) -> None:
    """Start the command and end it with SIGKILL when it, or flux through its log, says the word."""
    user, password = settings.git.username, settings.git.password
    command = [sys.executable, "-c", COMMAND, f"--cluster={settings.cluster}", f"--interval={interval}"]
    command += [f"--git-url={settings.git.url}", f"--username={user}", f"--flux={settings.flux}"]
    command += [f"--kubeconfig={settings.kubeconfig}", str(folder)]
    environment = os.environ | {"GIT_PASSWORD": password, "XDG_STATE_HOME": str(folder)}
    said = folder / "said"
    log = folder / "platformctl" / settings.cluster / "logs" / "flux-bootstrap.log"
    with said.open("wb") as stderr:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=stderr)
    deadline = time.monotonic() + SECONDS
    try:
        while process.poll() is None and time.monotonic() < deadline:
            heard = said.read_text() + (log.read_text() if log.exists() else "")
            if not moment or moment in heard:
                break
            time.sleep(0.01)
        assert process.poll() is None, f"it ended before it said {moment!r}: {said.read_text()}"
    finally:
        process.kill()
        process.wait()
