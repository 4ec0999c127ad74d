"""All that Flux would apply for a cluster, without a cluster: kustomize, substitution, Helm."""

from platformctl.build.graph import build
from platformctl.build.objects import Object, ObjectId, Origin, Place
from platformctl.build.repository import cluster_folder, cluster_names
from platformctl.build.result import Build, BuildProblem, Undefined
from platformctl.build.submodules import Submodule, submodules_in
from platformctl.build.tools import Programs, ToolError, Tools, find_programs

__all__ = [
    "Build",
    "BuildProblem",
    "Object",
    "ObjectId",
    "Origin",
    "Place",
    "Programs",
    "Submodule",
    "ToolError",
    "Tools",
    "Undefined",
    "build",
    "cluster_folder",
    "cluster_names",
    "find_programs",
    "submodules_in",
]
