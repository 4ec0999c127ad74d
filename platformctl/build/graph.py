"""Following a cluster's graph the way Flux does: Kustomizations, what they build, and the releases in it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from platformctl.build.causes import Unbuildable
from platformctl.build.confinement import Refused, Remote
from platformctl.build.documents import Data, NotYaml, load_all, load_one
from platformctl.build.envsubst import NAME, SubstitutionError, substitute
from platformctl.build.helm import Chart, ChartMissing, release_namespace, template
from platformctl.build.kustomize import has_kustomization, kustomize
from platformctl.build.namespaces import in_namespace, with_known_scopes
from platformctl.build.objects import (
    Object,
    ObjectId,
    Origin,
    Place,
    is_flux_kustomization,
    is_release,
)
from platformctl.build.packaged_charts import ChartFolders, PackagedCharts
from platformctl.build.repository import Repository, clamped, missing_bootstrap_files, opened
from platformctl.build.result import Build, BuildProblem, Undefined
from platformctl.build.sops import encryption, without_metadata
from platformctl.build.sources import local_chart, source_is_here
from platformctl.build.submodules import submodules_in
from platformctl.build.tools import ToolError, Tools
from platformctl.build.unmade_secrets import unmade_secrets
from platformctl.build.values import ValuesError, release_values, text_data

ROOT = ObjectId("Kustomization", "flux-system", "flux-system")
"""The Kustomization that `flux bootstrap` makes: it applies the cluster's own folder."""

SOURCE = ObjectId("GitRepository", "flux-system", "flux-system")
"""The source that `flux bootstrap` makes: this repository."""

_STAND_IN = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, prune: true}
"""
"""A gotk-sync.yaml before bootstrap, so that kustomize says what the patches make of it."""

SUBSTITUTE = "kustomize.toolkit.fluxcd.io/substitute"

_T = TypeVar("_T")
_R = TypeVar("_R")


def build(root: Path, folder: str, tools: Tools, charts: ChartFolders | None = None, jobs: int = 4) -> Build:
    """Build all that Flux would apply from ``folder``, a path in the repository ``root``.

    Releases whose chart is neither in the repository nor in ``charts`` are left out.
    What fails is in ``problems``, never an exception; ToolMissing is raised where a program cannot start.
    """
    result = Build(root, folder, submodules=submodules_in(root))
    missing = missing_bootstrap_files(root, folder)
    if missing:
        result.notes.append(f"{' and '.join(missing)} will be written by bootstrap; taken as empty")
    stand_ins = {file: _STAND_IN if file == _sync(folder) else "" for file in missing}
    secrets = unmade_secrets(root, folder)
    if secrets:
        result.notes.append("the cluster's machine makes the values of secrets; their keys are known")
    with opened(root, stand_ins | secrets) as repository, ThreadPoolExecutor(jobs) as pool:
        _Walk(result, repository, tools, PackagedCharts(charts, repository.scratch), pool).run()
    result.objects = with_known_scopes(result.objects)
    result.idle = _idle(result)
    return result


class _Walk:
    def __init__(
        self,
        result: Build,
        repository: Repository,
        tools: Tools,
        charts: PackagedCharts,
        pool: ThreadPoolExecutor,
    ) -> None:
        self.result = result
        self.repository = repository
        self.tools = tools
        self.charts = charts
        self.pool = pool
        self.known: dict[ObjectId, Object] = {}
        self.kustomizations: list[Object] = []
        self.releases: list[Object] = []
        self.seen = {ROOT}

    def run(self) -> None:
        self._add(self._before_bootstrap(self._kustomization(_root(self.result), self.result.folder)))
        while self.kustomizations or self.releases:
            ready = [item for item in self.kustomizations if self._variables_known(item)]
            # Where variables are nowhere in the repository, Flux has them from elsewhere, or fails: go on.
            ready = ready or self.kustomizations
            if ready:
                self.kustomizations = [item for item in self.kustomizations if item not in ready]
                self._all(self._flux_kustomization, ready)
            else:
                ready, self.releases = self.releases, []
                self._all(self._release, ready)

    def _before_bootstrap(self, objects: list[Object]) -> list[Object]:
        """Without the stand-ins, of which the source is kept aside."""
        sources = [item for item in objects if item.id == SOURCE]
        self.result.source = sources[0] if sources else None
        return [item for item in objects if item.origin.file not in self.repository.stand_ins]

    def _all(self, work: Callable[[Object], list[Object]], items: list[Object]) -> None:
        for found in self.pool.map(work, items):
            self._add(found)

    def _add(self, objects: Iterable[Object]) -> None:
        for item in objects:
            self.result.objects.append(item)
            self.known.setdefault(item.id, item)
            if item.id in self.seen:
                continue
            if is_flux_kustomization(item):
                self.seen.add(item.id)
                if self._followed(item):
                    self.kustomizations.append(item)
            elif is_release(item):
                self.seen.add(item.id)
                if self._followed(item):
                    self.releases.append(item)

    def _followed(self, item: Object) -> bool:
        if item.spec.get("suspend"):
            return self._leave_out(item, "is suspended")
        if item.spec.get("kubeConfig"):
            return self._leave_out(item, "goes to another cluster")
        return True

    def _leave_out(self, item: Object, why: str) -> bool:
        self.result.left_out.append(item)
        self.result.notes.append(f"{item.id} {why}: left out")
        return False

    def _problem(self, code: str, error: Exception, item: Object | None) -> list[Object]:
        if isinstance(error, Unbuildable):
            self.result.problems += [
                BuildProblem(code, cause.message, item, cause.place, cause.field, cause.known, cause.missing)
                for cause in error.causes
            ]
            return []
        place = error.where if isinstance(error, Refused) else None
        code = "build/remote" if isinstance(error, Remote) else code
        self.result.problems.append(BuildProblem(code, str(error), item, place))
        return []

    # Kustomizations

    def _flux_kustomization(self, item: Object) -> list[Object]:
        if not source_is_here(item.spec.get("sourceRef") or {}, item.namespace, self.result.objects):
            self._leave_out(item, "reads another repository")
            return []
        return self._kustomization(item, clamped(str(item.spec.get("path") or ".")))

    def _kustomization(self, item: Object, path: str) -> list[Object]:
        is_root = item.id == ROOT
        try:
            built = kustomize(self.repository, self.tools, path, item.spec)
        except ToolError as error:
            return self._problem("build/kustomize", error, None if is_root else item)
        self.result.files[item.id] = built.files
        loose = not has_kustomization(self.repository.view / path)
        if loose:
            self.result.loose[item.id] = path
        variables, active = self._variables(item)
        objects = []
        for text, file in built.documents:
            origin = Origin(file, None if is_root else item.id)
            try:
                found = self._substituted(text, origin, item, variables if active else None)
            except (SubstitutionError, NotYaml) as error:
                self._problem("build/substitution", _located(error, file), item)
                continue
            if found is not None:
                objects.append(found)
        if loose and (patch := next(filter(_only_a_patch, objects), None)):
            message = f"the file is missing, so Flux takes {patch.origin.file} for an object, not for a patch"
            return self._problem(
                "build/kustomize", Refused(message, Place(f"{path}/kustomization.yaml", 0)), item
            )
        return objects

    def _substituted(
        self, text: str, origin: Origin, kustomization: Object, variables: dict[str, str] | None
    ) -> Object | None:
        data = _loaded(text)
        if not isinstance(data, dict):
            return None
        plain = Object(data, origin)
        if variables is None or "$" not in text or _substitution_is_off(plain):
            return plain
        replaced, undefined = substitute(text, variables)
        data = _loaded(replaced)
        if not isinstance(data, dict):
            return None
        final = Object(data, origin)
        self.result.undefined += [Undefined(name, final, kustomization) for name in sorted(undefined)]
        return final

    def _references(self, item: Object) -> list[tuple[ObjectId, bool]]:
        post_build = item.spec.get("postBuild") or {}
        return [
            (
                ObjectId(str(reference.get("kind")), item.namespace, str(reference.get("name"))),
                bool(reference.get("optional")),
            )
            for reference in post_build.get("substituteFrom") or ()
        ]

    def _variables_known(self, item: Object) -> bool:
        return all(reference in self.known for reference, _ in self._references(item))

    def _variables(self, item: Object) -> tuple[dict[str, str], bool]:
        """The variables, and whether Flux substitutes at all (it does not without a single variable).

        Where a referenced object is not in the repository its variables are unknown: then nothing is
        substituted, so that no value is made up.
        """
        variables: dict[str, str] = {}
        for reference, optional in self._references(item):
            found = self.known.get(reference)
            if found is not None:
                variables |= text_data(found)
            elif not optional:
                self.result.notes.append(
                    f"{item.id} takes variables from {reference}, which is not in the repository: "
                    "not substituted"
                )
                return {}, False
        inline = (item.spec.get("postBuild") or {}).get("substitute") or {}
        variables |= {str(key): str(value) for key, value in inline.items()}
        for name in variables:
            if not NAME.match(name):
                self._problem(
                    "build/substitution", ValuesError(f'"{name}" cannot be the name of a variable'), item
                )
        return {key: value.replace("\n", "") for key, value in variables.items()}, bool(variables)

    # Releases

    def _release(self, item: Object) -> list[Object]:
        try:
            chart = local_chart(item, self.result.objects, self.charts)
        except ValuesError as error:
            return self._problem("build/helm", error, item)
        if not isinstance(chart, Chart):
            self._leave_out(item, f"is not rendered, {chart}")
            return []
        try:
            values, notes = release_values(item, self.known.get)
            self.result.notes += [f"{item.id} takes {note}" for note in notes]
            if not chart.packaged:
                self.result.files[item.id] = [
                    f"{chart.path}/Chart.yaml",
                    f"{chart.path}/values.yaml",
                    *chart.values_files,
                ]
            documents = template(self.repository, self.tools, item, chart, values, self._api_versions())
        except ValuesError as error:
            return self._problem("build/values", error, item)
        except (ChartMissing, Refused) as error:
            return self._problem("build/chart", error, item)
        except ToolError as error:
            return self._problem("build/helm", error, item)
        objects = []
        for text, file in documents:
            try:
                data = load_one(text)
            except NotYaml as error:
                self._problem("build/helm", _located(error, file), item)
                continue
            if isinstance(data, dict):
                origin = Origin(file, item.origin.kustomization, item.id)
                objects.append(in_namespace(Object(data, origin), release_namespace(item)))
        return objects

    def _api_versions(self) -> list[str]:
        """The group/version/Kind of every CRD so far, for charts that ask for them."""
        return sorted(
            f"{item.get('spec', 'group')}/{version.get('name')}/{item.get('spec', 'names', 'kind')}"
            for item in self.result.of("CustomResourceDefinition")
            for version in item.spec.get("versions") or ()
        )


def _idle(result: Build) -> list[str]:
    read = {path for files in result.files.values() for path in files}
    folders = (entry for entry in (result.root / result.folder).iterdir() if has_kustomization(entry))
    names = (folder.relative_to(result.root).as_posix() for folder in folders)
    return sorted(name for name in names if name not in read)


def _sync(folder: str) -> str:
    return f"{folder}/flux-system/gotk-sync.yaml"


def _root(result: Build) -> Object:
    """The Kustomization that bootstrap wrote; before bootstrap it is only the folder."""
    sync = _sync(result.folder)
    with contextlib.suppress(OSError, NotYaml):
        for data in load_all((result.root / sync).read_text(encoding="utf-8")):
            item = Object(data if isinstance(data, dict) else {}, Origin(sync))
            if is_flux_kustomization(item) and item.id == ROOT:
                return item
    metadata = {"name": ROOT.name, "namespace": ROOT.namespace}
    return Object({"kind": ROOT.kind, "metadata": metadata, "spec": {}}, Origin(None))


def _loaded(text: str) -> Any:
    """A document as Flux applies it; what SOPS encrypted stays so."""
    data = load_one(text)
    return without_metadata(data) if encryption(data) else data


def _located(error: Exception, file: str | None) -> ValuesError:
    return ValuesError(f"{file}: {error}" if file else str(error))


def _only_a_patch(item: Object) -> bool:
    return is_release(item) and not (item.spec.get("chart") or item.spec.get("chartRef"))


def _substitution_is_off(item: Object) -> bool:
    labels: Data = item.metadata.get("labels") or {}
    annotations: Data = item.metadata.get("annotations") or {}
    return "disabled" in (labels.get(SUBSTITUTE), annotations.get(SUBSTITUTE))
