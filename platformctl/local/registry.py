"""The local OCI registry: Debian's docker-registry over one storage folder in the cache.

A cluster has one on its host end of the veth pair. Building images needs one before there is a cluster, so
the same storage is also served for a short time on a free loopback port; both may run at once, because the
storage driver keeps nothing in memory.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from platformctl.errors import ToolMissing
from platformctl.local.ports import free_port, wait_until
from platformctl.local.service import Service

PORT = 5000


def storage(cache: Path) -> Path:
    """Where the blobs and manifests lie."""
    return cache / "registry"


def service(cache: Path, config: Path, address: str, *, port: int = PORT) -> Service:
    """The cluster's registry.

    Args:
        cache: the cache folder; the storage is in it.
        config: the folder for the rendered configuration.
        address: the host end of the veth pair, the only address it listens on.
        port: TCP port.
    """
    listen = f"{address}:{port}"
    return Service(
        name="registry",
        command=(_program(), "serve", str(_configure(config, storage(cache), listen))),
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
    config = _configure(storage(cache), storage(cache), listen, name=f"serving-{listen.rpartition(':')[2]}")
    path = log / "registry-build.log"
    with path.open("ab") as output:
        process = subprocess.Popen([_program(), "serve", str(config)], stdout=output, stderr=output)
    try:
        wait_until(lambda: answers(url), process=process, what="the image registry", log=path)
        yield url
    finally:
        process.terminate()
        process.wait(10)
        config.unlink()


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
    config = _configure(storage(cache), storage(cache), "127.0.0.1:0", name="garbage")
    command = [_program(), "garbage-collect", "--delete-untagged", str(config)]
    with path.open("wb") as output:
        ended = subprocess.run(command, stdout=output, stderr=output, check=False)
    config.unlink()
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


def _configure(folder: Path, root: Path, listen: str, *, name: str = "registry") -> Path:
    """Write the configuration.

    Ollama's client wants a Location header with every blob that it is given without a redirect; the registry
    sends none, so each answer gets one that means "here". Other clients ignore it, and where the registry
    sets its own (uploads) that one wins.
    """
    folder.mkdir(parents=True, exist_ok=True)
    root.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(
        "version: 0.1\n"
        "log: {level: warn, accesslog: {disabled: true}}\n"
        "storage:\n"
        f"  filesystem: {{rootdirectory: {root}, maxthreads: 100}}\n"
        "  delete: {enabled: true}\n"
        "http:\n"
        f"  addr: {listen}\n"
        f"  secret: {secrets.token_hex(16)}\n"
        '  headers: {Location: ["#"]}\n'
    )
    path.chmod(0o600)
    return path
