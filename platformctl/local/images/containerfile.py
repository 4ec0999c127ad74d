"""Images from Containerfiles: the real multi-stage ones of our components, and small ones for stand-ins."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from string import Template

from platformctl.errors import ConfigError
from platformctl.local.digest import file_digest
from platformctl.local.images.digests import DigestOf
from platformctl.local.images.finish import finish
from platformctl.local.images.image import Workshop
from platformctl.local.images.name import ImageName

_FROM = re.compile(
    r"^\s*FROM\s+(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE | re.MULTILINE
)
_ARGUMENT = re.compile(r"^\s*ARG\s+(\w+)=[\"']?([^\s\"']+)", re.IGNORECASE | re.MULTILINE)
_COPY_FROM = re.compile(r"^\s*(?:COPY|ADD|RUN)\s.*?(?:--from=|,from=)([^\s,]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Built:
    """A Containerfile and its context folder.

    Attributes:
        left_out: folders of the context that the build does not see: a change in them builds nothing anew.
    """

    context: Path
    containerfile: Path
    left_out: tuple[str, ...] = ()

    def bases(self) -> set[ImageName]:
        return named_bases(self._text())

    def tools(self) -> set[str]:
        return {"buildah"}

    def inputs(self, digest_of: DigestOf = file_digest) -> str:
        total = hashlib.sha256(self._text().encode())
        for path in self._files():
            place = self.context / path
            mode = place.lstat().st_mode & 0o111
            link = hashlib.sha256(bytes(place.readlink())).hexdigest() if place.is_symlink() else None
            total.update(f"{path} {mode} {link or digest_of(place)}\0".encode())
        return total.hexdigest()

    def make(self, name: ImageName, workshop: Workshop) -> None:
        log = workshop.logs / f"{name.repository.replace('/', '-')}.log"
        workshop.scratch.mkdir(parents=True, exist_ok=True)
        # A copy of the files that count: what is built is what the key was made of, and a node_modules or a
        # virtual environment that lies about cannot get into the image.
        with tempfile.TemporaryDirectory(dir=workshop.scratch) as place_of_all:
            folder, layout = Path(place_of_all) / "context", Path(place_of_all) / "layout"
            folder.mkdir()
            for path in self._files():
                place = folder / path
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.context / path, place, follow_symlinks=False)
            workshop.buildah.build(name, folder, self.containerfile, log, layout)
            finish(workshop.registry, name, self.bases(), layout, workshop.buildah.environment)

    def _files(self) -> list[str]:
        return [path for path in context_files(self.context) if path.partition("/")[0] not in self.left_out]

    def _text(self) -> str:
        try:
            return self.containerfile.read_text()
        except FileNotFoundError as error:
            raise ConfigError(
                f"there is no {self.containerfile}",
                fix="if its folder is a submodule: git submodule update --init",
            ) from error


def context_files(context: Path) -> list[str]:
    """The files of a build context that count: what Git would take, or all where there is no Git."""
    listed = subprocess.run(
        ["git", "-C", str(context), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "."],
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(context).as_posix() for path in context.rglob("*")]
    return sorted(name for name in names if (context / name).is_file() or (context / name).is_symlink())


def named_bases(containerfile: str) -> set[ImageName]:
    """The images that a Containerfile starts from or copies from; its own stages are none."""
    before = containerfile[: match.start()] if (match := _FROM.search(containerfile)) else containerfile
    defaults = dict(_ARGUMENT.findall(before))
    found = [
        (Template(name).safe_substitute(defaults), stage) for name, stage in _FROM.findall(containerfile)
    ]
    stages = {stage.lower() for _, stage in found if stage}
    named = {name for name, _ in found} | set(_COPY_FROM.findall(containerfile))
    return {
        ImageName.parse(name)
        for name in named
        if name.lower() not in stages and name.lower() != "scratch" and not name.isdigit()
    }
