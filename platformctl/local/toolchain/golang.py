"""Builds programs from Go modules, and C programs that Go modules carry."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from platformctl.errors import StepFailed
from platformctl.local.toolchain.keys import cpu_flags, workspace_key
from platformctl.local.toolchain.lock import CPart, GoModule, GoPart, ModuleFilesPart
from platformctl.local.toolchain.workshop import Workshop

# The user's own caches and proxy are used; versions come from the committed go.mod and go.sum.
_ENVIRONMENT = {
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
    "GOFLAGS": "-mod=readonly -buildvcs=false",
    "CGO_ENABLED": "0",
}
_FIX = "run it again, it goes on from here; if it fails again, see that Go's module proxy can be reached"


def build_go(part: GoPart, into: Path, workshop: Workshop) -> None:
    """Build ``bin/<name>``; what was compiled before an interruption is in Go's own cache."""
    workspace = prepared(part.workspace, workshop, workshop.log(part))
    if part.embed:
        shutil.copytree(
            workshop.place(workshop.lock.by_name[part.embed.part]),
            workspace / part.embed.to,
            dirs_exist_ok=True,
        )
    workshop.processes.run(
        ["nice", workshop.go.program, "build", "-trimpath", "-ldflags", f"-s -w {part.ldflags}".strip(),
         "-o", into / "bin" / part.name, part.package],
        cwd=workspace,
        env={**_environment(workshop), **_cgo(part, workspace)},
        log=workshop.log(part),
        what=f"building {part.name} {part.version}",
        fix=_FIX,
    )  # fmt: skip


def build_c(part: CPart, into: Path, workshop: Workshop) -> None:
    """Build ``bin/<name>``, linked statically."""
    source = module_folder(part, workshop, workshop.log(part)) / part.source
    (into / "bin").mkdir()
    workshop.processes.run(
        ["gcc", "-Os", "-static", "-s", *part.flags, "-o", into / "bin" / part.name, source],
        cwd=into,
        log=workshop.log(part),
        what=f"building {part.name} {part.version}",
    )


def copy_module_files(part: ModuleFilesPart, into: Path, workshop: Workshop) -> None:
    """Copy the part's folder of the module."""
    copy_tree(module_folder(part, workshop, workshop.log(part)) / part.source, into)


def fetch_dependencies(part: GoPart, workshop: Workshop) -> None:
    """Download all modules that a program is built from, so that the compiler does not wait for them."""
    log = workshop.store.log(f"{part.workspace}-modules")
    workspace = prepared(part.workspace, workshop, log)
    # -e: the manifests that flux embeds may not be there yet.
    workshop.processes.run(
        [workshop.go.program, "list", "-e", "-deps", part.package],
        cwd=workspace,
        env={**_environment(workshop), "CGO_ENABLED": "1" if part.cgo else "0"},
        log=log,
        output=Path("/dev/null"),
        what=f"fetching the modules of {part.name}",
        fix=_FIX,
    )


def prepared(name: str, workshop: Workshop, log: Path) -> Path:
    """The folder of a workspace, with its copies of modules; our own files lie over the copies'."""
    folder = workshop.store.workspace(name, workspace_key(workshop.lock, name))
    with workshop.held(f"workspace-{name}"):
        workshop.store.mark(folder)
        if not folder.exists():
            with workshop.store.filling(folder) as draft:
                for copy in workshop.lock.workspaces[name].copies:
                    copy_tree(module_folder(copy, workshop, log), draft / copy.to)
                shutil.copytree(workshop.lock.go / name, draft, dirs_exist_ok=True)
    return folder


def module_folder(module: GoModule, workshop: Workshop, log: Path) -> Path:
    """A module's folder in Go's module cache, read-only.

    Raises:
        StepFailed: it cannot be had, or is not what the lock says.
    """
    wanted = f"{module.module}@{module.version}"
    name = wanted.replace("/", "_")
    answer = workshop.store.cache / "tmp" / f"{name}-{log.stem}.json"
    answer.parent.mkdir(parents=True, exist_ok=True)
    workshop.processes.run(
        [workshop.go.program, "mod", "download", "-json", wanted],
        cwd=answer.parent,
        # The lock's digest stands in for the checksum database, which does not know every module.
        env={**_environment(workshop), "GOFLAGS": "-mod=mod", "GONOSUMDB": "*"},
        log=log,
        output=answer,
        what=f"fetching {wanted}",
        fix=_FIX,
    )
    found = json.loads(answer.read_text())
    answer.unlink()
    if found["Sum"] != module.digest:
        raise StepFailed(
            f"{wanted} has the digest {found['Sum']}, the lock says {module.digest}",
            log=log,
            fix="do not use it",
        )
    return Path(found["Dir"])


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder out of Go's module cache, which is read-only, to one that can be written to."""
    shutil.copytree(source, target, copy_function=shutil.copyfile, dirs_exist_ok=True)
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o755)


def _environment(workshop: Workshop) -> Mapping[str, str]:
    return {**_ENVIRONMENT, **workshop.go.environment}


def _cgo(part: GoPart, workspace: Path) -> Mapping[str, str]:
    if part.cgo is None:
        return {}
    flags = " ".join([part.cgo.flags, *cpu_flags(part.cgo.cpu)])
    include = {"CGO_CPPFLAGS": f"-I{workspace / part.cgo.include}"} if part.cgo.include else {}
    return {"CGO_ENABLED": "1", "CGO_CFLAGS": flags, "CGO_CXXFLAGS": flags, **include}
