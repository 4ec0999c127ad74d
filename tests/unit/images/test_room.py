"""Who met a full disk, and how that is told."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from platformctl.errors import PlatformctlError, StepFailed, Unreachable
from platformctl.local.images.room import full_disk_told, met_full_disk

# docker-registry 2.8's answer, shortened.
ANSWER = '{"errors":[{"detail":{"DriverName":"filesystem","Enclosed":{"Op":"write","Err":28}}}]}'


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        Unreachable(f"the image registry answered PUT /v2/a with 500: {ANSWER}"),
        Unreachable('answered with 500: {"detail":"write /a/data: no space left on device"}'),
        StepFailed("mmdebstrap: write error: No space left on device"),
    ],
)
def test_a_full_disk_is_told_with_what_is_needed_and_the_next_thing_to_do(
    tmp_path: Path, error: OSError | PlatformctlError
) -> None:
    told = rf"GB free under {tmp_path}, they need up to 5 GB"
    with pytest.raises(StepFailed, match=told) as caught, full_disk_told(tmp_path):
        raise error
    assert "XDG_CACHE_HOME" in str(caught.value.fix)


def test_the_log_of_a_tool_tells_it_too(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("x\n" * 20000 + "npm ERR! nospc ENOSPC: no space left on device, write\n")
    assert met_full_disk(StepFailed("building x failed", log=log))
    log.write_text("x\n")
    assert not met_full_disk(StepFailed("building x failed", log=log))
    assert not met_full_disk(StepFailed("building x failed", log=tmp_path / "none"))


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "no"), Unreachable("answered 500: Err:2")])
def test_everything_else_stays_what_it_is(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, full_disk_told(tmp_path):
        raise error
    assert caught.value is error
