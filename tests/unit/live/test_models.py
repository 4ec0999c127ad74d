"""The proof of the models: each way in which one can be wrong is named, with a fix."""

from __future__ import annotations

import hashlib

import pytest

from platformctl.errors import NotHealthy
from platformctl.live.kubernetes import Cluster
from platformctl.live.models import ModelReport, Registry, listing, repair, verified_note, verify
from platformctl.platform import WantedModel
from platformctl.steps import Silent
from tests.unit.live.api_server import ApiServer
from tests.unit.live.engine import BLOB, DIGEST, NAME, OTHER, Engine

WANTED = [WantedModel(NAME, DIGEST)]


def one(cluster: Cluster, wanted: list[WantedModel] = WANTED, *, deep: bool = False) -> ModelReport:
    (report,) = verify(cluster, wanted, deep=deep)
    return report


def test_a_model_that_is_right_is_proven(engine: Engine, cluster: Cluster) -> None:
    report = one(cluster, deep=True)
    assert report.ok, report.reason
    assert (report.present, report.blobs, report.hashed) == (DIGEST, 2, True)
    assert report.answered_seconds is not None
    assert report.loaded and report.loaded["context_length"] == 4096
    assert "POST /api/generate" in engine.asked


def test_the_pod_is_asked_itself_so_that_it_answers_before_it_is_ready(
    engine: Engine, server: ApiServer, cluster: Cluster
) -> None:
    one(cluster)
    proxied = {path.split("/proxy/")[0] for _, path, _, _ in server.requests if "/proxy/" in path}
    base = "/api/v1/namespaces/inference/pods/http:ollama-0"
    assert proxied == {f"{base}:11434", f"{base}:8080"}


def test_another_build_is_a_fault_and_is_not_asked_anything(engine: Engine, cluster: Cluster) -> None:
    engine.held = {NAME: OTHER}
    report = one(cluster)
    assert report.reason and "is another build: sha256:bbbbbbbbbbbb… is present" in report.reason
    assert report.fix and f"platformctl models repair {NAME}" in report.fix and "models lock" in report.fix
    assert "POST /api/generate" not in engine.asked


def test_any_build_will_do_when_none_is_locked(engine: Engine, cluster: Cluster) -> None:
    engine.held = {NAME: OTHER}
    assert one(cluster, [WantedModel(NAME, None)]).ok


def test_a_removed_model_is_missing_and_can_be_repaired(engine: Engine, cluster: Cluster) -> None:
    engine.held, engine.on_volume = {}, False
    report = one(cluster)
    assert report.reason == "is not there, though it was pulled once"
    assert report.fix and report.fix.startswith(f"platformctl models repair {NAME}")


def test_a_model_that_the_cluster_does_not_know_of_has_to_be_pushed(engine: Engine, cluster: Cluster) -> None:
    engine.on_volume = False
    report = one(cluster, [WantedModel("qwen3:0.6b", None)])
    assert report.reason and "does not know that it is wanted" in report.reason
    assert report.fix and "commit and push" in report.fix


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        ({"active": 1}, None, "is not there: Job ollama-pull-1 is pulling it"),
        ({}, None, "is not there: Job ollama-pull-1 has not run yet"),
        (
            {"failed": 1},
            "many lines\ngemma3:270m: file does not exist\n",
            "is not there: Job ollama-pull-1 failed: gemma3:270m: file does not exist",
        ),
        ({"succeeded": 1}, None, "is not there, though it was pulled once"),
    ],
)
def test_the_job_says_why_a_model_is_missing(
    engine: Engine,
    server: ApiServer,
    cluster: Cluster,
    status: dict[str, int],
    message: str | None,
    reason: str,
) -> None:
    engine.held, engine.on_volume = {}, False
    metadata = {"name": "ollama-pull-1", "namespace": "inference"}
    server.add({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "status": status})
    if message:
        ended = {"state": {"terminated": {"exitCode": 1, "message": message}}}
        server.add(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "ollama-pull-1-x", "namespace": "inference"},
                "status": {"containerStatuses": [ended]},
            }
        )
    assert one(cluster).reason == reason


def test_a_corrupt_blob_is_found_by_a_deep_look_alone(engine: Engine, cluster: Cluster) -> None:
    engine.bad = "does not match its name: its content is sha256:dddd"
    assert one(cluster).ok
    report = one(cluster, deep=True)
    assert report.reason and report.reason.startswith("blob sha256:cccccccccccc… does not match its name")
    assert [blob.digest for blob in report.bad_blobs] == [BLOB]
    assert report.fix and f"platformctl models repair {NAME}" in report.fix


def test_a_corrupt_blob_that_hides_the_model_is_named_as_the_cause(engine: Engine, cluster: Cluster) -> None:
    engine.held, engine.bad = {}, "does not match its name"
    report = one(cluster, deep=True)
    assert report.reason and report.reason.startswith("blob sha256:cccccccccccc…")
    shallow = one(cluster)
    assert shallow.reason and "one of its files is damaged" in shallow.reason
    assert shallow.fix and "models verify --deep" in shallow.fix


def test_files_that_were_not_checked_to_the_end_are_not_proven(engine: Engine, cluster: Cluster) -> None:
    engine.breaks_off = True
    report = one(cluster, deep=True)
    assert report.reason == "its files could not be checked: the sidecar broke off"
    assert report.fix and "POST /api/generate" not in engine.asked


def test_a_model_that_does_not_load_says_why(engine: Engine, cluster: Cluster) -> None:
    engine.refuse = "model requires more system memory (8 GiB) than is available"
    report = one(cluster)
    assert report.reason and "does not load or answer" in report.reason
    assert engine.refuse in report.reason
    assert report.fix and "kubectl logs" in report.fix


def test_no_pod_is_said_as_such(server: ApiServer, cluster: Cluster) -> None:
    server.upstream = lambda *_: (404, b'{"kind": "Status", "message": "pods \\"ollama-0\\" not found"}')
    with pytest.raises(NotHealthy, match="no pod ollama-0 in namespace inference"):
        verify(cluster, WANTED)
    with pytest.raises(NotHealthy, match="no pod ollama-0 in namespace inference"):
        repair(cluster, NAME, Silent())


def test_a_registry_that_is_away_is_a_note(engine: Engine, cluster: Cluster) -> None:
    (report,) = verify(cluster, WANTED, Registry("http://127.0.0.1:1"))
    assert report.ok and report.registry is None
    assert "does not answer" in report.notes[0]


def test_a_registry_that_serves_another_build_is_a_note(
    engine: Engine, server: ApiServer, cluster: Cluster
) -> None:
    manifest = b'{"made": "by hand"}'
    server.objects["/v2/library/gemma3/manifests/270m"] = {}
    server.answer = lambda method, path, query, body: (  # type: ignore[method-assign]
        (200, manifest) if path.startswith("/v2/") else ApiServer.answer(server, method, path, query, body)
    )
    (report,) = verify(cluster, WANTED, Registry(cluster.server))
    assert report.registry == f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    assert report.ok and "serves another build" in report.notes[0]
    (report,) = verify(cluster, [WantedModel(NAME, None)], Registry(cluster.server))
    assert report.ok and "not locked" in report.notes[0]


def test_the_list_names_what_is_there_and_not_wanted(engine: Engine, cluster: Cluster) -> None:
    engine.held["old:1"] = OTHER
    wanted, extra = listing(cluster, WANTED, Registry("http://127.0.0.1:1"))
    assert wanted.in_git and wanted.present == DIGEST and wanted.loaded
    assert (extra.name, extra.in_git, extra.present) == ("old:1", False, OTHER)
    assert "POST /api/generate" not in engine.asked


def test_a_name_without_a_tag_means_latest(engine: Engine, cluster: Cluster) -> None:
    engine.held = {"gemma3:latest": DIGEST}
    assert one(cluster, [WantedModel("gemma3", DIGEST)]).ok


def test_up_gets_a_note_or_the_first_fault(engine: Engine, cluster: Cluster) -> None:
    assert verified_note(cluster, WANTED, Silent()) == f"{NAME}  253 MB  sha256:aaaaaaaaaaaa…  loaded"
    engine.refuse = "out of memory"
    with pytest.raises(NotHealthy, match=f"{NAME} does not load or answer: out of memory") as caught:
        verified_note(cluster, WANTED, Silent())
    assert caught.value.fix


def test_repair_asks_the_sidecar_and_says_why_it_failed(engine: Engine, cluster: Cluster) -> None:
    repair(cluster, NAME, Silent())
    assert engine.asked == [f"POST /repair?model={NAME.replace(':', '%3A')}"]
    engine.repaired = {"ok": False, "reason": "file does not exist"}
    with pytest.raises(NotHealthy, match="could not be pulled: file does not exist"):
        repair(cluster, NAME, Silent())
    with pytest.raises(NotHealthy, match="does not want qwen3:1b"):
        repair(cluster, "qwen3:1b", Silent())


@pytest.mark.parametrize(
    ("name", "url", "expected"),
    [
        ("gemma3:270m", "http://r:5000", "http://r:5000/v2/library/gemma3/manifests/270m"),
        ("ada/bot", "http://r:5000", "http://r:5000/v2/ada/bot/manifests/latest"),
        ("hf.co/ada/bot:Q4", "http://r:5000", "https://hf.co/v2/ada/bot/manifests/Q4"),
        ("gemma3:270m", "", "https://registry.ollama.ai/v2/library/gemma3/manifests/270m"),
    ],
)
def test_where_a_manifest_is_served(name: str, url: str, expected: str) -> None:
    assert Registry(url).manifest_url(name) == expected
