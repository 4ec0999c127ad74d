"""Access to a cluster: what goes over the wire, and what comes back when something is missing."""

from __future__ import annotations

import base64
import json
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from platformctl.errors import ConfigError, NotHealthy, Unreachable
from platformctl.live.connection import Refused
from platformctl.live.endpoint import Endpoint
from platformctl.live.kinds import JOB, KUSTOMIZATION, NAMESPACE, POD
from platformctl.live.kubernetes import Cluster
from tests.unit.live.api_server import ApiServer


def pod(name: str, namespace: str = "a") -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace}}


def test_get_returns_the_object_or_none(server: ApiServer, cluster: Cluster) -> None:
    server.add(pod("x"))
    assert cluster.get(POD, "x", "a") == pod("x")
    assert cluster.get(POD, "y", "a") is None
    assert cluster.get(KUSTOMIZATION, "flux-system", "flux-system") is None


def test_a_list_goes_through_all_pages_and_names_kind_and_version(
    server: ApiServer, cluster: Cluster
) -> None:
    for number in range(5):
        server.add(pod(f"x{number}"))
    server.add(pod("other", "b"))
    assert cluster.list(POD, "a") == [pod(f"x{number}") for number in range(5)]
    assert len(cluster.list(POD)) == 6
    assert cluster.list(KUSTOMIZATION) == []


def test_a_kind_that_comes_while_we_run_is_found(server: ApiServer, cluster: Cluster) -> None:
    assert not cluster.serves(KUSTOMIZATION)
    server.kinds["/apis/kustomize.toolkit.fluxcd.io/v1"] = {"Kustomization": ("kustomizations", True)}
    assert cluster.serves(KUSTOMIZATION)


def test_apply_is_a_forced_server_side_apply(server: ApiServer, cluster: Cluster) -> None:
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "chat"}}
    assert cluster.apply(manifest) == manifest
    method, path, query, body = server.requests[-1]
    assert (method, path) == ("PATCH", "/api/v1/namespaces/chat")
    assert query == {"fieldManager": ["platformctl"], "force": ["true"]}
    assert json.loads(body) == manifest


def test_a_cluster_wide_kind_ignores_the_namespace(server: ApiServer, cluster: Cluster) -> None:
    cluster.get(NAMESPACE, "chat", "elsewhere")
    assert server.requests[-1][1] == "/api/v1/namespaces/chat"


def test_delete_says_whether_there_was_something(server: ApiServer, cluster: Cluster) -> None:
    server.add({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j", "namespace": "a"}})
    assert cluster.delete(JOB, "j", "a")
    assert server.requests[-1][2] == {"propagationPolicy": ["Background"]}
    assert not cluster.delete(JOB, "j", "a")


def test_the_server_s_reason_reaches_the_user(cluster: Cluster) -> None:
    with pytest.raises(Refused, match="knows no Kustomization") as caught:
        cluster.patch(KUSTOMIZATION, "x", "a", {})
    assert caught.value.status == 404


@pytest.mark.parametrize("status", [429, 500, 503])
def test_server_that_cannot_answer_now_is_away(server: ApiServer, cluster: Cluster, status: int) -> None:
    cluster.serves(POD)
    server.failing[:] = [status]
    with pytest.raises(Unreachable, match=f"is away: it answers {status}: etcd is starting"):
        cluster.list(POD)
    assert cluster.list(POD) == []


def test_refusal_that_stays_is_no_absence(server: ApiServer, cluster: Cluster) -> None:
    cluster.serves(POD)
    server.failing[:] = [409]
    with pytest.raises(Refused, match="etcd is starting") as caught:
        cluster.list(POD)
    assert caught.value.status == 409


def test_wait_returns_when_it_holds_and_names_what_is_missing(server: ApiServer, cluster: Cluster) -> None:
    server.add(pod("x"))
    assert cluster.wait(POD, "x", "a", lambda found: found is not None, what="there", seconds=5) == pod("x")
    with pytest.raises(NotHealthy, match="Pod/a/y is not there after 0 s"):
        cluster.wait(POD, "y", "a", lambda found: found is not None, what="there", seconds=0)


def test_a_request_goes_through_the_proxy_with_its_status(server: ApiServer, cluster: Cluster) -> None:
    def upstream(method: str, path: str, body: object) -> tuple[int, bytes]:
        return 418, json.dumps([method, path, body]).encode()

    server.upstream = upstream
    answer = cluster.http("POST", Endpoint("inference", "ollama", "http"), "/api/generate", body={"a": 1})
    assert (answer.status, answer.ok, answer.json()) == (418, False, ["POST", "/api/generate", {"a": 1}])
    asked = server.requests[-1][1]
    assert asked == "/api/v1/namespaces/inference/services/http:ollama:http/proxy/api/generate"


def test_lines_come_while_the_server_still_writes(server: ApiServer, cluster: Cluster) -> None:
    written: list[int] = []
    seen = threading.Event()

    def upstream(method: str, path: str, body: object) -> tuple[int, Iterator[bytes]]:
        def pieces() -> Iterator[bytes]:
            for number in range(3):
                written.append(number)
                yield b'{"n": %d}\n' % number
                if number == 0:
                    seen.wait(10)

        return 200, pieces()

    server.upstream = upstream
    lines = cluster.http_lines("GET", Endpoint("a", "p", 1, "pods"), "/x")
    assert next(lines) == '{"n": 0}'
    assert written == [0]
    seen.set()
    assert list(lines) == ['{"n": 1}', '{"n": 2}']


def test_a_stream_that_is_refused_says_what_the_server_said(server: ApiServer, cluster: Cluster) -> None:
    server.upstream = lambda *_: (503, b'{"kind": "Status", "message": "no endpoints available"}')
    with pytest.raises(Refused, match="answers 503: no endpoints available") as caught:
        list(cluster.http_lines("GET", Endpoint("a", "s", 80), "/x"))
    assert caught.value.status == 503


def test_no_kubeconfig_and_no_server_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no kubeconfig"):
        Cluster.connect(tmp_path / "none")
    config = tmp_path / "config"
    config.write_text(
        "{current-context: c, contexts: [{name: c, context: {cluster: c, user: u}}],"
        ' users: [{name: u, user: {}}], clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]}'
    )
    with pytest.raises(Unreachable, match="does not answer"):
        Cluster.connect(config)
    with pytest.raises(ConfigError, match='no context "other"; there are: c'):
        Cluster.connect(config, "other")


def test_no_copy_of_the_key_stays_behind(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    loaded = json.loads(server.kubeconfig.read_text())
    loaded["users"][0]["user"] = {"client-key-data": base64.b64encode(b"secret key").decode()}
    server.kubeconfig.write_text(json.dumps(loaded))
    with Cluster.connect(server.kubeconfig):
        assert list(copies.iterdir()) == []
