"""The image registry with real daemons, on loopback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from platformctl.errors import StepFailed
from platformctl.local import registry
from platformctl.local.images.containerfile import Built
from platformctl.local.images.distribution import Distribution
from platformctl.local.images.image import Image, Runtime
from platformctl.local.images.images import Images
from platformctl.local.images.layer import File
from platformctl.local.images.model import OllamaModel, model_name
from platformctl.local.images.name import ImageName
from platformctl.local.images.packed import Packed
from platformctl.local.node.daemons import Binaries
from platformctl.local.paths import Paths
from platformctl.local.ports import free_port
from platformctl.local.toolchain import Toolchain
from platformctl.steps import Silent

from .served import running

pytestmark = pytest.mark.cluster

BASE = ImageName.parse("docker.io/library/base:1")
TOP = ImageName.parse("ghcr.io/platformctl/top:1")


@pytest.fixture
def folders(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "cache", tmp_path / "state")


def images(folders: Paths, context: Path) -> Images:
    """A base with the machine's own static shell, and an image that is built on it by buildah."""
    shell = shutil.which("busybox") or "/bin/busybox"
    base = Packed(lambda: [File("/bin/sh", Path(shell), 0o755)], Runtime(environment={"PATH": "/bin"}))
    return Images(folders, [Image(BASE, base), Image(TOP, Built(context, context / "Containerfile"))])


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Containerfile").write_text(
        f"FROM {BASE} AS build\n"
        "RUN ls /dev/build-machine && echo built > /result\n"
        f"FROM {BASE}\nCOPY --from=build /result /result\nENV OWN=1\nUSER 1000\n"
    )
    return folder


def test_an_image_is_built_once_shares_its_base_and_keeps_no_trace_of_the_machine(
    folders: Paths, context: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "trace.example")
    text = (context / "Containerfile").read_text()
    (context / "Containerfile").write_text(
        text.replace("RUN ls", 'RUN test "$NO_PROXY" = trace.example && ls')
    )
    served = images(folders, context)
    assert served.ensure(Silent()) == "2 built, 2 served"
    assert served.missing() == []
    assert served.ensure(Silent()) == "2 served"
    with registry.serving(folders.cache, folders.logs) as url, Distribution(url) as target:
        base = target.manifest(BASE.repository, BASE.tag).json()
        top = target.manifest(TOP.repository, TOP.tag)
        config = json.loads(target.blob(TOP.repository, top.json()["config"]["digest"]))
        assert top.json()["layers"][0] == base["layers"][0]
        for layer in top.json()["layers"]:
            assert httpx.head(f"{url}/v2/{TOP.repository}/blobs/{layer['digest']}").status_code == 200
    assert config["config"]["Env"] == ["PATH=/bin", "OWN=1"]
    assert config["config"]["User"] == "1000"
    assert "trace.example" not in json.dumps(config)
    assert not (folders.cache / "buildah/lent").exists()
    assert str(folders.cache) not in Path("/proc/mounts").read_text()


def test_a_failed_build_names_its_log(folders: Paths, context: Path) -> None:
    (context / "Containerfile").write_text(f"FROM {BASE}\nRUN echo why-it-failed && exit 3\n")
    with pytest.raises(StepFailed, match=r"building ghcr\.io/platformctl/top:1 failed") as caught:
        images(folders, context).ensure(Silent())
    assert caught.value.log is not None
    assert "why-it-failed" in caught.value.log.read_text()
    assert str(folders.cache) not in Path("/proc/mounts").read_text()
    assert not any((folders.cache / "buildah/storage/overlay-containers").glob("*/userdata"))


def test_the_clusters_registry_and_a_short_one_serve_one_storage(folders: Paths, context: Path) -> None:
    port = free_port()
    with running(
        registry.service(folders.cache, folders.config, "127.0.0.1", port=port), folders.cache.parent / "log"
    ):
        images(folders, context).ensure(Silent())
        with Distribution(f"http://127.0.0.1:{port}") as target:
            assert target.digest(TOP.repository, TOP.tag) == images(folders, context).digests()[str(TOP)]


def test_the_clusters_registry_is_pulled_from_and_takes_nothing(folders: Paths, context: Path) -> None:
    """Every pod reaches it: what one could push would run with all rights at the next start."""
    served = images(folders, context)
    served.ensure(Silent())
    port = free_port()
    service = registry.service(folders.cache, folders.config, "127.0.0.1", port=port)
    with (
        running(service, folders.cache.parent / "log"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}/v2/{TOP.repository}", trust_env=False) as client,
        Distribution(f"http://127.0.0.1:{port}") as target,
    ):
        good = target.manifest(TOP.repository, TOP.tag)
        config = good.json()["config"]["digest"]
        assert target.blob(TOP.repository, config)
        headers = {"Content-Type": good.media_type}
        for refused in (
            client.put(f"/manifests/{TOP.tag}", content=good.body, headers=headers),
            client.put("/manifests/new", content=good.body, headers=headers),
            client.post("/blobs/uploads/"),
            client.post(f"/blobs/uploads/?mount={config}&from={BASE.repository}"),
            client.delete(f"/manifests/{good.digest}"),
            client.delete(f"/blobs/{config}"),
        ):
            assert refused.status_code == 405, f"{refused.request.method}: {refused.text}"
        assert target.digest(TOP.repository, "new") is None
    assert served.missing() == []


def test_a_damaged_blob_is_made_again_and_an_unused_image_goes(folders: Paths, context: Path) -> None:
    served = images(folders, context)
    served.ensure(Silent())
    damaged = blobs_of(folders, TOP)[-1]
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert served.missing() == [str(TOP)]
    assert served.ensure(Silent()) == "1 built, 2 served"
    assert served.missing() == []

    before = set(blobs_of(folders, TOP))
    with (context / "Containerfile").open("a") as file:
        file.write("COPY --from=build /result /another\n")
    assert images(folders, context).ensure(Silent()) == "1 built, 2 served"
    only_before = before - set(blobs_of(folders, TOP))
    assert only_before and all(blob.exists() for blob in only_before), "kept, should the change be taken back"

    in_use = set(images(folders, context).digests().values())
    for link in registry.storage(folders.cache).rglob("inputs-*/current/link"):
        os.utime(link, (0, 0))
    assert images(folders, context).ensure(Silent()) == "2 served"
    assert not any(blob.exists() for blob in only_before)
    assert images(folders, context).missing() == []
    assert set(images(folders, context).digests().values()) == in_use
    revisions = registry.storage(folders.cache).rglob("revisions/sha256/*/link")
    assert {link.read_text() for link in revisions} == in_use


def blobs_of(folders: Paths, name: ImageName) -> list[Path]:
    """The files of an image's configuration and layers, the topmost layer last."""
    with registry.serving(folders.cache, folders.logs) as url, Distribution(url) as target:
        manifest = target.manifest(name.repository, name.tag).json()
    digests = [one["digest"][7:] for one in (manifest["config"], *manifest["layers"])]
    blobs = registry.storage(folders.cache) / "docker/registry/v2/blobs/sha256"
    return [blobs / digest[:2] / digest / "data" for digest in digests]


def test_ollama_pulls_the_model_and_its_digest_is_the_same_everywhere(
    tmp_path: Path, binaries: Binaries
) -> None:
    """Made twice, in different folders; then pulled by a server of its own, which checks what it got."""
    ollama = binaries.binary("ollama")
    weights = (
        partial(binaries.folder, "gemma3-270m")
        if isinstance(binaries, Toolchain)
        else lambda: binaries.folder
    )
    modelfile = Path(registry.__file__).parent / "images/models/gemma3-270m.Modelfile"
    name = model_name("gemma3:270m")
    digests = set()
    for attempt in ("one", "two"):
        folders = Paths(tmp_path / attempt, tmp_path / f"{attempt}-state")
        model = Images(folders, [Image(name, OllamaModel(modelfile, weights, lambda: ollama))])
        model.ensure(Silent())
        digests.add(model.digests()[str(name)])
    assert len(digests) == 1
    address = f"127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "OLLAMA_HOST": address,
        "OLLAMA_MODELS": str(tmp_path / "m"),
    }
    with registry.serving(folders.cache, folders.logs) as url, (tmp_path / "ollama.log").open("wb") as log:
        server = subprocess.Popen([ollama, "serve"], env=environment, stdout=log, stderr=log)
        try:
            with httpx.Client(base_url=f"http://{address}", timeout=120, trust_env=False) as client:
                _wait(client)
                place = f"{url}/{name.repository}:{name.tag}"
                lines = client.post("/api/pull", json={"model": place, "insecure": True}).text.splitlines()
                assert json.loads(lines[-1]) == {"status": "success"}, lines[-1]
                client.post(
                    "/api/copy", json={"source": place, "destination": "gemma3:270m"}
                ).raise_for_status()
                listed = {
                    model["name"]: model["digest"] for model in client.get("/api/tags").json()["models"]
                }
                assert f"sha256:{listed['gemma3:270m']}" in digests
                question = {"role": "user", "content": "What is Kubernetes?"}
                asked = {
                    "model": "gemma3:270m",
                    "messages": [question],
                    "stream": False,
                    "options": {"temperature": 0},
                }
                answer = client.post("/api/chat", json=asked).json()
        finally:
            server.terminate()
            server.wait(20)
    assert answer["done_reason"] == "stop"
    assert "Kube" in answer["message"]["content"]
    assert "User:" not in answer["message"]["content"]


def _wait(client: httpx.Client) -> None:
    for _ in range(200):
        try:
            client.get("/api/version").raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("ollama did not start")
