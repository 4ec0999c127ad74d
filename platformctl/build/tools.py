"""The two programs that a build needs, behind an interface that the caller fills in."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from platformctl.errors import PlatformctlError, ToolMissing


class ToolError(PlatformctlError):
    """A program said no; the message is what it said."""


class Tools(Protocol):
    """kustomize and Helm."""

    def kustomize(self, folder: Path) -> str:
        """The YAML that kustomize builds from a folder, with files outside of it allowed.

        It reads any file and asks any host that the folder names: see `Confinement`.

        Raises:
            ToolError: with kustomize's words.
        """

    def helm_template(self, arguments: Sequence[str]) -> str:
        """The YAML that ``helm template ARGUMENTS`` prints.

        Raises:
            ToolError: with Helm's words.
        """


@dataclass(frozen=True)
class Programs:
    """Tools that are programs on this machine.

    Attributes:
        kustomize_command: for example ``("/usr/bin/kubectl", "kustomize")`` or ``("kustomize", "build")``.
        helm_command: for example ``("/usr/bin/helm",)``.
    """

    kustomize_command: tuple[str, ...]
    helm_command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    def kustomize(self, folder: Path) -> str:
        return self._run([*self.kustomize_command, "--load-restrictor=LoadRestrictionsNone", str(folder)])

    def helm_template(self, arguments: Sequence[str]) -> str:
        return self._run([*self.helm_command, "template", *arguments])

    def _run(self, command: Sequence[str]) -> str:
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, env=dict(self.environment)
            )
        except OSError as error:
            raise ToolMissing(f"{command[0]} cannot be started: {error.strerror}") from error
        if done.returncode != 0:
            lines = [line for line in done.stderr.strip().splitlines() if line.strip()]
            raise ToolError("\n".join(lines[-50:]) or f"{command[0]} ended with {done.returncode}")
        return done.stdout


def find_programs(kubectl: Path | None = None, helm: Path | None = None) -> Programs:
    """The given programs, or those on PATH (kustomize before kubectl).

    Raises:
        ToolMissing: one is neither given nor on PATH.
    """
    if kubectl:
        kustomize: tuple[str, ...] = (str(kubectl), "kustomize")
    elif found := shutil.which("kustomize"):
        kustomize = (found, "build")
    elif found := shutil.which("kubectl"):
        kustomize = (found, "kustomize")
    else:
        raise ToolMissing("neither kustomize nor kubectl is on PATH", fix="platformctl doctor")
    helm_program = str(helm) if helm else shutil.which("helm")
    if helm_program is None:
        raise ToolMissing("helm is not on PATH", fix="platformctl doctor")
    return Programs(kustomize, (helm_program,))
