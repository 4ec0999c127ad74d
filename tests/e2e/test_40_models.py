"""The models are proven, and a corrupt blob is found."""

import json

from tests.e2e.running import CLUSTER, RunningPlatform, eventually

FLIP_A_BYTE = (
    "b=$(ls -S /models/blobs/sha256-* | tail -n 1); "
    "cp $b /models/blobs/kept; printf X | dd of=$b bs=1 seek=3 conv=notrunc 2>/dev/null; echo $b"
)
PUT_IT_BACK = "cat /models/blobs/kept > {blob}; rm /models/blobs/kept"


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
