"""The models of a cluster: what Git wants, what is there, what the registry serves, whether each answers."""

from platformctl.live.models.engine import ENGINE, SIDECAR, Engine
from platformctl.live.models.lock import Locked, lock
from platformctl.live.models.proof import listing, repair, verified_note, verify
from platformctl.live.models.registry import Registry
from platformctl.live.models.report import BadBlob, ModelReport

__all__ = [
    "ENGINE",
    "SIDECAR",
    "BadBlob",
    "Engine",
    "Locked",
    "ModelReport",
    "Registry",
    "listing",
    "lock",
    "repair",
    "verified_note",
    "verify",
]
