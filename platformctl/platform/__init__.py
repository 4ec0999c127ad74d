"""The model of platform.yaml. Pure: nothing here starts a process or opens a connection."""

from platformctl.platform.catalogue import CATALOGUE
from platformctl.platform.cluster import SECRETS, Cluster, Namespace, WantedModel
from platformctl.platform.component import ChartRepository, ChartSource, Component, Image
from platformctl.platform.load import FILE_NAME, load, parse, schema
from platformctl.platform.login import Login, Session
from platformctl.platform.model import Platform
from platformctl.platform.secrets import Secret
from platformctl.platform.source import PlatformFileError, Problem, nothing_written

__all__ = [
    "CATALOGUE",
    "FILE_NAME",
    "SECRETS",
    "ChartRepository",
    "ChartSource",
    "Cluster",
    "Component",
    "Image",
    "Login",
    "Namespace",
    "Platform",
    "PlatformFileError",
    "Problem",
    "Secret",
    "Session",
    "WantedModel",
    "load",
    "nothing_written",
    "parse",
    "schema",
]
