"""Compares what Git wants with what is there, and proves it: digests, files, and a generation."""

from __future__ import annotations

import time
from collections.abc import Sequence

from platformctl.errors import NotHealthy, PlatformctlError, Unreachable
from platformctl.live.connection import Refused
from platformctl.live.kubernetes import Cluster
from platformctl.live.models.engine import Engine, Held
from platformctl.live.models.registry import Registry
from platformctl.live.models.report import BadBlob, ModelReport, short
from platformctl.platform import WantedModel
from platformctl.steps import Silent, Task


def listing(kube: Cluster, wanted: Sequence[WantedModel], registry: Registry) -> list[ModelReport]:
    """What is wanted, present and served; then what is present and not wanted. Nothing is proven.

    A missing model and a wrong digest are faults here too.
    """
    engine = Engine(kube)
    held, loaded = engine.held(), engine.loaded()
    reports = _compared(engine, held, wanted, registry)
    for report in reports:
        report.loaded = loaded.get(_listed(report.name))
    known = {_listed(model.name) for model in wanted}
    extra = [
        ModelReport(name, in_git=False, present=one.digest, size=one.size, loaded=loaded.get(name))
        for name, one in sorted(held.items())
        if name not in known
    ]
    return reports + extra


def verify(
    kube: Cluster,
    wanted: Sequence[WantedModel],
    registry: Registry | None = None,
    *,
    deep: bool = False,
    task: Task | None = None,
) -> list[ModelReport]:
    """Prove each wanted model: digest, files (``deep``: hashed), and a generation now.

    Without a registry its digests are left out. Raises NotHealthy when the engine itself does not run.
    """
    task = task or Silent()
    engine = Engine(kube)
    reports = _compared(engine, engine.held(), wanted, registry)
    for report in reports:
        # The files first: a damaged configuration hides a model from the engine's list.
        _check_files(engine, report, deep, task)
        if report.ok:
            _check_answer(engine, report, task)
    loaded = engine.loaded()
    for report in reports:
        report.loaded = loaded.get(_listed(report.name))
    return reports


def verified_note(kube: Cluster, wanted: Sequence[WantedModel], task: Task) -> str:
    """Prove the wanted models without their registry, and say in a few words what they are.

    Raises NotHealthy with the first that is not what Git says.
    """
    reports = verify(kube, wanted, task=task)
    for report in reports:
        if report.reason:
            raise NotHealthy(f"{report.name} {report.reason}", fix=report.fix)
    return ", ".join(
        f"{report.name}  {(report.size or 0) / 1e6:.0f} MB  {short(report.present or '')}  loaded"
        for report in reports
    )


def repair(kube: Cluster, name: str, task: Task) -> None:
    """Have the sidecar remove a model with its files and pull it again.

    Raises NotHealthy when the cluster does not want such a model, or with the reason why the pull failed.
    """
    ok, reason = False, "the sidecar broke off"
    try:
        for event in Engine(kube).repair(_listed(name)):
            if "ok" in event:
                ok, reason = event["ok"], event.get("reason", reason)
            elif event.get("total"):
                task.update(completed=event["completed"], total=event["total"], detail=event["status"])
            else:
                task.update(detail=event["status"])
    except Refused as error:
        if error.status != 404:
            raise
        raise NotHealthy(
            f"the cluster does not want {name}", place=error.place, fix="platformctl models list"
        ) from error
    if not ok:
        raise NotHealthy(f"{name} could not be pulled: {reason}", fix="platformctl status")
    task.done(f"{name} pulled again")


def _listed(name: str) -> str:
    """The name as Ollama lists it: always with a tag."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _compared(
    engine: Engine, held: dict[str, Held], wanted: Sequence[WantedModel], registry: Registry | None
) -> list[ModelReport]:
    reports = []
    known: dict[str, str | None] | None = None
    for model in wanted:
        report = ModelReport(model.name, wanted=model.digest)
        found = held.get(_listed(model.name))
        if found is not None:
            report.present, report.size = found.digest, found.size
        if found is None:
            known = engine.wanted_by_cluster() if known is None else known
            _say_missing(engine, report, known)
        elif model.digest and found.digest != model.digest:
            report.fails(
                f"is another build: {short(found.digest)} is present, Git wants {short(model.digest)}",
                f"platformctl models repair {model.name}   (pulls the wanted one);"
                " to accept another build: platformctl models lock",
            )
        if registry is not None:
            _ask_registry(report, registry)
        reports.append(report)
    return reports


def _say_missing(engine: Engine, report: ModelReport, known: dict[str, str | None]) -> None:
    if _listed(report.name) not in known:
        report.fails(
            "is not there, and the cluster does not know that it is wanted",
            "platformctl render, commit and push; Flux does the rest",
        )
        return
    trouble = engine.pull_trouble()
    report.fails(
        f"is not there: {trouble}" if trouble else "is not there, though it was pulled once",
        f"platformctl models repair {report.name}   (pulls it now, and shows why if it cannot)",
    )


def _ask_registry(report: ModelReport, registry: Registry) -> None:
    try:
        report.registry = registry.digest(report.name)
    except (Unreachable, NotHealthy) as error:
        report.notes.append(f"{error.message} ({error.place})")
        return
    if report.wanted is None:
        report.notes.append("its digest is not locked: platformctl models lock")
    elif report.registry != report.wanted:
        report.notes.append(
            f"the registry now serves another build, {short(report.registry)}: a new pull will fail;"
            " to accept it: platformctl models lock"
        )


def _check_files(engine: Engine, report: ModelReport, deep: bool, task: Task) -> None:
    repair_it = f"platformctl models repair {report.name}   (removes the file, pulls it again)"
    trouble, ended = None, False
    try:
        for event in engine.verify_files(_listed(report.name), deep=deep):
            if "blobs" in event:
                report.blobs, report.hashed = event["blobs"], deep
            elif "completed" in event:
                detail = f"{report.name}  hashing {short(event['blob'])}"
                task.update(completed=event["completed"], total=event["total"], detail=detail)
            elif "blob" in event and not event["ok"]:
                report.bad_blobs.append(BadBlob(event["blob"], event["reason"]))
            elif event.get("done"):
                trouble, ended = event.get("reason"), True
    except PlatformctlError as error:
        report.fails(f"its files could not be checked: {error.message}", "platformctl status")
        return
    if not ended:
        report.fails("its files could not be checked: the sidecar broke off", "platformctl status")
    if report.blobs and report.present is None and not report.bad_blobs:
        report.reason = "is on the volume, and the engine does not list it, so one of its files is damaged"
        report.fix = f"platformctl models verify --deep   (says which), or: {repair_it}"
    if report.bad_blobs:
        worst = report.bad_blobs[0]
        more = f", and {len(report.bad_blobs) - 1} more" if len(report.bad_blobs) > 1 else ""
        # This is the cause even when the model seems to be missing: a bad blob can hide it.
        report.reason = f"blob {short(worst.digest)} {worst.reason.partition(': ')[0]}{more}"
        report.fix = repair_it
    elif trouble and report.ok:
        report.fails(trouble, repair_it)


def _check_answer(engine: Engine, report: ModelReport, task: Task) -> None:
    task.update(detail=f"{report.name}  answering")
    start = time.monotonic()
    try:
        engine.generate(report.name)
    except (NotHealthy, Unreachable) as error:
        report.fails(
            f"does not load or answer: {error.message}",
            "platformctl models verify --deep; if its files are whole:"
            " kubectl logs -n inference ollama-0 -c ollama",
        )
        return
    report.answered_seconds = time.monotonic() - start
