"""What one bootstrap is told and what its steps share."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from platformctl.live.bootstrap.problems import Problem
from platformctl.live.git import Author, GitAccess, GitStore
from platformctl.live.kubernetes import Cluster

FLUX_SYSTEM = "flux-system"
"""Namespace, GitRepository, Kustomization, secret and folder: ``flux bootstrap`` names them all so."""

COMPONENTS = ("source-controller", "kustomize-controller", "helm-controller", "notification-controller")


@dataclass(frozen=True)
class Decryption:
    """The private key to a cluster's secrets.

    Attributes:
        key: the text of an age key file.
        recipients: its public halves.
    """

    key: str = field(repr=False)
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """What to bootstrap.

    Attributes:
        cluster: name of the folder under ``clusters/`` that Flux follows.
        git: the repository as Flux will reach it, and the credentials that Flux gets.
        branch: of the repository.
        flux: the flux CLI.
        log: file for all that the flux CLI says; its folder exists.
        kubeconfig, context: of the target; None means what kubectl would take.
        interval: how often Flux looks at the branch, as a Go duration.
        components: the controllers to install, by their full names.
        author: of the commits that bootstrap makes.
        trusted_hosts: hosts, besides the repository's own, that may be sent its credentials for submodules.
        replace_source: go on although Flux in the cluster follows another repository or folder.
        timeout_seconds: for Flux to be installed, and again for everything to be Ready.
        decryption: what Flux decrypts secrets with; None: there are none, or Flux has it already.
        rendered: a sentence when the rendered files are not what platform.yaml says, else None.
    """

    cluster: str
    git: GitAccess
    flux: Path
    log: Path
    branch: str = "main"
    kubeconfig: Path | None = None
    context: str | None = None
    interval: str = "1m"
    components: tuple[str, ...] = COMPONENTS
    author: Author = Author()  # noqa: RUF009
    trusted_hosts: Collection[str] = ()
    replace_source: bool = False
    timeout_seconds: float = 900
    decryption: Decryption | None = None
    rendered: Callable[[], str | None] = lambda: None

    @property
    def path(self) -> str:
        """The cluster's folder in the repository."""
        return f"clusters/{self.cluster}"

    @property
    def flux_folder(self) -> str:
        """The folder in the repository that ``flux bootstrap`` writes to."""
        return f"{self.path}/{FLUX_SYSTEM}"


@dataclass
class Bootstrap:
    """A bootstrap under way: its settings, the open cluster, the fetched repository, and what was noticed.

    Attributes:
        notices: problems that do not block, for the end of the run.
    """

    settings: Settings
    kube: Cluster
    store: GitStore
    notices: list[Problem] = field(default_factory=list)


@contextmanager
def opened(settings: Settings) -> Iterator[Bootstrap]:
    """Connect to the cluster, with a fresh store for Git: a killed Git leaves locks in an old one.

    Raises ConfigError and Unreachable as ``Cluster.connect`` does.
    """
    with (
        tempfile.TemporaryDirectory(prefix="platformctl-bootstrap-") as folder,
        Cluster.connect(settings.kubeconfig, settings.context) as kube,
    ):
        yield Bootstrap(settings, kube, GitStore(Path(folder) / "store.git", settings.author))
