"""Runs sops and age-keygen: keys, and files of which only the values are encrypted.

What sops says when it fails can quote a value, so none of it gets into an error; its exit code says enough.
Its check for newer versions is off: it would ask a public server.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformctl.errors import ConfigError, NotHealthy, StepFailed, ToolMissing
from platformctl.files import create_from, replace_text

ENCRYPTED = "^(data|stringData)$"
"""The keys of a Secret under which the values are encrypted."""

KEY_MODE = 0o600
_RECIPIENT = re.compile(r"^age1[0-9a-z]+$", re.MULTILINE)
_FORMAT = ("--input-type", "yaml", "--output-type", "yaml", "--filename-override", "secret.yaml")

# Exit codes of sops (cmd/sops/codes).
_NO_KEY_FITS = 128
_CHANGED = (25, 51)
_NO_EDITOR = 201
_NOT_EDITED = 200


@dataclass(frozen=True)
class Sops:
    """The two programs.

    Attributes:
        find: where ``sops`` (3.9 or later) and ``age-keygen`` (1.1 or later) are; asked when one is needed.
    """

    find: Callable[[str], Path]

    def make_key(self, file: Path) -> None:
        """Make an age key, readable by its owner alone; one that is there already is left as it is."""
        if file.exists():
            return
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as folder:
            made = Path(folder) / "key"
            ended = self._ended([self.find("age-keygen"), "-o", made], "", {})
            if ended.returncode:
                raise StepFailed(f"age-keygen makes no key (exit code {ended.returncode})")
            made.chmod(KEY_MODE)
            with contextlib.suppress(FileExistsError):  # another process was faster
                create_from(made, file)

    def recipients(self, key: Path) -> tuple[str, ...]:
        """The public halves of the keys in a key file; raises ConfigError as `identities`."""
        return tuple(self.identities(key))

    def identities(self, key: Path) -> dict[str, str]:
        """The private keys in a key file, by their public halves.

        Raises:
            ConfigError: there is no such file, or no age key in it.
        """
        try:
            text = key.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise ConfigError(f"the age key cannot be read: {reason}", place=str(key)) from error
        ended = self._ended([self.find("age-keygen"), "-y"], text, {})
        public = _RECIPIENT.findall(ended.stdout)
        private = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        if ended.returncode or not public or len(public) != len(private):
            raise ConfigError("this file holds no age key", place=str(key), fix="age-keygen -o key.txt")
        return dict(zip(public, private, strict=True))

    def encrypt(self, text: str, recipients: Sequence[str]) -> str:
        """A manifest with its values encrypted to the recipients.

        Raises:
            StepFailed: sops refuses, for example a recipient that is none.
        """
        command = [*self._command("encrypt"), "--age", ",".join(recipients), "--encrypted-regex", ENCRYPTED]
        ended = self._ended([*command, *_FORMAT], text, {})
        if ended.returncode:
            raise StepFailed(
                f"sops does not encrypt to {', '.join(recipients)} (exit code {ended.returncode})",
                fix="each has to be a public key, letter by letter: age-keygen -y FILE prints a key file's",
            )
        return ended.stdout

    def decrypt(self, text: str, key: Path | None, place: str) -> str:
        """The manifest with its values in clear text; None is the key that sops finds itself.

        Args:
            place: the file, for the error.

        Raises:
            NotHealthy: the key is not among those that it is encrypted to, or somebody changed the file.
        """
        ended = self._ended([*self._command("decrypt"), *_FORMAT], text, _environment(key))
        if ended.returncode:
            raise _unreadable(ended.returncode, key, place)
        return ended.stdout

    def edit(self, file: Path, key: Path | None) -> bool:
        """Let the user edit the values in $EDITOR, at this terminal.

        The file is replaced in one step after the editor has ended, and its clear text lies in a folder that
        only this user can read until then.

        Returns:
            Whether anything was changed.

        Raises:
            NotHealthy: as `decrypt`.
            ToolMissing: there is no editor.
        """
        with tempfile.TemporaryDirectory(prefix="platformctl-edit-", dir=_volatile()) as folder:
            copy = Path(folder) / file.name
            copy.write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
            environment = {**os.environ, **_environment(key), "TMPDIR": folder}
            code = subprocess.run(
                [*self._command("edit"), copy.name], cwd=folder, env=environment, check=False
            ).returncode
            if code == _NOT_EDITED:
                return False
            if code == _NO_EDITOR:
                raise ToolMissing("the editor failed or cannot be run", fix="export EDITOR=vi")
            if code:
                raise _unreadable(code, key, str(file))
            replace_text(file, copy.read_text(encoding="utf-8"))
        return True

    def _command(self, word: str) -> list[str | Path]:
        return [self.find("sops"), "--disable-version-check", word]

    def _ended(
        self, command: Sequence[str | Path], text: str, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        # In an empty folder, since a .sops.yaml above would choose other keys.
        with tempfile.TemporaryDirectory(prefix="platformctl-sops-") as folder:
            try:
                return subprocess.run(
                    command,
                    cwd=folder,
                    input=text,
                    env={"PATH": os.environ.get("PATH", os.defpath), "HOME": _home(), **environment},
                    capture_output=True,
                    text=True,
                    check=False,
                )
            except OSError as error:
                raise ToolMissing(f"{command[0]} cannot be run: {error.strerror}") from error


def _environment(key: Path | None) -> dict[str, str]:
    """What tells sops the key: the file, or else what the user's own environment says."""
    if key is not None:
        return {"SOPS_AGE_KEY_FILE": str(key.absolute())}
    return {name: value for name, value in os.environ.items() if name.startswith("SOPS_AGE_")}


def _home() -> str:
    return os.environ.get("HOME", os.devnull)


def _volatile() -> str | None:
    """A folder in memory, where there is one: clear text should not reach a disk."""
    folder = os.environ.get("XDG_RUNTIME_DIR") or "/dev/shm"
    return folder if os.access(folder, os.W_OK) else None


def _unreadable(code: int, key: Path | None, place: str) -> NotHealthy:
    if code == _NO_KEY_FITS:
        which = str(key) if key else "that is found here"
        return NotHealthy(
            f"the age key {which} is not one that this file is encrypted to",
            place=place,
            fix="give the right one: --age-key-file FILE",
        )
    if code in _CHANGED:
        return NotHealthy(
            "somebody changed this file by hand, so that sops does not decrypt it",
            place=place,
            fix="take the version before that from Git",
        )
    return NotHealthy(f"sops cannot read this file (exit code {code})", place=place)
