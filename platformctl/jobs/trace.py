"""``auth trace``: from platform.yaml to a walk along the login chain of a deployment."""

from __future__ import annotations

from pathlib import Path

from platformctl.errors import ConfigError, NotHealthy
from platformctl.live.auth import users
from platformctl.live.kubernetes import Cluster
from platformctl.live.route import LOOPBACK, trusting
from platformctl.live.trace import Credentials, Inside, Verdict, Walk, steps_of, walk_through
from platformctl.local.paths import Paths
from platformctl.platform import Cluster as Described
from platformctl.steps import Task


def credentials(described: Described, kube: Cluster | None, user: str | None) -> Credentials | None:
    """A test user with the password that the cluster has for it.

    Args:
        user: None: the first test user.

    Raises:
        NotHealthy: the cluster has no password of that user.
    """
    login = described.login
    names = login.users if login else ()
    name = user or next(iter(names), None)
    if kube is None or name not in names or name is None:
        return None
    return Credentials(name, users.password(kube, name))


def walk(
    described: Described,
    kube: Cluster | None,
    *,
    who: Credentials | None,
    session: str | None = None,
    authority: Path | None = None,
    address: str | None = None,
    patience: bool = False,
) -> Walk:
    """A walk that was not begun yet.

    Args:
        described: the cluster, as platform.yaml has it.
        kube: the cluster itself, where it can be looked into.
        who: who signs in.
        session: a ``Cookie`` header instead.
        authority: a PEM file to trust; None: of an embedded cluster its own, else the machine's.
        address: where the hosts lead; None: of an embedded cluster loopback, else what they resolve to.
        patience: also wait for a refresh.

    Raises:
        ConfigError: the cluster has no login, or the authority's file cannot be read.
    """
    if described.login is None:
        raise ConfigError(
            f"cluster {described.name} has no login: everybody may chat",
            fix="platform.yaml: gateway: istio and login: keycloak",
        )
    own = Paths.of(described.name).authority
    if authority is None and described.embedded and own.exists():
        authority = own
    try:
        context = trusting(authority)
    except OSError as error:
        raise ConfigError(f"{authority} cannot be read as certificates: {error}") from error
    return Walk(
        described.login,
        context,
        address=address or (LOOPBACK if described.embedded else None),
        credentials=who,
        session=session,
        inside=Inside(kube) if kube else None,
        patience=patience,
    )


def prove(walk: Walk, task: Task) -> str:
    """Walk to the end; the note names the links that may be otherwise than they should.

    Raises:
        NotHealthy: a link is broken; says which, why, and what to do.
    """
    holding, doubts = 0, []
    for step, found in walk_through(steps_of(walk), walk):
        task.update(detail=step.name)
        if found.verdict is Verdict.MISS:
            raise NotHealthy(f"{step.name}: {found.note}; {found.cause}", fix=found.fix)
        holding += found.verdict is Verdict.HIT
        if found.verdict is Verdict.MAY and found.fix:
            doubts.append(f"{step.name}: {found.note} ({found.fix})")
    user = f"{walk.credentials.user} signed in and out" if walk.credentials else "signed in"
    return "; ".join([f"{holding} links hold, {user}", *doubts])


def session_of(file: Path) -> str:
    """A ``Cookie`` header from a file: the header's value, or a cookie jar in the format of curl.

    Raises:
        ConfigError: the file cannot be read, or holds no cookie.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error
    jar = [
        line.removeprefix("#HttpOnly_").split("\t")
        for line in text.splitlines()
        if line.removeprefix("#HttpOnly_").count("\t") == _FIELDS_OF_A_JAR - 1
    ]
    pairs = [f"{fields[5]}={fields[6]}" for fields in jar]
    found = "; ".join(pairs) or text.strip().removeprefix("Cookie:").strip()
    if "=" not in found or "\n" in found:
        raise ConfigError(
            f"{file} holds no cookie", fix="copy the value of the request header Cookie from the browser"
        )
    return found


_FIELDS_OF_A_JAR = 7
