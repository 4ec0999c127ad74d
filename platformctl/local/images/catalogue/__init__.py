"""All that embedded clusters pull: each image's production name and what stands in for it, charts and models.

Binaries come from the toolchain (built from the projects' own modules), everything else from Debian packages.
User, entrypoint and paths follow the production images, so that the manifests need not know the difference.
"""

from __future__ import annotations

from platformctl.local.images.catalogue import bases, components, login, node
from platformctl.local.images.catalogue.charts import charts
from platformctl.local.images.catalogue.making import Binaries
from platformctl.local.images.catalogue.models import models
from platformctl.local.images.catalogue.own import own
from platformctl.local.images.image import Image

__all__ = ["Binaries", "charts", "models", "of_every_cluster", "of_some_clusters", "own"]


def of_every_cluster(toolchain: Binaries) -> list[Image]:
    """What runs on an embedded cluster whatever its components are."""
    return node.images(toolchain)


def of_some_clusters(toolchain: Binaries) -> list[Image]:
    """What components run, and what images are built on; the slowest, on which others wait, first."""
    return [
        *bases.images(toolchain),
        *login.images(toolchain),
        *components.images(toolchain),
    ]
