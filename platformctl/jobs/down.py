"""``down``: the way back from ``up``."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from platformctl import platform
from platformctl.errors import ConfigError, NotHealthy
from platformctl.local import state
from platformctl.local.node import Node, running_state
from platformctl.local.paths import Paths, state_folder
from platformctl.local.toolchain import Toolchain
from platformctl.steps import Outcome, Progress, Step, Task, run_steps


def chosen(name: str | None, root: Path, *, purge: bool) -> str | None:
    """The cluster to take down; changes nothing.

    Args:
        name: what was asked for; None: the only one that there is or, of several, the one that runs.
        root: a folder that may have a platform.yaml; its embedded clusters are known even without any data.
        purge: of several, the one to delete has to be named.

    Returns:
        None where nothing was asked for and there is nothing.

    Raises:
        ConfigError: no such cluster, or one of several has to be named.
    """
    running = _running()
    known = sorted({*state.clusters(), *([running] if running else [])})
    if name is not None:
        Paths.of(name)
        if name not in known and name not in _declared(root):
            raise _unknown(name, known)
        return name
    if len(known) > 1 and (purge or running is None):
        raise ConfigError(
            f"this machine has several embedded clusters: {', '.join(known)}", fix="choose one: --cluster"
        )
    return running or next(iter(known), None)


def down(cluster: str, progress: Progress, *, purge: bool) -> list[Outcome]:
    """End an embedded cluster so that nothing of it runs or stays mounted.

    Needs no platform.yaml, so that a cluster can be taken down whatever became of the checkout.

    Args:
        cluster: its name, as ``chosen`` gives it.
        purge: also delete its data: objects, volumes with the models, Git repositories, logs.

    Raises:
        ConfigError: the state folder is not one of ours.
        NotHealthy: something would not go.
    """
    paths = Paths.of(cluster)
    toolchain = Toolchain(paths.cache)
    node = Node(paths, toolchain)

    def stop(_: None, task: Task) -> str:
        note = node.stop(task) if paths.state.exists() or node.leftovers() else "not running"
        toolchain.clean_up()
        if left := node.leftovers():
            raise NotHealthy(
                f"{len(left)} things would not go: {left[0]}", log=paths.logs / "supervisord.log"
            )
        return note

    def delete(_: None, task: Task) -> str:
        task.update(detail=str(paths.state))
        if not paths.state.exists():
            return "no data"
        if state.is_ours(paths):
            node.destroy(task)
        state.remove(paths)
        return f"emptied {paths.state}, a mount point" if paths.state.exists() else f"deleted {paths.state}"

    steps: list[Step[None]] = [Step("stop", stop)]
    if purge:
        steps.append(Step("purge", delete))
    return run_steps(steps, None, progress)


def _running() -> str | None:
    """The name of the cluster that runs here, if its state is where ours is."""
    folder = running_state()
    return folder.name if folder and folder.parent == state_folder() else None


def _declared(root: Path) -> list[str]:
    """The embedded clusters of the folder's platform.yaml; none where there is no valid one."""
    try:
        described = platform.load(root)
    except ConfigError:
        return []
    return [name for name, cluster in described.clusters.items() if cluster.embedded]


def _unknown(name: str, known: list[str]) -> ConfigError:
    if not known:
        return ConfigError(f'there is no embedded cluster "{name}" on this machine, nor any other')
    close = get_close_matches(name, known, n=1)
    return ConfigError(
        f'there is no embedded cluster "{name}" on this machine, which has: {", ".join(known)}',
        fix=f"platformctl down --cluster {close[0] if close else known[0]}",
    )
