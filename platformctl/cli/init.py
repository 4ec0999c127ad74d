"""``platformctl init``: a new platform repository from a few answers."""

from __future__ import annotations

import dataclasses
import re
import shlex
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from platformctl import platform
from platformctl import render as rendering
from platformctl.cli import first_commit
from platformctl.cli.console import err, someone_to_ask
from platformctl.errors import ConfigError, ToolMissing
from platformctl.platform import PlatformFileError
from platformctl.render import packaged

_DEFAULTS = rendering.Answers()
_QUESTIONS = {
    "name": "Name",
    "cluster": "Cluster",
    "domain": "Domain",
    "git_url": "Git URL",
    "storage_class": "Storage class",
}
_LOGIN = "Login (none or keycloak)"
_EXISTING = {
    "email": "E-mail address for the certificates' authority",
    "dns_project": "Google's project with the DNS zone",
    "recipients": "Public age keys for the secrets",
}
"""What a cluster that exists is asked for with gateway: istio; the last with a login alone."""
_PLACEHOLDERS = {
    "email": "ops@example.com",
    "dns_project": "project",
    "recipients": (f"age1{'q' * 58}",),
}
_ACCESS = ("gateway", "login", *_EXISTING)


class Target(StrEnum):
    """Where a cluster runs."""

    EMBEDDED = "embedded"
    EXISTING = "existing"


class Gateway(StrEnum):
    """What takes requests from outside."""

    TRAEFIK = "traefik"
    ISTIO = "istio"


class Login(StrEnum):
    """Who may chat."""

    NONE = "none"
    KEYCLOAK = "keycloak"


def init(
    folder: Annotated[Path, typer.Argument(help="A new folder, or a fresh clone.")],
    name: Annotated[str | None, typer.Option(help="The platform's name.")] = None,
    cluster: Annotated[str | None, typer.Option(help="The first cluster's name.")] = None,
    target: Annotated[Target | None, typer.Option(help="This machine, or a cluster that exists.")] = None,
    domain: Annotated[str | None, typer.Option(help="Host name of the chat page.")] = None,
    git_url: Annotated[str | None, typer.Option(help="Where the repository will be pushed.")] = None,
    registry: Annotated[str, typer.Option(help="Where our images are published.")] = _DEFAULTS.registry,
    model: Annotated[
        list[str] | None, typer.Option(help="A model; repeatable, the first is the default.")
    ] = None,
    storage_class: Annotated[str | None, typer.Option(help="Storage class for the models.")] = None,
    size: Annotated[str, typer.Option(help="Room for the models.")] = _DEFAULTS.size,
    gateway: Annotated[
        Gateway | None, typer.Option(help="Plain HTTP, or HTTPS; default: what the login needs.")
    ] = None,
    login: Annotated[Login | None, typer.Option(help="Everybody may chat, or who logs in.")] = None,
    email: Annotated[str, typer.Option(help="Where the certificates' authority writes (existing).")] = "",
    dns_project: Annotated[str, typer.Option(help="Google's project with the DNS zone (existing).")] = "",
    recipient: Annotated[
        list[str] | None, typer.Option(help="A public age key for the secrets; repeatable (existing).")
    ] = None,
    git: Annotated[bool, typer.Option(help="Make a Git repository with a first commit.")] = True,
) -> None:
    """Write a new platform repository: platform.yaml, charts, and what Flux reads.

    What no option says is asked for on a terminal, and has a default elsewhere.
    """
    if git:
        _git_is_ready(folder)
    if git and (folder / platform.FILE_NAME).is_file() and first_commit.is_missing(folder):
        err.print(
            f"note: {platform.FILE_NAME} is there from an earlier run; only the commit is made", style="dim"
        )
        described = platform.load(folder)
    else:
        given = {
            "registry": registry,
            "size": size,
            "models": model,
            "name": name,
            "cluster": cluster,
            "domain": domain,
            "git_url": git_url,
            "storage_class": storage_class,
            "email": email or None,
            "dns_project": dns_project or None,
            "recipients": recipient,
            "gateway": gateway.value if gateway else None,
            "login": login.value if login else None,
        }
        told = {field: value for field, value in given.items() if value is not None}
        described = rendering.start(folder, _answered(folder, target, told))
    if git:
        first_commit.make(folder)
    chosen = next(iter(described.clusters.values()))
    err.print(
        f"{folder} holds {len(described.components)} components for cluster {chosen.name}", markup=False
    )
    for line in _next_steps(folder, described, chosen):
        err.print(line, markup=False)


def _git_is_ready(folder: Path) -> None:
    if shutil.which("git") is None:
        raise ToolMissing("git is not on PATH", fix="install git, or give --no-git")
    first_commit.has_an_author()
    around = first_commit.around(folder)
    if around:
        err.print(
            f"note: {folder} lies in the Git repository {around} and becomes one of its own in it",
            markup=False,
            style="dim",
        )


def _answered(folder: Path, target: Target | None, given: dict[str, Any]) -> rendering.Answers:
    """The answers, each looked at as it comes: options first, so that nobody answers for nothing.

    Raises:
        typer.BadParameter: an option is wrong.
    """
    chosen = target.value if target else _ask("Target (embedded or existing)", _DEFAULTS.target, _target)
    default_class = _DEFAULTS.storage_class if chosen == Target.EMBEDDED else "standard"
    remote, branch = first_commit.remote(folder), first_commit.branch(folder)
    answers = dataclasses.replace(
        _DEFAULTS, target=chosen, storage_class=default_class, branch=branch or _DEFAULTS.branch
    )
    answers = _with_access(answers, {field: given.pop(field) for field in _ACCESS if field in given})
    for field, value in given.items():
        answers = _with(answers, field, value, _flag(field))
    defaults = {
        "git_url": remote or _DEFAULTS.git_url,
        "storage_class": default_class,
        "cluster": answers.cluster,
    }
    for field, question in _QUESTIONS.items():
        if field in given:
            continue
        default = defaults.get(field) or getattr(_DEFAULTS, field)
        if field == "name":
            default = _name_of(folder)

        def checked(text: str, field: str = field, so_far: rendering.Answers = answers) -> str:
            _with(so_far, field, text.strip(), None)
            return text.strip()

        answers = dataclasses.replace(answers, **{field: _ask(question, default, checked)})
    return answers


def _with_access(answers: rendering.Answers, given: dict[str, Any]) -> rendering.Answers:
    """The answers with who may chat, and what that needs.

    Raises:
        typer.BadParameter: an option is missing or wrong.
    """
    gateway, login = given.pop("gateway", None), given.pop("login", None)
    if login is None:
        login = Login.NONE if gateway == Gateway.TRAEFIK else _ask(_LOGIN, answers.login, _login)
    gateway = gateway or (Gateway.ISTIO if login == Login.KEYCLOAK else Gateway.TRAEFIK)
    local = login == Login.KEYCLOAK and answers.target == Target.EMBEDDED
    answers = dataclasses.replace(answers, **given, cluster="local" if local else answers.cluster)
    wanted: dict[str, str] = {}
    if gateway == Gateway.ISTIO and answers.target == Target.EXISTING:
        wanted = {field: question for field, question in _EXISTING.items() if not getattr(answers, field)}
        if login == Login.NONE:
            wanted.pop("recipients", None)
    if wanted and not someone_to_ask():
        flags = " and ".join(_flag(field) for field in wanted)
        message = f"on a cluster that exists, gateway {gateway} with login {login} needs {flags} as well"
        raise typer.BadParameter(message)
    # What is asked for later must not be missed while another answer is looked at.
    so_far: dict[str, Any] = {field: _PLACEHOLDERS[field] for field in wanted}
    said = dataclasses.replace(answers, **so_far)
    said = _with(said, "gateway", str(gateway), "--gateway")
    said = _with(said, "login", str(login), "--login")
    for field, question in wanted.items():

        def checked(text: str, field: str = field, so_far: rendering.Answers = said) -> str:
            _with(so_far, field, _as_answer(field, text), None)
            return text

        answer: dict[str, Any] = {field: _as_answer(field, _ask(question, "", checked))}
        said = dataclasses.replace(said, **answer)
    return said


def _as_answer(field: str, text: str) -> str | tuple[str, ...]:
    return tuple(text.split()) if field == "recipients" else text.strip()


def _flag(field: str) -> str:
    return {"models": "--model", "recipients": "--recipient"}.get(field, f"--{field.replace('_', '-')}")


def _login(text: str) -> str:
    if text.strip() not in list(Login):
        raise typer.BadParameter(f'"{text}" is not one of: none, keycloak')
    return text.strip()


def _with(answers: rendering.Answers, field: str, value: Any, flag: str | None) -> rendering.Answers:
    """The answers with one more.

    Raises:
        typer.BadParameter: it makes no platform; in the words of platform.yaml's own errors.
    """
    more = dataclasses.replace(answers, **{field: value})
    try:
        rendering.described(more)
    except PlatformFileError as error:
        # The first is enough: a model stands in two places of the file, and is still one mistake.
        message = error.problems[0].message
        raise typer.BadParameter(message, param_hint=repr(flag) if flag else None) from error
    return more


def _name_of(folder: Path) -> str:
    """A name out of the folder's.

    Raises:
        ConfigError: it is none, and there is nobody to ask.
    """
    own = folder.absolute().name
    name = re.sub(r"[^a-z0-9]+", "-", own.lower())[:63].strip("-") or _DEFAULTS.name
    if name != own and not someone_to_ask():
        message = (
            f'the folder\'s name "{own}" cannot be the platform\'s: lower-case letters, digits and "-" can'
        )
        raise ConfigError(message, fix=f"--name {name}")
    return name


def _target(text: str) -> str:
    if text.strip() not in list(Target):
        raise typer.BadParameter(f'"{text}" is not one of: embedded, existing')
    return text.strip()


def _ask(question: str, default: str, checked: Any) -> str:
    if not someone_to_ask():
        return default
    return str(typer.prompt(question, default=default, err=True, value_proc=checked))


def _next_steps(folder: Path, described: platform.Platform, chosen: platform.Cluster) -> list[str]:
    go = [] if folder.resolve() == Path.cwd() else [f"cd {shlex.quote(str(folder))}"]
    if chosen.embedded:
        return [f"Next: {' && '.join([*go, 'platformctl up'])}"]
    url, branch = described.file.git.url, described.file.git.branch
    ours = sorted(
        str(image)
        for component in described.components
        for key, image in described.images(component).items()
        if component.images[key].repository.startswith("/")
    )
    steps = [*go]
    if url == _DEFAULTS.git_url:
        steps.append(
            f"set git.url in {platform.FILE_NAME} (now {url}) to your repository, platformctl render"
        )
    encrypted = chosen.secrets and chosen.secret_store.store == "sops"
    if encrypted:
        steps.append("platformctl secrets init")
    steps.append(f"commit, and push to the branch {branch} of git.url")
    steps.append(f"have these images in the registry: {', '.join(ours)}")
    steps.append(f"  (their sources: {packaged.folder('components')})")
    # Flux decrypts with the private half of one of the recipients.
    steps.append(f"platformctl bootstrap --context NAME{' --age-key-file FILE' if encrypted else ''}")
    return ["Next:", *(f"  {step}" for step in steps)]
