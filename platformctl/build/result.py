"""What a build finds out: the objects, and what Flux would fail on."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from platformctl.build.objects import Object, ObjectId, Place
from platformctl.build.submodules import Submodule


@dataclass(frozen=True)
class BuildProblem:
    """Something that Flux would fail on.

    Attributes:
        code: ``build/`` and ``kustomize``, ``remote``, ``substitution``, ``values``, ``chart`` or ``helm``.
        message: one sentence, with the tool's own words.
        object: the Kustomization or HelmRelease that fails; None for the cluster's own folder.
        place: where the cause stands, if that is known and is not in the object itself.
        field: the field of the object that is wrong, where that is known.
        known: names of which one was probably meant instead of the field's last part.
        missing: the path in the repository of what is not there, where that is the cause.
    """

    code: str
    message: str
    object: Object | None
    place: Place | None = None
    field: tuple[str | int, ...] = ()
    known: tuple[str, ...] = ()
    missing: str = ""

    @property
    def sentence(self) -> str:
        """With the place, or else the field, for who is shown nothing but text."""
        where = f"{self.place}:" if self.place else ".".join(map(str, self.field))
        return f"{where} {self.message}".lstrip()


@dataclass(frozen=True)
class Undefined:
    """A variable without a default that nothing sets: Flux puts nothing in its place."""

    name: str
    object: Object
    kustomization: Object


@dataclass
class Build:
    """All that Flux would apply for one cluster.

    Attributes:
        root: the repository.
        folder: the cluster's folder in it.
        objects: in the order in which Flux meets them.
        problems: what Flux would fail on; the objects behind them are missing.
        undefined: variables that nothing sets.
        source: the GitRepository that bootstrap makes, with the repository's patches on it; before
            bootstrap a stand-in that is not among the objects. None where nothing says how it will be.
        submodules: those of the repository.
        files: by Kustomization (ROOT for the cluster's own folder), the YAML files and the folders that
            were read for it; by release, its chart's own.
        loose: Kustomizations whose folder has no kustomization.yaml, with the folder: Flux applies all that
            lies in it.
        idle: folders in the cluster's own that have a kustomization.yaml, which nothing reads.
        left_out: Kustomizations and HelmReleases that were not followed, so that what they make is unknown.
        notes: what was left out or taken for granted, and why, one sentence each.
    """

    root: Path
    folder: str
    objects: list[Object] = field(default_factory=list)
    problems: list[BuildProblem] = field(default_factory=list)
    undefined: list[Undefined] = field(default_factory=list)
    source: Object | None = None
    submodules: list[Submodule] = field(default_factory=list)
    files: dict[ObjectId, list[str]] = field(default_factory=dict)
    loose: dict[ObjectId, str] = field(default_factory=dict)
    idle: list[str] = field(default_factory=list)
    left_out: list[Object] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def cluster(self) -> str:
        return Path(self.folder).name

    def find(self, wanted: ObjectId) -> Object | None:
        return next((item for item in self.objects if item.id == wanted), None)

    def of(self, kind: str) -> list[Object]:
        return [item for item in self.objects if item.kind == kind]
