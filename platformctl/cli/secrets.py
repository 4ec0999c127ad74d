"""``platformctl secrets``: a value is made, encrypted and replaced here, and never shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from platformctl import platform
from platformctl.cli import complete, tools
from platformctl.cli.connect import connect
from platformctl.cli.console import err, out, someone_to_ask
from platformctl.cli.lazy import Command, Group
from platformctl.cli.options import (
    ClusterOption,
    ContextOption,
    KeyOption,
    KubeconfigOption,
    Output,
    OutputOption,
    RepositoryArgument,
)
from platformctl.errors import ConfigError
from platformctl.jobs import secrets
from platformctl.jobs.embedded import Embedded
from platformctl.jobs.secrets import Held, SecretStore
from platformctl.local import state
from platformctl.local.paths import Paths
from platformctl.platform import Secret

secrets_app = typer.Typer(
    help="Passwords and keys, encrypted in Git: init, list, rotate, edit.",
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
)

NameArgument = Annotated[
    str, typer.Argument(help="A Secret, as `secrets list` shows it.", autocompletion=complete.secrets)
]


@secrets_app.command(cls=Command)
def init(
    cluster: ClusterOption = None, folder: RepositoryArgument = Path(), age_key_file: KeyOption = None
) -> None:
    """Make what is missing; nothing that is there is replaced.

    Without the private key unless a Secret needs one more key, or one more recipient.
    """
    store = _store(folder, cluster, age_key_file)
    if store.cluster.embedded:
        state.remember(Paths.of(store.cluster.name), folder)
    made = store.complete()
    for each in made:
        what = ", ".join(each.keys) or "encrypted to the recipients of now"
        out.print(f"  {_name(each.secret):<26} {what:<32} {each.place}", markup=False)
    count = len(store.cluster.secrets)
    if not made:
        err.print(f"all {count} are there" if count else f"cluster {store.cluster.name} needs no secret")
    elif not store.cluster.embedded:
        err.print(f"next: git add {store.cluster.secrets_path}, commit and push")


@secrets_app.command("list", cls=Command)
def list_secrets(
    cluster: ClusterOption = None, folder: RepositoryArgument = Path(), output: OutputOption = Output.text
) -> None:
    """Show which Secrets there are, their keys, and when they were last encrypted. No value. Exit 1 if one is
    missing or not encrypted."""
    chosen = platform.load(folder).cluster(cluster)
    external = chosen.secret_store.name if chosen.secret_store.store == "external" else None
    held = [] if external else SecretStore.of(folder, chosen, tools.sops()).all()
    if output is Output.json:
        rows = [_in_store(chosen, s) for s in chosen.secrets] if external else list(map(_as_json, held))
        typer.echo(json.dumps({"cluster": chosen.name, "store": external, "secrets": rows}, indent=2))
    elif external:
        for secret in chosen.secrets:
            keys = ", ".join(f"{key}{_FORMS[kind]}" for key, kind in secret.keys.items())
            out.print(f"  {external}: {chosen.stored_as(secret):<40} {keys}", markup=False)
    elif held:
        out.print(_table(held))
    else:
        err.print(f"cluster {chosen.name} needs no secret")
    if any(_trouble(each) for each in held):
        raise typer.Exit(1)


@secrets_app.command(cls=Command)
def rotate(
    name: NameArgument,
    key: Annotated[list[str] | None, typer.Option("--key", help="Only this key of it; repeatable.")] = None,
    cluster: ClusterOption = None,
    folder: RepositoryArgument = Path(),
    age_key_file: KeyOption = None,
    context: ContextOption = None,
    kubeconfig: KubeconfigOption = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask, even if users are interrupted.")
    ] = False,
) -> None:
    """Replace a Secret's values, say before what users will notice, and start anew the pods that read it.

    Keycloak, where it has a copy of a value, is told first. Safe to interrupt and to run again.
    """
    store = _store(folder, cluster, age_key_file)
    plan = secrets.plan(store.find(name), key or ())
    for each, follows in plan.keys.items():
        err.print(f"  {each}: {follows.notice}", markup=False)
    if plan.interrupts and not yes:
        if not someone_to_ask():
            raise ConfigError("users are interrupted, and there is no terminal to ask at", fix="give --yes")
        typer.confirm("Replace it now?", abort=True, err=True)
    secrets.rotate(store, plan, lambda: connect(store.cluster, kubeconfig, context, folder))
    _changed(store, folder, plan.secret)


@secrets_app.command(cls=Command)
def edit(
    name: NameArgument,
    cluster: ClusterOption = None,
    folder: RepositoryArgument = Path(),
    age_key_file: KeyOption = None,
) -> None:
    """Edit a Secret's values in $EDITOR. Who has a copy of one is not told: `rotate` does that."""
    store = _store(folder, cluster, age_key_file)
    secret = store.find(name)
    if not someone_to_ask():
        raise ConfigError("there is no terminal to edit at")
    if store.edit(secret):
        _changed(store, folder, secret)
    else:
        err.print("nothing was changed")


def _store(folder: Path, cluster: str | None, key: Path | None) -> SecretStore:
    """A store to change.

    Raises:
        ConfigError: the embedded cluster of this name on this machine is another repository's.
    """
    chosen = platform.load(folder).cluster(cluster)
    if chosen.embedded:
        state.require_root(Paths.of(chosen.name), folder)
    return SecretStore.of(folder, chosen, tools.sops(), key)


def _changed(store: SecretStore, folder: Path, secret: Secret) -> None:
    """What makes a new value live: here the local Git server, elsewhere the user's push."""
    name = store.cluster.name
    if not store.cluster.embedded:
        path = f"{store.cluster.secrets_path}/{secret.file}"
        err.print(f"next: git add {path}, commit and push; its readers then start anew", markup=False)
        return
    if state.is_ours(Paths.of(name)) and Embedded.of(folder, name).publish_secrets():
        err.print(f"published; Flux applies it within seconds: platformctl status --cluster {name}")


def _name(secret: Secret) -> str:
    return f"{secret.namespace}/{secret.name}"


def _trouble(held: Held) -> str:
    if held.text is None:
        return "missing"
    if held.encryption is None:
        return "NOT ENCRYPTED"
    return f"without {', '.join(held.lacking)}" if held.lacking else ""


def _table(rows: list[Held]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("secret", "keys", "encrypted", "file"):
        table.add_column(column, overflow="fold")
    for held in rows:
        trouble = _trouble(held)
        when = held.encryption.changed if held.encryption else ""
        unread = [f"{key} (not read)" for key in held.unread]
        table.add_row(
            Text(_name(held.secret)),
            Text(", ".join([*held.secret.keys, *unread])),
            Text(trouble, "bold red") if trouble else Text(when),
            Text(held.place),
        )
    return table


def _as_json(held: Held) -> dict[str, object]:
    return {
        "namespace": held.secret.namespace,
        "name": held.secret.name,
        "keys": list(held.secret.keys),
        "file": held.place,
        "trouble": _trouble(held) or None,
        "encrypted": held.encryption.changed if held.encryption else None,
        "recipients": list(held.encryption.recipients) if held.encryption else [],
        "not_read": list(held.unread),
    }


_FORMS = {"password": "", "key32": " (32 bytes in Base64)"}
"""What somebody else who makes a value has to know of it."""


def _in_store(cluster: platform.Cluster, secret: Secret) -> dict[str, object]:
    return {
        "namespace": secret.namespace,
        "name": secret.name,
        "keys": list(secret.keys),
        "stored_as": cluster.stored_as(secret),
    }
