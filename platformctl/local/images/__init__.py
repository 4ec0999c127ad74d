"""How every image of the embedded cluster is made from packages and served under its production name."""

from platformctl.local.images.images import Images

__all__ = ["Images"]
