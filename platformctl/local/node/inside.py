"""The first program in the cell: carries out the plan that it reads, then becomes the supervisor.

Run as a file by a bare interpreter, so it imports nothing of the package and starts in no time.
"""

import json
import os
import subprocess
import sys
from pathlib import Path


def main(plan_path: str) -> None:
    plan = json.loads(Path(plan_path).read_text())
    for group in plan["cgroups"]:
        (Path(group) / "cgroup.procs").write_text("0")  # 0: the process that writes
    for command in plan["commands"]:
        run = subprocess.run(
            command["argv"],
            input=command["stdin"],
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        if run.returncode != 0:
            sys.exit(f"{' '.join(command['argv'])}: {run.stderr.strip()}")
    os.execv(plan["exec"][0], plan["exec"])


if __name__ == "__main__":
    main(sys.argv[1])
