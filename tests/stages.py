"""Runs the stages of the test command one after the other and says how long each took.

``python -m tests.stages lint unit``. A stage that fails does not stop the next ones, because the cause is
often plainer in another stage; the exit code is 1 when any failed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from platformctl.local.paths import cache_folder
from platformctl.local.toolchain import Toolchain
from platformctl.steps import Silent

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

NEED_ROOT = ("cluster", "login")
# Shown in full, and not yet what the whole fails for: these tests have not run often enough to be trusted.
# They end with what is left of the time, so that the others' results are there in any case.
YOUNG = ("login",)
MINUTES_IN_ALL = 70
MINUTES_FOR_A_YOUNG_STAGE = 10
FAILED = "FAILED"
FAILED_YOUNG = "FAILED (young: does not block yet)"

Command = Sequence[str | Path]
Task = tuple[Command, Path]


def stage_commands() -> dict[str, list[Task]]:
    """Each stage's commands with the folder that they run in."""
    api = ROOT / "components/chatbot-api"
    models = ROOT / "components/ollama/models"
    interface = ROOT / "components/chatbot-ui"
    npm_ci = ("npm", "ci", "--no-fund", "--no-audit", "--loglevel=error")
    return {
        "lint": [
            ((BIN / "ruff", "check", "."), ROOT),
            ((BIN / "ruff", "format", "--check", "."), ROOT),
            ((BIN / "mypy",), ROOT),
            ((BIN / "lint-imports",), ROOT),
        ],
        "unit": [((BIN / "pytest", "tests/unit"), ROOT)],
        "components": [
            ((BIN / "pytest", "-c", "pyproject.toml", "tests"), api),
            ((BIN / "pytest", "-c", "pyproject.toml", "tests"), models),
            (npm_ci, interface),
            (("npm", "run", "lint"), interface),
            (("npm", "test"), interface),
        ],
        "integration": [((BIN / "pytest", "-v", "tests/integration"), ROOT)],
        "cluster": [
            *system_packages(chromium="chromium"),
            ((BIN / "pytest", "-v", "tests/e2e"), ROOT),
        ],
        "login": [
            *system_packages(chromium="chromium", certutil="libnss3-tools"),
            ((BIN / "pytest", "-v", "tests/login"), ROOT),
        ],
        "bench": [((BIN / "python", "-m", "bench"), ROOT)],
    }


def system_packages(**package_of: str) -> list[Task]:
    """Installs the Debian packages of those programs that are missing, where we may."""
    missing = [package for program, package in package_of.items() if shutil.which(program) is None]
    if not missing or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return []
    install = (
        "apt-get",
        "install",
        "--yes",
        "-qq",
        "--option=Dpkg::Use-Pty=0",
        "--no-install-recommends",
        *missing,
    )
    return [(("apt-get", "update", "-qq"), ROOT), (install, ROOT)]


def offline_tools() -> tuple[dict[str, str], Command]:
    """HELM, a PATH with Node where this machine has none, and what runs npm: from the toolchain's cache."""
    toolchain = Toolchain(cache_folder())
    toolchain.ensure(Silent(), ["helm", "node"])
    tools = {"HELM": str(toolchain.binary("helm"))}
    if shutil.which("npm"):
        return tools, ("npm",)
    home = toolchain.folder("node-home")
    tools["PATH"] = f"{os.environ['PATH']}:{home / 'bin'}"
    # Not bin/npm: a wheel cannot hold the link that this is.
    return tools, (toolchain.binary("node"), home / "lib/node_modules/npm/bin/npm-cli.js")


def run_stage(name: str, commands: Sequence[Task], limit: Command = ()) -> tuple[bool, float]:
    """Whether all commands of a stage ended well, and the seconds they took.

    Args:
        limit: what ends each command in time, put before it.
    """
    start = time.monotonic()
    tools, npm = offline_tools() if name == "components" else ({}, ())
    environment = os.environ | tools | {"PYTHONUNBUFFERED": "1"}
    environment["PATH"] = f"{BIN}:{environment['PATH']}"
    well = True
    for command, folder in commands:
        shown = " ".join(str(part).removeprefix(f"{ROOT}/") for part in command)
        print(f"\n== {name}: {shown}   ({folder.relative_to(ROOT) if folder != ROOT else '.'})", flush=True)
        if command[0] == "npm":
            command = (*npm, *command[1:])
        command = (*limit, *command)
        if subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL).returncode != 0:
            print(f"== {name}: FAILED: {shown}", flush=True)
            well = False
            break
    return well, time.monotonic() - start


def main(names: Sequence[str]) -> int:
    stages = stage_commands()
    unknown = [name for name in names if name not in stages]
    if unknown or not names:
        print(f"unknown stages {unknown}; there are: {', '.join(stages)}", file=sys.stderr)
        return 2
    start = time.monotonic()
    results: list[tuple[str, str, float]] = []
    for name in names:
        if name in NEED_ROOT and os.geteuid() != 0:
            results.append((name, "skipped, needs root: namespaces, mounts, cgroups", 0))
            continue
        limit: Command = ()
        if name in YOUNG:
            left = MINUTES_IN_ALL * 60 - (time.monotonic() - start)
            if left < MINUTES_FOR_A_YOUNG_STAGE * 60:
                results.append((name, f"skipped: the other stages took {MINUTES_IN_ALL} minutes", 0))
                continue
            # As Ctrl-C does it: what the tests started is taken down.
            limit = ("timeout", "--signal=INT", "--kill-after=120", f"{left:.0f}")
        well, seconds = run_stage(name, stages[name], limit)
        failed = FAILED_YOUNG if name in YOUNG else FAILED
        results.append((name, "ok" if well else failed, seconds))
    print("\nstage        time   result")
    for name, result, seconds in results:
        print(f"{name:<12} {int(seconds) // 60:02d}:{int(seconds) % 60:02d}  {result}")
    return 1 if any(result == FAILED for _, result, _ in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
