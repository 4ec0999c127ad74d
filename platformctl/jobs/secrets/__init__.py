"""The Secrets of a cluster: made once, encrypted, replaced when somebody asks."""

from platformctl.jobs.secrets.rotation import Plan, plan, rotate
from platformctl.jobs.secrets.store import KEY_VARIABLE, Held, Made, SecretStore

__all__ = ["KEY_VARIABLE", "Held", "Made", "Plan", "SecretStore", "plan", "rotate"]
