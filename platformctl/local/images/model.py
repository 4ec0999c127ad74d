"""A model as Ollama's registry format has it, made from a GGUF file and a Modelfile by Ollama itself."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from platformctl.errors import StepFailed
from platformctl.local.children import ends_with_us
from platformctl.local.digest import file_digest
from platformctl.local.images.digests import DigestOf
from platformctl.local.images.distribution import Manifest
from platformctl.local.images.image import Workshop
from platformctl.local.images.name import ImageName
from platformctl.local.ports import free_port, wait_until

REGISTRY = "registry.ollama.ai"


def model_name(name: str) -> ImageName:
    """A model's short name, ``gemma3:270m``, as the full name that it stands for."""
    short = ImageName.parse(f"{REGISTRY}/{name}")
    library = short.repository if "/" in short.repository else f"library/{short.repository}"
    return ImageName(REGISTRY, library, short.tag)


@dataclass(frozen=True)
class OllamaModel:
    """A model; its manifest's digest depends on the weights, the Modelfile and Ollama's version alone.

    Attributes:
        modelfile: its FROM names a file in the folder of the weights.
        weights: gives that folder; called late, because it may not be fetched yet.
        ollama: gives the program.
        made_of: the toolchain's names for both.
    """

    modelfile: Path
    weights: Callable[[], Path]
    ollama: Callable[[], Path]
    made_of: frozenset[str] = frozenset()

    def bases(self) -> set[ImageName]:
        return set()

    def tools(self) -> set[str]:
        return set(self.made_of)

    def inputs(self, digest_of: DigestOf = file_digest) -> str:
        total = hashlib.sha256(self.modelfile.read_bytes())
        for path in (self._gguf(), self.ollama()):
            total.update(bytes.fromhex(digest_of(path)))
        return total.hexdigest()

    def make(self, name: ImageName, workshop: Workshop) -> None:
        place = f"{workshop.registry.url}/{name.repository}:{name.tag}"
        log = workshop.logs / "model.log"
        workshop.scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=workshop.scratch) as folder, log.open("ab") as output:
            modelfile = Path(folder) / "Modelfile"
            modelfile.write_text(
                self.modelfile.read_text().replace("FROM ", f"FROM {self._gguf().parent}/", 1)
            )
            with _serving(self.ollama(), Path(folder), log) as environment:
                for command in (("create", place, "-f", str(modelfile)), ("push", "--insecure", place)):
                    ended = subprocess.run(
                        [*ends_with_us(), str(self.ollama()), *command],
                        env=environment,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                        check=False,
                    )
                    if ended.returncode != 0:
                        raise StepFailed(f"ollama could not {command[0]} the model {name.tag}", log=log)
        pushed = workshop.registry.manifest(name.repository, name.tag)
        workshop.registry.put_manifest(name.repository, name.tag, _without_origin(pushed))

    def _gguf(self) -> Path:
        line = next(line for line in self.modelfile.read_text().splitlines() if line.startswith("FROM "))
        return self.weights() / line.removeprefix("FROM ").strip()


def _without_origin(manifest: Manifest) -> Manifest:
    """The manifest without ``from``, a path of this machine: the digest must be the same on every machine."""
    content = manifest.json()
    for layer in content["layers"]:
        layer.pop("from", None)
    return Manifest(json.dumps(content, separators=(",", ":")).encode(), manifest.media_type)


@contextmanager
def _serving(ollama: Path, folder: Path, log: Path) -> Iterator[dict[str, str]]:
    """An Ollama server with a store of its own, and the environment for its command line."""
    address = f"127.0.0.1:{free_port()}"
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "OLLAMA_HOST": address,
        "OLLAMA_MODELS": str(folder / "models"),
        # What it holds is local: neither a proxy nor the cloud may see it.
        "NO_PROXY": "*",
        "OLLAMA_NO_CLOUD": "1",
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*ends_with_us(), str(ollama), "serve"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        wait_until(lambda: _answers(address), process=process, what="ollama", log=log)
        yield environment
    finally:
        process.terminate()
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/api/version", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
