"""The shape of platform.yaml, version 1. Keys are camelCase in the file and snake_case here."""

from platformctl.platform.schema.cluster import PLANNED, ClusterSettings
from platformctl.platform.schema.file import ComponentSettings, PlatformFile
from platformctl.platform.schema.login import Identity, Secrets, SessionSettings
from platformctl.platform.schema.network import Certificates, Dns, Embedded
from platformctl.platform.schema.section import Name

__all__ = [
    "PLANNED",
    "Certificates",
    "ClusterSettings",
    "ComponentSettings",
    "Dns",
    "Embedded",
    "Identity",
    "Name",
    "PlatformFile",
    "Secrets",
    "SessionSettings",
]
