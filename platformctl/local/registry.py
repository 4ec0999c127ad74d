"""The local OCI registry: Debian's docker-registry over one storage folder in the cache.

A cluster has one on its host end of the veth pair. Building images needs one before there is a cluster, so
the same storage is also served for a short time on a free loopback port; both may run at once, because the
storage driver keeps nothing in memory.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import httpx

from platformctl.errors import ToolMissing
from platformctl.local.children import ends_with_us
from platformctl.local.ports import free_port, wait_until
from platformctl.local.service import Service

PORT = 5000


def storage(cache: Path) -> Path:
    """Where the blobs and manifests lie."""
    return cache / "registry"


def service(cache: Path, config: Path, address: str, *, port: int = PORT) -> Service:
    """The cluster's registry, for reading alone.

    Every pod reaches it, and what it serves runs with all rights on the next start: whoever could push could
    take over the machine. Builds push through `serving`.

    Args:
        cache: the cache folder; the storage is in it.
        config: the folder for the rendered configuration.
        address: the host end of the veth pair, the only address it listens on.
        port: TCP port.
    """
    listen = f"{address}:{port}"
    root = storage(cache)
    root.mkdir(parents=True, exist_ok=True)
    config.mkdir(parents=True, exist_ok=True)
    file = config / "registry.yaml"
    file.write_text(_configuration(root, listen, read_only=True))
    file.chmod(0o600)
    return Service(
        name="registry",
        command=(_program(), "serve", str(file)),
        namespace="host",
        priority=200,
        stop_seconds=5,
        ready=lambda: answers(f"http://{listen}"),
        listens=(listen,),
    )


@contextmanager
def serving(cache: Path, log: Path) -> Iterator[str]:
    """Serve the storage on a free loopback port while the block runs.

    Args:
        cache: the cache folder.
        log: the folder for the daemon's log.

    Yields:
        The registry's URL, without a slash at its end.

    Raises:
        ToolMissing: docker-registry is not installed.
        Unreachable: it did not answer.
    """
    listen = f"127.0.0.1:{free_port()}"
    url = f"http://{listen}"
    log.mkdir(parents=True, exist_ok=True)
    root = storage(cache)
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob("serving-*.yaml"):  # of a version that wrote files
        left.unlink(missing_ok=True)
    path = log / "registry-build.log"
    with path.open("ab") as output, _file(_configuration(root, listen)) as config:
        process = subprocess.Popen(
            [*ends_with_us(), _program(), "serve", "/dev/stdin"], stdin=config, stdout=output, stderr=output
        )
    try:
        wait_until(lambda: answers(url), process=process, what="the image registry", log=path)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def collect_garbage(cache: Path, log: Path) -> Path | None:
    """Remove manifests without a tag and blobs that no manifest names; readers may go on, nobody may push.

    When it fails, all that is tagged is still there.

    Args:
        cache: the cache folder.
        log: the folder for the log.

    Returns:
        The log if it failed.

    Raises:
        ToolMissing: docker-registry is not installed.
    """
    log.mkdir(parents=True, exist_ok=True)
    path = log / "registry-garbage.log"
    # Bound to us: the next push must not meet it.
    command = [*ends_with_us(), _program(), "garbage-collect", "--delete-untagged", "/dev/stdin"]
    with path.open("wb") as output, _file(_configuration(storage(cache), "127.0.0.1:0")) as config:
        ended = subprocess.run(command, stdin=config, stdout=output, stderr=output, check=False)
    return path if ended.returncode else None


def answers(url: str) -> bool:
    """Whether a registry speaks at this URL; never raises."""
    try:
        return httpx.get(f"{url}/v2/", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _program() -> str:
    program = shutil.which("docker-registry")
    if program is None:
        raise ToolMissing(
            "docker-registry is not installed", fix="apt-get install --no-install-recommends docker-registry"
        )
    return program


@contextmanager
def _file(text: str) -> Iterator[BinaryIO]:
    """The text as a file without a name: a process that is killed leaves none behind."""
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        yield cast(BinaryIO, file)


def _configuration(root: Path, listen: str, *, read_only: bool = False) -> str:
    """docker-registry's configuration.

    Ollama's client wants a Location header with every blob that it is given without a redirect; the registry
    sends none, so each answer gets one that means "here". Other clients ignore it, and where the registry
    sets its own (uploads) that one wins.
    """
    return (
        "version: 0.1\n"
        "log: {level: warn, accesslog: {disabled: true}}\n"
        "storage:\n"
        f"  filesystem: {{rootdirectory: {root}, maxthreads: 100}}\n"
        f"  maintenance: {{readonly: {{enabled: {str(read_only).lower()}}}}}\n"
        "http:\n"
        f"  addr: {listen}\n"
        f"  secret: {secrets.token_hex(16)}\n"
        '  headers: {Location: ["#"]}\n'
    )
