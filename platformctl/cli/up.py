"""``platformctl up`` and ``platformctl down``."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from platformctl.cli import complete
from platformctl.cli.console import err, out, someone_to_ask
from platformctl.cli.options import ClusterOption, RepositoryArgument
from platformctl.cli.progress import progress_on
from platformctl.cli.stages import Stages
from platformctl.errors import ConfigError

if TYPE_CHECKING:
    from platformctl.jobs.embedded import Embedded
    from platformctl.jobs.up import Up
    from platformctl.live.chat import ChatProof

LocalClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        help="An embedded cluster of this machine; default: the only one, or the one that runs.",
        autocompletion=complete.clusters,
    ),
]


def up(
    folder: RepositoryArgument = Path(),
    cluster: ClusterOption = None,
) -> None:
    """Start the platform on this machine and prove that it answers.

    Builds what is not built yet (once; later starts reuse it), starts a real single-node Kubernetes,
    publishes this folder to a local Git server, lets Flux bring the platform, checks the models, and asks a
    question. Safe to interrupt and to run again: it goes on where it stopped.
    """
    from platformctl.cli.bootstrap import show_problems
    from platformctl.jobs.up import Up
    from platformctl.jobs.up import up as bring_up
    from platformctl.live.bootstrap import PreflightFailed

    job = Up.of(folder, cluster)
    parts = len(job.to_build)
    work = f"{parts} parts to build or fetch, about {job.minutes_to_build:.0f} min, once"
    what = work if parts else "everything is built"
    err.print(
        f"platformctl {version('platformctl')} · cluster {job.embedded.cluster.name} · {what}", markup=False
    )
    try:
        with Stages(progress_on(err), err) as stages:
            bring_up(job, stages)
    except PreflightFailed as failed:
        if len(failed.problems) > 1:  # of one, the error itself says all
            show_problems(failed.problems)
        raise
    _show_proof(job)


def down(
    cluster: LocalClusterOption = None,
    purge: Annotated[
        bool, typer.Option("--purge", help="Also delete its data: objects, volumes, Git repositories, logs.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --purge.")] = False,
) -> None:
    """Stop the platform on this machine; nothing of it keeps running or stays mounted.

    Its data stays, and the next `platformctl up` goes on from there. With --purge the data goes as well,
    pushed commits included.
    """
    from platformctl.jobs.down import chosen
    from platformctl.jobs.down import down as take_down

    name = chosen(cluster, Path(), purge=purge)
    if name is None:
        err.print("there is no embedded cluster on this machine", markup=False)
        return
    if purge and not yes:
        _agree(f"Delete all data of cluster {name}, its Git repositories included?")
    take_down(name, progress_on(err), purge=purge)


def _agree(question: str) -> None:
    """
    Raises:
        ConfigError: nobody is there who could be asked.
        typer.Abort: the answer was no.
    """
    if not someone_to_ask():
        raise ConfigError(
            "--purge deletes data, and there is no terminal to ask at", fix="give --yes as well"
        )
    typer.confirm(question, abort=True, err=True)


def _show_proof(job: Up) -> None:
    """What the model said, and where everything is."""
    embedded = job.embedded
    cluster = embedded.cluster.name
    out.print()
    if job.proof:
        out.print(
            f"  [dim]{escape(job.proof.model)}[/dim]  {escape(job.proof.text.strip())}\n", soft_wrap=False
        )
    user, password = embedded.git_credentials
    address = embedded.cluster.push_url.replace("://", f"://{user}:{password}@")
    for label, value in (
        *_proven(job.proof),
        ("Chat", embedded.chat_url),
        *_how_to_find(embedded),
        *_how_to_sign_in(job),
        ("Git", f"{address}   push here; Flux follows within 5 s"),
        ("Kubernetes", f"export KUBECONFIG={embedded.kubeconfig}"),
        ("Status", f"platformctl status --cluster {cluster} --watch"),
        ("Stop", f"platformctl down --cluster {cluster}"),
        ("Files", f"{embedded.paths.cache} (built, shared) and {embedded.paths.state} (this cluster, logs)"),
    ):
        out.print(f"  [bold]{label:<11}[/bold] {escape(value)}")


def _proven(proof: ChatProof | None) -> list[tuple[str, str]]:
    if proof is None:
        return []
    said = f"first token {proof.first_token_seconds:.1f} s, {proof.tokens_per_second:.0f} tokens/s"
    return [("Proof", said)]


def _how_to_find(embedded: Embedded) -> list[tuple[str, str]]:
    """What a browser needs when the chat's names do not lead to this machine."""
    away = embedded.names_that_lead_elsewhere()
    if not away:
        return []
    entry = f"{embedded.chat_address} {' '.join(away)}"
    verb = "do" if len(away) > 1 else "does"
    return [("", f'{", ".join(away)} {verb} not lead here yet: add the line "{entry}" to /etc/hosts')]


def _how_to_sign_in(job: Up) -> list[tuple[str, str]]:
    """A test user, and how a browser comes to trust the certificate."""
    lines = [("Sign in", f"{job.user[0]}, password {job.user[1]}")] if job.user else []
    file = job.embedded.authorities
    if file is None:
        return lines
    store = f"certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n platformctl-{job.embedded.cluster.name} -i {file}"
    return [*lines, ("Trust", f"{file}   signs the certificate; for Chromium: {store}")]
