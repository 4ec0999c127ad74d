"""``up``: from platform.yaml to a streamed answer on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from platformctl import render
from platformctl.errors import ConfigError
from platformctl.files import replace_text
from platformctl.jobs import trace
from platformctl.jobs.doctor import checks_of
from platformctl.jobs.embedded import Embedded
from platformctl.live import bootstrap, certificates, chat, models, settled
from platformctl.live.auth import Browser, users
from platformctl.live.kubernetes import Cluster
from platformctl.local import state
from platformctl.local.doctor import MachineUnfit, blocking
from platformctl.local.node import Node
from platformctl.local.toolchain import Part
from platformctl.steps import Outcome, Progress, Step, Task, run_steps

WIDTH_OF_THE_ANSWER = 60
"""Characters of the answer that the progress line shows while it streams."""


@dataclass
class Up:
    """One run of ``up``: what its steps share.

    Attributes:
        embedded: the cluster.
        to_build: the toolchain's parts that are not there yet.
        proof: how the chat answered, once it has.
        user: the test user who asked, with the password; None where nobody has to sign in.
    """

    embedded: Embedded
    to_build: Sequence[Part]
    proof: chat.ChatProof | None = field(default=None, init=False)
    user: tuple[str, str] | None = field(default=None, init=False)

    @classmethod
    def of(cls, root: Path, cluster: str | None) -> Up:
        """Read the folder's platform.yaml, and look at what is built. Changes nothing.

        Raises:
            ConfigError: platform.yaml is wrong, has no embedded cluster of this name (None: has several), or
                the cluster of this name on this machine is another repository's.
        """
        embedded = Embedded.of(root, cluster)
        state.require_root(embedded.paths, embedded.root)
        try:
            return cls(embedded, embedded.toolchain.missing(embedded.tools()))
        except ConfigError:  # the first step tells it, with all else that is in the way
            return cls(embedded, ())

    @property
    def minutes_to_build(self) -> float:
        """What the missing parts took when they were measured, on two cores."""
        return sum(part.seconds for part in self.to_build) / 60

    @cached_property
    def node(self) -> Node:
        """The node; not before the toolchain is there."""
        return self.embedded.node()


def up(job: Up, progress: Progress) -> list[Outcome]:
    """Bring a cluster up, or go on where an earlier run stopped, and prove that it answers.

    Returns:
        How long each step took; the proof is in the job.
    """
    outcomes = run_steps(BEFORE_FLUX, job, progress)
    with bootstrap.opened(job.embedded.bootstrap_settings()) as flux:
        outcomes += run_steps(bootstrap.STEPS, flux, progress)
    return outcomes + run_steps(AFTER_FLUX, job, progress)


def _machine(job: Up, task: Task) -> str:  # noqa: ARG001
    checks = list(checks_of(job.embedded))
    if bad := blocking(checks):
        raise MachineUnfit(bad)
    # The first thing that is written: from here on the state folder is this repository's.
    state.remember(job.embedded.paths, job.embedded.root)
    doubts = [f"{check.name}: {check.found}" for check in checks if not check.well]
    return "; ".join(["fit", *doubts])


def _toolchain(job: Up, task: Task) -> str:
    return job.embedded.toolchain.ensure(task, job.embedded.tools())


def _toolchain_is_there(job: Up) -> str | None:
    return None if job.to_build else "all there"


def _images(job: Up, task: Task) -> str:
    return job.embedded.images().ensure(task)


def _render(job: Up, task: Task) -> str:  # noqa: ARG001
    found = render.difference(job.embedded.root, job.embedded.cluster.platform)
    render.write(job.embedded.root, found.changes)
    return f"{len(found.changes)} files changed" if found.changes else "current"


def _secrets(job: Up, task: Task) -> str:  # noqa: ARG001
    made = job.embedded.secrets().complete()
    return f"{len(made)} made" if made else f"{len(job.embedded.cluster.secrets)} there"


def _needs_no_secrets(job: Up) -> str | None:
    return None if job.embedded.cluster.secrets else "none needed"


def _publish(job: Up, task: Task) -> str:  # noqa: ARG001
    results = job.embedded.publish()
    changed = [result.name for result in results if result.changed]
    return f"published {', '.join(changed)}" if changed else f"{len(results)} repositories current"


def _cluster(job: Up, task: Task) -> str:
    return job.node.start(task)


def _dns(job: Up, task: Task) -> str:
    return job.node.install_addons(task)


def _pods(job: Up, task: Task) -> str:
    with Cluster.connect(job.embedded.kubeconfig) as kube:
        return settled.wait_for_pods(kube, job.node.started, task)


def _status(job: Up, task: Task) -> str:
    with Cluster.connect(job.embedded.kubeconfig) as kube:
        return settled.wait_until_healthy(kube, task)


def _verify(job: Up, task: Task) -> str:
    with Cluster.connect(job.embedded.kubeconfig) as kube:
        return models.verified_note(kube, job.embedded.cluster.models, task)


def _certificates(job: Up, task: Task) -> str:
    assert job.embedded.authorities is not None  # or there is nothing to do
    task.update(detail="waiting for the certificate")
    with Cluster.connect(job.embedded.kubeconfig) as kube:
        replace_text(job.embedded.authorities, certificates.authority(kube))
    return "signed by the cluster's own authority"


def _no_own_authority(job: Up) -> str | None:
    return None if job.embedded.authorities else "none of its own"


def _login(job: Up, task: Task) -> str:
    cluster = job.embedded.cluster
    with Cluster.connect(job.embedded.kubeconfig) as kube:
        walk = trace.walk(cluster, kube, who=trace.credentials(cluster, kube, None))
        return trace.prove(walk, task)


def _needs_no_login(job: Up) -> str | None:
    login = job.embedded.cluster.login
    if login is None:
        return "none: everybody may chat"
    return None if login.users else "not proven: there is no test user"


def _answer(job: Up, task: Task) -> str:
    cluster = job.embedded.cluster
    with job.embedded.client(cluster.url) as page:
        title = chat.page_is_served(page)
    said: list[str] = []

    def show(piece: str) -> None:
        said.append(piece)
        task.update(detail=" ".join("".join(said).split())[-WIDTH_OF_THE_ANSWER:])

    with Browser(job.embedded.client(cluster.origin(cluster.api_host))) as browser:
        if cluster.login and cluster.login.users:
            task.update(detail="signing in")
            job.user = _test_user(job, cluster.login.users[0])
            browser.sign_in(cluster.login, *job.user)
        task.update(detail="waiting for the first token")
        job.proof = chat.ask(browser.client, on_text=show)
    who = f"signed in as {job.user[0]}, " if job.user else ""
    return (
        f'page "{title}", {who}first token after {job.proof.first_token_seconds:.1f} s, '
        f"{job.proof.tokens_per_second:.0f} tokens/s"
    )


def _test_user(job: Up, name: str) -> tuple[str, str]:
    with Cluster.connect(job.embedded.kubeconfig) as kube:
        return name, users.password(kube, name)


def _nobody_to_ask(job: Up) -> str | None:
    login = job.embedded.cluster.login
    return "not asked: the login has no test user" if login and not login.users else None


BEFORE_FLUX: Sequence[Step[Up]] = (
    Step("machine", _machine),
    Step("toolchain", _toolchain, _toolchain_is_there),
    Step("images", _images),
    Step("render", _render),
    Step("secrets", _secrets, _needs_no_secrets),
    Step("git", _publish),
    Step("cluster", _cluster),
    Step("dns", _dns),
)
AFTER_FLUX: Sequence[Step[Up]] = (
    Step("pods", _pods),
    Step("models", _verify),
    Step("certificate", _certificates, _no_own_authority),
    Step("login", _login, _needs_no_login),
    Step("chat", _answer, _nobody_to_ask),
    Step("status", _status),
)
