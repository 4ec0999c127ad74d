"""A stand-in for sops that keeps values readable: tests need no program, and a key is its own recipient."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from platformctl.build.documents import dump, load_one
from platformctl.errors import NotHealthy
from platformctl.local.sops import Sops


class OpenSops(Sops):
    """Writes ``ENC[value]`` for a value."""

    def __init__(self) -> None:
        super().__init__(Path)

    def make_key(self, file: Path) -> None:
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"age1{file.parent.name}")

    def identities(self, key: Path) -> dict[str, str]:
        return {line: line for line in key.read_text().splitlines()}

    def encrypt(self, text: str, recipients: Sequence[str]) -> str:
        document = load_one(text)
        for section in {"data", "stringData"} & document.keys():
            document[section] = {key: f"ENC[{value}]" for key, value in document[section].items()}
        age = [{"recipient": recipient, "enc": "..."} for recipient in recipients]
        return dump(
            {**document, "sops": {"age": age, "mac": "ENC[]", "lastmodified": "2026-01-01T00:00:00Z"}}
        )

    def decrypt(self, text: str, key: Path | None, place: str) -> str:
        document = load_one(text)
        known = [entry["recipient"] for entry in document.pop("sops")["age"]]
        if key is None or not self.identities(key).keys() & set(known):
            raise NotHealthy("the key does not fit", place=place)
        for section in {"data", "stringData"} & document.keys():
            document[section] = {name: value[4:-1] for name, value in document[section].items()}
        return dump(document)
