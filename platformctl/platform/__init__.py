"""The model of platform.yaml. Pure: nothing here starts a process or opens a connection."""

from platformctl.platform.catalogue import CATALOGUE, Component, Image
from platformctl.platform.load import FILE_NAME, load, parse, schema
from platformctl.platform.model import Cluster, Namespace, Platform, WantedModel
from platformctl.platform.source import PlatformFileError, Problem, nothing_written

__all__ = [
    "CATALOGUE",
    "FILE_NAME",
    "Cluster",
    "Component",
    "Image",
    "Namespace",
    "Platform",
    "PlatformFileError",
    "Problem",
    "WantedModel",
    "load",
    "nothing_written",
    "parse",
    "schema",
]
