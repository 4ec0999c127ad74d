"""The models are proven, and each way in which one can be wrong is named with its reason and the fix."""

import json
from pathlib import Path
from typing import Any

import httpx
import yaml

from platformctl.local import registry
from platformctl.local.images.distribution import Distribution
from platformctl.local.paths import Paths
from platformctl.platform.embedded import REGISTRY_URL
from tests.e2e.running import CLUSTER, RunningPlatform, eventually

FLIP_A_BYTE = (
    "b=$(ls -S /models/blobs/sha256-* | tail -n 1); "
    "cp $b /models/blobs/kept; printf X | dd of=$b bs=1 seek=3 conv=notrunc 2>/dev/null; echo $b"
)
# The small model under a second name: no download, but a model like any other to Ollama and to Git.
ADDED = "gemma3:added"
# The first half of the weights, as a model of its own: every file is what its name says, and Ollama lists it.
CUT = "gemma3:cut"
CUT_IN_HALF = r"""set -e
manifests=/models/manifests/registry.ollama.ai/library/gemma3
whole=$(ls -S /models/blobs/sha256-* | head -n 1)
size=$(stat -c %s $whole)
head -c $((size / 2)) $whole > /models/blobs/cut
digest=$(sha256sum /models/blobs/cut | cut -d ' ' -f 1)
mv /models/blobs/cut /models/blobs/sha256-$digest
sed -E "s/${whole##*sha256-}/$digest/; s/(\"size\": *)$size\\b/\\1$((size / 2))/" \
    $manifests/270m > $manifests/cut
"""
PUT_IT_BACK = "cat /models/blobs/kept > {blob}; rm /models/blobs/kept"
PULL_JOB = "app.kubernetes.io/name=ollama-pull"


def in_ollama(platform: RunningPlatform, script: str) -> str:
    return platform.kubectl(
        "exec", "-n", "inference", "ollama-0", "-c", "ollama", "--", "sh", "-c", script
    ).strip()


def test_every_wanted_model_is_what_git_says(platform: RunningPlatform) -> None:
    done = platform.platformctl("models", "verify", "--cluster", CLUSTER, "--deep", "-o", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)


def test_a_corrupt_blob_is_found(platform: RunningPlatform) -> None:
    blob = in_ollama(platform, FLIP_A_BYTE)
    try:
        done = platform.platformctl("models", "verify", "--cluster", CLUSTER, "--deep")
        assert done.returncode == 1, done.stdout + done.stderr
        shown = done.stdout + done.stderr
        assert blob.rsplit("sha256-", 1)[1][:12] in shown
        assert "gemma3:270m" in shown and "fix" in shown
    finally:
        in_ollama(platform, PUT_IT_BACK.format(blob=blob))
    assert platform.platformctl("models", "verify", "--cluster", CLUSTER, "--deep").returncode == 0


def test_a_wrong_digest_is_named(platform: RunningPlatform, tmp_path: Path) -> None:
    wrong = "sha256:" + "0" * 64
    described = yaml.safe_load((platform.root / "platform.yaml").read_text())
    present = described["models"]["gemma3:270m"]["digest"]
    described["models"]["gemma3:270m"]["digest"] = wrong

    model = the_one_wrong_model(platform, described, tmp_path)

    assert (model["name"], model["wanted"], model["present"]) == ("gemma3:270m", wrong, present)
    assert model["reason"].startswith("is another build")
    assert "platformctl models repair gemma3:270m" in model["fix"]
    assert "platformctl models lock" in model["fix"]


def test_a_model_that_does_not_load_is_named(platform: RunningPlatform, tmp_path: Path) -> None:
    in_ollama(platform, CUT_IN_HALF)
    try:
        described = yaml.safe_load((platform.root / "platform.yaml").read_text())
        described["models"][CUT] = {}
        described["clusters"][CLUSTER]["inference"]["models"].append(CUT)

        model = the_one_wrong_model(platform, described, tmp_path)

        assert model["name"] == CUT
        # Nothing but the load tells: it is there, and its files are what they are named.
        assert model["present"] and model["hashed"] and not model["badBlobs"]
        assert model["reason"].startswith("does not load or answer: ")
        assert "kubectl logs -n inference ollama-0" in model["fix"]
    finally:
        in_ollama(platform, f"ollama rm {CUT}")
    assert platform.platformctl("models", "verify", "--cluster", CLUSTER, "--deep").returncode == 0


def the_one_wrong_model(platform: RunningPlatform, described: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What ``models verify`` finds wrong against such a platform.yaml; text and JSON both name it."""
    (folder / "platform.yaml").write_text(yaml.safe_dump(described, sort_keys=False))
    verify = ("models", "verify", "--cluster", CLUSTER, "--deep")
    done = platform.platformctl(*verify, "-o", "json", folder=folder)
    assert done.returncode == 1, done.stdout + done.stderr
    found: list[dict[str, Any]] = [one for one in json.loads(done.stdout)["models"] if not one["ok"]]
    assert len(found) == 1, found
    shown = platform.platformctl(*verify, folder=folder)
    assert shown.returncode == 1, shown.stdout + shown.stderr
    words = " ".join(shown.stdout.split())
    assert f"{found[0]['name']} {found[0]['reason'].partition(':')[0]}" in words, shown.stdout
    assert "fix:" in words, shown.stdout
    return found[0]


def test_a_missing_model_is_named(platform: RunningPlatform) -> None:
    platform.kubectl(
        "exec", "-n", "inference", "ollama-0", "-c", "ollama", "--", "ollama", "rm", "gemma3:270m"
    )
    done = platform.platformctl("models", "verify", "--cluster", CLUSTER)
    assert done.returncode == 1
    assert "gemma3:270m" in done.stdout + done.stderr
    job = platform.get("jobs", "-n", "inference")["items"][0]["metadata"]["name"]
    platform.kubectl("delete", "job", "-n", "inference", job)
    platform.kubectl(
        "annotate", "--overwrite", "helmrelease", "-n", "inference", "ollama",
        "reconcile.fluxcd.io/requestedAt=now",
    )  # fmt: skip
    eventually(
        "the model pulled again",
        lambda: platform.platformctl("models", "verify", "--cluster", CLUSTER).returncode == 0,
        seconds=240,
        pause=5,
    )


def test_a_model_that_git_adds_answers_and_nothing_restarts(platform: RunningPlatform) -> None:
    publish_under_second_name()
    before = starts_of_ollama(platform)
    clone = platform.clone("platform")
    file = clone / "platform.yaml"
    text = file.read_text()
    catalogue, (digest,) = (
        "  gemma3:270m:\n",
        [line for line in text.splitlines() if "digest: sha256:" in line],
    )
    assert catalogue in text and "models: [gemma3:270m]" in text
    text = text.replace(catalogue, f"  {ADDED}:\n{digest}\n{catalogue}")
    file.write_text(text.replace("models: [gemma3:270m]", f"models: [gemma3:270m, {ADDED}]"))
    assert platform.platformctl("render", folder=clone).returncode == 0
    platform.git("commit", "--quiet", "-am", "Add a model", folder=clone)
    platform.git("push", "--quiet", folder=clone)

    eventually("an answer of the added model", lambda: platform.ask(model=ADDED).status_code == 200)
    # The Job has waited until the kubelet brought the new list to the sidecar.
    verified = platform.platformctl("models", "verify", "--cluster", CLUSTER, folder=clone)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert ADDED in verified.stdout
    assert "does not know the list" not in platform.kubectl("logs", "-n", "inference", "-l", PULL_JOB)
    assert starts_of_ollama(platform) == before


def publish_under_second_name() -> None:
    """As a build does: the cluster's registry, which serves the same storage, takes nothing."""
    paths = Paths.of(CLUSTER)
    with registry.serving(paths.cache, paths.logs) as url, Distribution(url) as target:
        model = target.manifest("library/gemma3", "270m")
        target.put_manifest("library/gemma3", ADDED.split(":")[1], model)
    refused = httpx.put(
        f"{REGISTRY_URL}/v2/library/gemma3/manifests/270m",
        content=model.body,
        headers={"Content-Type": model.media_type},
        trust_env=False,
    )
    assert refused.status_code == 405, refused.text


def starts_of_ollama(platform: RunningPlatform) -> list[str]:
    """Which container runs: another id is another start."""
    containers = platform.get("pod", "-n", "inference", "ollama-0")["status"]["containerStatuses"]
    return sorted(container["containerID"] for container in containers)
