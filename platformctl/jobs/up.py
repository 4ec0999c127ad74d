"""``up``: from platform.yaml to a streamed answer on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl import render
from platformctl.jobs.embedded import Embedded
from platformctl.live import bootstrap, chat, models
from platformctl.live.git import GitAccess
from platformctl.live.kubernetes import Cluster
from platformctl.local.node import Node
from platformctl.local.publish import publish
from platformctl.steps import Outcome, Progress, Step, Task, run_steps

# The Git server is on this machine, so that asking it often costs nothing and a push is live within seconds.
INTERVAL = "2s"


@dataclass
class Up:
    """One run of ``up``: what its steps share.

    Attributes:
        embedded: the cluster.
        on_text: called with each piece of the proof's answer as it arrives.
        proof: how the chat answered, once it has.
    """

    embedded: Embedded
    on_text: Callable[[str], None]
    proof: chat.ChatProof | None = None
    running: Node | None = None

    @property
    def node(self) -> Node:
        if self.running is None:
            self.running = self.embedded.node()
        return self.running


def _toolchain(up: Up, task: Task) -> str:
    return up.embedded.toolchain.ensure(task)


def _images(up: Up, task: Task) -> str:
    return up.embedded.images().ensure(task)


def _render(up: Up, task: Task) -> str:  # noqa: ARG001
    root = up.embedded.root
    changes = render.changes(root, render.render(up.embedded.cluster.platform, root / "templates"))
    render.write(root, changes)
    return f"{len(changes)} files changed" if changes else "current"


def _publish(up: Up, task: Task) -> str:  # noqa: ARG001
    embedded = up.embedded
    results = publish(
        embedded.root,
        embedded.git_server.repositories,
        submodules=[component.name for component in embedded.cluster.platform.submodules],
        base_url=embedded.git_url.rpartition("/")[0],
        branch=embedded.cluster.platform.file.git.branch,
    )
    changed = [result.name for result in results if result.changed]
    return f"published {', '.join(changed)}" if changed else f"{len(results)} repositories current"


def _cluster(up: Up, task: Task) -> str:
    return up.node.start(task)


def _dns(up: Up, task: Task) -> str:
    return up.node.install_addons(task)


def _verify(up: Up, task: Task) -> str:
    with Cluster.connect(up.embedded.kubeconfig, None) as kube:
        return models.verified_note(kube, up.embedded.cluster.models, task)


def _answer(up: Up, task: Task) -> str:
    title = chat.page_is_served(up.embedded.chat_url)
    task.update(detail="waiting for the first token")
    up.proof = chat.ask(up.embedded.chat_url, on_text=up.on_text)
    return (
        f'page "{title}", first token after {up.proof.first_token_seconds:.1f} s, '
        f"{up.proof.tokens_per_second:.0f} tokens/s"
    )


BEFORE_FLUX: Sequence[Step[Up]] = (
    Step("toolchain", _toolchain),
    Step("images", _images),
    Step("render", _render),
    Step("git", _publish),
    Step("cluster", _cluster),
    Step("dns", _dns),
)
AFTER_FLUX: Sequence[Step[Up]] = (Step("models", _verify), Step("chat", _answer))


def to_build(root: Path, cluster: str) -> tuple[int, float]:
    """How many parts are not built yet, and the minutes that they took when they were measured."""
    missing = Embedded.of(root, cluster).toolchain.missing()
    return len(missing), sum(part.seconds for part in missing) / 60


def up(
    root: Path, cluster: str, progress: Progress, on_text: Callable[[str], None] = lambda _: None
) -> tuple[Up, list[Outcome]]:
    """Bring a cluster up, or go on where an earlier run stopped, and prove that it answers.

    Args:
        root: the folder with platform.yaml.
        cluster: a cluster there with ``target: embedded``.
        on_text: called with each piece of the proof's answer.

    Returns:
        What was brought up, and how long each step took.
    """
    job = Up(Embedded.of(root, cluster), on_text)
    outcomes = run_steps(BEFORE_FLUX, job, progress)
    with bootstrap.opened(bootstrap_settings(job.embedded)) as flux:
        outcomes += run_steps(bootstrap.STEPS, flux, progress)
    return job, outcomes + run_steps(AFTER_FLUX, job, progress)


def bootstrap_settings(embedded: Embedded) -> bootstrap.Settings:
    """How Flux is bootstrapped on an embedded cluster, by ``up`` and by ``bootstrap`` alike."""
    user, password = embedded.git_credentials
    embedded.paths.logs.mkdir(parents=True, exist_ok=True)
    return bootstrap.Settings(
        cluster=embedded.cluster.name,
        git=GitAccess(embedded.git_url, user, password, None, None),
        flux=embedded.toolchain.binary("flux"),
        log=embedded.paths.logs / "flux-bootstrap.log",
        branch=embedded.cluster.platform.file.git.branch,
        kubeconfig=embedded.kubeconfig,
        interval=INTERVAL,
    )
