"""Where the command line finds the programs and the schemas that builds and checks need."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

from platformctl.build import Programs, find_programs
from platformctl.check import Schemas
from platformctl.cli.console import err
from platformctl.cli.progress import progress_on
from platformctl.errors import PlatformctlError, ToolMissing
from platformctl.local.paths import cache_folder
from platformctl.local.sops import Sops
from platformctl.local.toolchain import Toolchain
from platformctl.local.toolchain.commands import SCHEMAS, SECRETS

_one_at_a_time = threading.Lock()
"""A build asks for charts from several threads; the terminal shows one thing."""


def programs() -> Programs:
    """kustomize and Helm: what is on PATH, or else our own, fetched if they were not yet."""
    kustomize = shutil.which("kustomize") or shutil.which("kubectl")
    if kustomize and shutil.which("helm"):
        return find_programs()
    toolchain = _having("kubectl", "helm")
    return find_programs(kubectl=toolchain.binary("kubectl"), helm=toolchain.binary("helm"))


def flux() -> Path:
    """The flux CLI: the one on PATH, or else our own, built if it was not yet."""
    found = shutil.which("flux")
    return Path(found) if found else _having("flux").binary("flux")


def sops() -> Sops:
    """sops and age-keygen: what is on PATH, or else our own, built when they are first needed."""

    def find(name: str) -> Path:
        found = shutil.which(name)
        return Path(found) if found else _having(*SECRETS).binary(name)

    return Sops(find)


def schemas() -> Schemas:
    """The schemas of Kubernetes' and Flux's kinds, fetched if they were not yet."""
    toolchain = _having(*SCHEMAS)
    kubernetes, flux = (toolchain.folder(name) for name in SCHEMAS)
    return Schemas(kubernetes, [flux])


def at_hand() -> bool:
    """Whether a build and its checks need nothing that would have to be fetched first."""
    toolchain = Toolchain(cache_folder())
    helped = (shutil.which("kustomize") or shutil.which("kubectl")) and shutil.which("helm")
    return not toolchain.missing(SCHEMAS if helped else ("kubectl", "helm", *SCHEMAS))


def chart_folder(name: str) -> Path:
    """A folder of the toolchain with charts of others, fetched if it was not yet.

    Raises:
        ToolMissing: it cannot be had.
    """
    with _one_at_a_time:
        try:
            return _having(name).folder(name)
        except ToolMissing:
            raise
        except PlatformctlError as error:
            raise ToolMissing(f"{name} cannot be fetched: {error.message}", log=error.log) from error


def _having(*names: str) -> Toolchain:
    toolchain = Toolchain(cache_folder())
    if missing := toolchain.missing(names):
        wanted = ", ".join(part.name for part in missing)
        err.print(f"  fetching {wanted} once; kept in {cache_folder()}", markup=False)
        with progress_on(err).task("toolchain") as task:
            task.done(toolchain.ensure(task, names))
    return toolchain
