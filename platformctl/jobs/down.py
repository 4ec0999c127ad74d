"""``down``: the way back from ``up``."""

from __future__ import annotations

import shutil

from platformctl.errors import NotHealthy
from platformctl.local.node import Node
from platformctl.local.paths import Paths
from platformctl.local.toolchain import Toolchain
from platformctl.steps import Outcome, Progress, Step, Task, run_steps


def down(cluster: str, progress: Progress, *, purge: bool) -> list[Outcome]:
    """End an embedded cluster so that nothing of it runs or stays mounted.

    Needs no platform.yaml, so that a cluster can be taken down whatever became of the checkout.

    Args:
        cluster: its name.
        purge: also delete its data: objects, volumes with the models, Git repositories, logs.

    Raises:
        NotHealthy: something would not go.
    """
    paths = Paths.of(cluster)
    toolchain = Toolchain(paths.cache)
    node = Node(paths, toolchain)

    def stop(_: None, task: Task) -> str:
        note = node.stop(task)
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
        node.destroy(task)
        shutil.rmtree(paths.state)
        return f"deleted {paths.state}"

    steps: list[Step[None]] = [Step("stop", stop)]
    if purge:
        steps.append(Step("purge", delete))
    return run_steps(steps, None, progress)
