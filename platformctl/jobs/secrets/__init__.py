"""The Secrets of a cluster: made once, encrypted, replaced when somebody asks."""

from platformctl.jobs.secrets.rotation import Plan, plan, rotate
from platformctl.jobs.secrets.store import Held, Made, SecretStore

__all__ = ["Held", "Made", "Plan", "SecretStore", "plan", "rotate"]
