"""Long jobs as lists of steps, and the one interface through which they report progress."""

from platformctl.steps.progress import Progress, Silent, Task
from platformctl.steps.step import Outcome, Step, run_steps

__all__ = ["Outcome", "Progress", "Silent", "Step", "Task", "run_steps"]
