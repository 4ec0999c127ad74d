import base64
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from platformctl.errors import StepFailed, Unreachable
from platformctl.local.toolchain import flux_manifests
from platformctl.local.toolchain.archives import check_integrity, untar, unzip
from platformctl.local.toolchain.fetching import fetching
from platformctl.local.toolchain.lock import GoModule
from platformctl.local.toolchain.process import cause


@pytest.mark.parametrize(
    ("output", "line"),
    [
        ("# pkg\nx.go:1:2: first\nx.go:3:4: second\nx.go:5:6: too many errors\n", "x.go:1:2: first"),
        ("ggml.c:7:1: warning: unused\nllama.cpp:9:2: fatal error: stb/stb_image.h: No such file\n",
         "llama.cpp:9:2: fatal error: stb/stb_image.h: No such file"),
        ("go: downloading a v1\ngo: a@v1: 404 Not Found\n", "go: a@v1: 404 Not Found"),
        ("npm error code E404\nnpm error 404 Not Found\nnpm error A complete log of this run: x\n",
         "npm error 404 Not Found"),
        ("npm error code ECONNREFUSED\nnpm error syscall connect\nnpm error errno ECONNREFUSED\n"
         "npm error FetchError: request to http://x/y failed, reason: connect ECONNREFUSED\n"
         "npm error     at emit (node:events:509:28)\nnpm error   port: 9,\nnpm error }\nnpm error\n"
         "npm error If you are behind a proxy, please make sure\nnpm error A complete log of this run: x\n",
         "npm error FetchError: request to http://x/y failed, reason: connect ECONNREFUSED"),
        ("Reading package lists...\nE: Unable to locate package x\n", "E: Unable to locate package x"),
        ("\x1b[0m\x1b[0m[ERROR] Plugin x could not be resolved: transfer failed\n[ERROR] \n"
         "[ERROR] To see the full stack trace of the errors, re-run Maven with the -e switch.\n"
         "[ERROR] Re-run Maven using the -X switch to enable full debug logging.\n[ERROR] \n"
         "[ERROR] For more information about the errors and possible solutions, please read\n"
         "[ERROR] [Help 1] http://x/y\n\x1b[0m\x1b[0m\n",
         "[ERROR] Plugin x could not be resolved: transfer failed"),
        ("", "it wrote nothing"),
    ],
)  # fmt: skip
def test_the_cause_is_the_line_that_says_it(output: str, line: str) -> None:
    assert cause(output) == line


def test_another_file_than_the_locked_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tgz"
    path.write_bytes(b"content")
    digest = "sha512-" + base64.b64encode(hashlib.sha512(b"content").digest()).decode()
    check_integrity(path, digest)
    path.write_bytes(b"other")
    with pytest.raises(StepFailed, match="the lock says"):
        check_integrity(path, digest)


def test_a_download_that_fails_says_that_the_server_cannot_be_reached(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("npm error request to registry failed, reason: connect ECONNREFUSED")
    with pytest.raises(Unreachable, match="fetching x failed") as caught, fetching():
        raise StepFailed("fetching x failed", log=log, fix="again")
    assert (caught.value.exit_code, caught.value.log, caught.value.fix) == (3, log, "again")


def test_another_file_than_the_locked_one_is_no_server_that_is_away(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.")
    with pytest.raises(StepFailed), fetching():
        raise StepFailed("fetching x failed", log=log)


def test_programs_stay_executable(tmp_path: Path) -> None:
    archive = tmp_path / "a.whl"
    with zipfile.ZipFile(archive, "w") as file:
        for name, mode in (("tool", 0o100755), ("text", 0o100644)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            file.writestr(entry, "x")
    unzip(archive, tmp_path / "out")
    assert (tmp_path / "out" / "tool").stat().st_mode & 0o111
    assert not (tmp_path / "out" / "text").stat().st_mode & 0o111


def test_manifests_name_local_files_and_the_versions_that_run(tmp_path: Path) -> None:
    path = tmp_path / "kustomization.yaml"
    path.write_text(
        "resources:\n- https://example.com/v1/source-controller.crds.yaml\n"
        "- https://example.com/v1/source-controller.deployment.yaml\n- account.yaml\n"
    )
    flux_manifests._edit(path, flux_manifests._take_local_files)
    assert path.read_text() == "resources:\n- crds.yaml\n- deployment.yaml\n- account.yaml\n"

    path.write_text("images:\n- name: fluxcd/source-controller\n  newName: fluxcd/x\n  newTag: v0.0.1\n")
    module = GoModule(module="github.com/fluxcd/source-controller", version="v1.7.3", digest="h1:x=")
    flux_manifests._name_image(path, "ghcr.io/fluxcd/source-controller", module)
    assert "newName: ghcr.io/fluxcd/source-controller\n  newTag: v1.7.3" in path.read_text()


def archive_of(path: Path, *names: str) -> Path:
    with tarfile.open(path, "w:gz") as file:
        for name in names:
            file.addfile(tarfile.TarInfo(name), io.BytesIO())
    return path


def test_an_archive_stays_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "into").mkdir()
    untar(archive_of(tmp_path / "a.tgz", "package/bin/tool"), tmp_path / "into")
    assert (tmp_path / "into" / "package" / "bin" / "tool").is_file()
    with pytest.raises(StepFailed, match="outside"):
        untar(archive_of(tmp_path / "b.tgz", "../outside"), tmp_path / "into")
    assert not (tmp_path / "outside").exists()


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.tgz", "package/tool")
    archive.write_bytes(archive.read_bytes()[:-20])
    with pytest.raises(StepFailed, match=r"a\.tgz cannot be unpacked"):
        untar(archive, tmp_path)
