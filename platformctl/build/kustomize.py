"""Building one Flux Kustomization: the folder, and what the Kustomization's own spec adds to it."""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platformctl.build.causes import of_kustomize
from platformctl.build.confinement import Confinement, Named, Refused
from platformctl.build.documents import Data, NotYaml, dump, load_all, load_one, split
from platformctl.build.objects import Place
from platformctl.build.repository import KUSTOMIZATION_FILES, Repository
from platformctl.build.tools import ToolError, Tools

ORIGIN = "config.kubernetes.io/origin"


@dataclass(frozen=True)
class Built:
    """What one Kustomization gives.

    Attributes:
        documents: the text of each object, and the file in the repository that it comes from.
        files: the YAML that was read, and folders, in the order in which kustomize meets them.
    """

    documents: list[tuple[str, str | None]]
    files: list[str]


def kustomize(repository: Repository, tools: Tools, path: str, spec: Data) -> Built:
    """What kustomize-controller builds from ``path``, a path in the repository, before substitution.

    Raises:
        ToolError: the folder does not exist.
        Unbuildable: kustomize said no.
        Refused: something in it leads out of the repository.
    """
    folder = Path(os.path.normpath(repository.view / path))
    if not folder.is_dir():
        raise ToolError(f"there is no folder {path}")
    confinement = Confinement(repository)
    confinement.no_link(path)
    resources, components = _resources(folder, repository)
    more = [confinement.inside(str(name), path) for name in spec.get("components") or ()]
    components += [str(repository.view / name) for name in more]
    for file in [*resources, *components]:
        name = repository.relative(file)
        confinement.named.setdefault(name, Named(None))
        confinement.folder(name)
    try:
        documents = _run(repository, tools, resources, components, spec)
    except ToolError as error:
        raise of_kustomize(error, confinement.named, repository) from error
    return Built(documents, [name for name, how in confinement.named.items() if how.yaml and not how.inline])


def post_render(repository: Repository, tools: Tools, text: str, spec: Data) -> str:
    """A Helm release's output after one kustomize post-renderer."""
    with tempfile.NamedTemporaryFile("w", dir=repository.scratch, suffix=".yaml", delete=False) as stream:
        stream.write(text)
    built = _run(repository, tools, [stream.name], [], spec)
    return "---\n".join(document for document, _ in built)


def _run(
    repository: Repository, tools: Tools, resources: list[str], components: list[str], spec: Data
) -> list[tuple[str, str | None]]:
    """Wrap the resources in a kustomization of our own, so that the repository is only read.

    Flux writes the same fields into the folder's kustomization.yaml.
    """
    wrapper = Path(tempfile.mkdtemp(dir=repository.scratch))
    content: Data = {"buildMetadata": ["originAnnotations"]}
    if resources:
        content["resources"] = [os.path.relpath(path, wrapper) for path in resources]
    if components:
        content["components"] = [os.path.relpath(path, wrapper) for path in components]
    content |= _own_fields(spec)
    (wrapper / "kustomization.yaml").write_text(dump(content), encoding="utf-8")
    text = tools.kustomize(wrapper)
    return [_without_origin(document, wrapper, repository) for document in split(text)]


def _own_fields(spec: Data) -> Data:
    fields: Data = {}
    for ours, theirs in (
        ("namespace", "targetNamespace"),
        ("namePrefix", "namePrefix"),
        ("nameSuffix", "nameSuffix"),
        ("images", "images"),
    ):
        if spec.get(theirs):
            fields[ours] = spec[theirs]
    # Only what Flux knows of: a patch of kustomize's own could name a file.
    patches: list[Any] = [
        {key: patch[key] for key in ("patch", "target") if key in patch}
        for patch in spec.get("patches") or ()
        if isinstance(patch, dict)
    ]
    patches += [{"patch": dump(patch)} for patch in spec.get("patchesStrategicMerge") or ()]
    patches += [
        {"patch": dump(patch.get("patch")), "target": patch.get("target")}
        for patch in spec.get("patchesJson6902") or ()
    ]
    if patches:
        fields["patches"] = patches
    metadata = spec.get("commonMetadata") or {}
    if metadata.get("labels"):
        fields["labels"] = [{"pairs": metadata["labels"]}]
    if metadata.get("annotations"):
        fields["commonAnnotations"] = metadata["annotations"]
    return fields


def has_kustomization(folder: Path) -> bool:
    """Whether Flux takes a folder as its kustomization.yaml says, not all that lies in it."""
    return any((folder / name).is_file() for name in KUSTOMIZATION_FILES)


def _resources(folder: Path, repository: Repository) -> tuple[list[str], list[str]]:
    """The folder itself, or, where it has no kustomization.yaml, what Flux would list in one."""
    for name in KUSTOMIZATION_FILES:
        if (folder / name).is_file():
            listed = _parsed(folder / name, repository)
            component = isinstance(listed, dict) and listed.get("kind") == "Component"
            return ([], [str(folder)]) if component else ([str(folder)], [])
    found: list[str] = []
    for entry in sorted(folder.iterdir()):
        # An artifact has no links. (The view that is built from has links of its own.)
        if (repository.root / repository.relative(entry)).is_symlink():
            continue
        if entry.is_dir() and not entry.name.startswith("."):
            inner, _ = _resources(entry, repository)
            found += inner
        elif entry.is_file() and entry.suffix in {".yaml", ".yml"} and _holds_objects(entry, repository):
            found.append(str(entry))
    return found, []


def _holds_objects(file: Path, repository: Repository) -> bool:
    try:
        documents = load_all(file.read_text(encoding="utf-8"))
    except NotYaml as error:
        place = Place(repository.relative(file), error.line)
        raise Refused(f"the file cannot be parsed: {error.message}", place) from error
    return any(isinstance(document, dict) and "kind" in document for document in documents)


def _parsed(file: Path, repository: Repository) -> Any:
    try:
        return load_one(file.read_text(encoding="utf-8"))
    except NotYaml as error:
        place = Place(repository.relative(file), error.line)
        raise Refused(f"the file cannot be parsed: {error.message}", place) from error


_ANNOTATION = re.compile(rf"(?m)^    {re.escape(ORIGIN)}: \|-?\n(?:      .*\n?)+")


def _without_origin(document: str, wrapper: Path, repository: Repository) -> tuple[str, str | None]:
    match = _ANNOTATION.search(document)
    if match is None:
        return document, None
    path = re.search(r"(?m)^      path: (.+)$", match.group())
    rest = document[: match.start()] + document[match.end() :]
    # An `annotations:` that holds nothing more would be null.
    rest = re.sub(r"(?m)^  annotations:\n(?!    )", "", rest, count=1)
    if path is None or "repo:" in match.group():
        return rest, None
    return rest, repository.relative(wrapper / path.group(1).strip("'\""))
