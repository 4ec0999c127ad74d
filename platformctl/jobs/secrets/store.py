"""The encrypted files of one cluster's Secrets: making what is missing, and never replacing what is there.

An embedded cluster's files lie in its state folder, with the key: a clone of the repository on another
machine could not read them. Every other cluster's lie in the repository, encrypted to the recipients of
platform.yaml.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from platformctl import platform
from platformctl.build import sops as readable
from platformctl.build.documents import NotYaml, dump, load_one
from platformctl.errors import ConfigError, NotHealthy
from platformctl.files import create_text, replace_text
from platformctl.jobs.secrets.values import clear_values, manifest, new_value, with_values
from platformctl.live.bootstrap import Decryption
from platformctl.local.paths import Paths
from platformctl.local.sops import ENCRYPTED, Sops
from platformctl.platform.rotation import ROTATED
from platformctl.platform.secrets import Secret

KEY_VARIABLE = "SOPS_AGE_KEY_FILE"
FOLDER = "secrets"
KEY_NAME = "age.key"


@dataclass(frozen=True)
class Held:
    """A Secret's file as it is.

    Attributes:
        place: the file, for people.
        text: None: there is no file.
        keys: that the file has, the time of its rotation apart.
        encryption: None: it is not encrypted, or not there.
    """

    secret: Secret
    place: str
    text: str | None
    keys: tuple[str, ...] = ()
    encryption: readable.Encryption | None = None

    @property
    def lacking(self) -> tuple[str, ...]:
        """The keys that somebody reads and the file has not."""
        return tuple(key for key in self.secret.keys if key not in self.keys)

    @property
    def unread(self) -> tuple[str, ...]:
        """The keys that nobody reads, such as those of a user who is gone."""
        return tuple(key for key in self.keys if key not in self.secret.keys)


@dataclass(frozen=True)
class Made:
    """What `SecretStore.complete` did with a Secret; ``keys`` are the new ones."""

    secret: Secret
    place: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class SecretStore:
    """The files.

    Attributes:
        folder: where they lie.
        sops: the programs.
        key: the file of the private key; None: sops looks where it is used to look.
        given: whom platform.yaml has them encrypted to; empty: to the key alone.
    """

    cluster: platform.Cluster
    folder: Path
    sops: Sops
    key: Path | None
    given: tuple[str, ...] = ()

    @classmethod
    def of(cls, root: Path, cluster: platform.Cluster, sops: Sops, key: Path | None = None) -> SecretStore:
        """A cluster's store. Changes nothing.

        Args:
            root: the folder with platform.yaml.
            key: the file of the private age key; None: the embedded cluster's own, or SOPS_AGE_KEY_FILE.

        Raises:
            ConfigError: platform.yaml has the secrets in another store; a key is given for an embedded one.
        """
        said = cluster.secret_store
        if said.store != "sops":
            raise ConfigError(
                f'cluster {cluster.name} has its secrets in "{said.name}", and nothing of them here',
                place=f"clusters.{cluster.name}.secrets",
                fix="make them there: platformctl secrets list shows which",
            )
        if cluster.embedded:
            if key:
                raise ConfigError(f"cluster {cluster.name} is an embedded one and has an age key of its own")
            paths = Paths.of(cluster.name)
            return cls(cluster, paths.state / FOLDER, sops, paths.state / KEY_NAME)
        named = os.environ.get(KEY_VARIABLE)
        found = key or (Path(named) if named else None)
        return cls(cluster, root / cluster.secrets_path, sops, found, tuple(said.recipients))

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """Whom new files are encrypted to.

        Raises:
            ConfigError: there is no key in the embedded cluster's key file.
        """
        if self.given:
            return self.given
        assert self.key is not None  # platform.yaml names recipients for every cluster that is not embedded
        return self.sops.recipients(self.key)

    def held(self, secret: Secret) -> Held:
        """A Secret's file.

        Raises:
            NotHealthy: the file is no YAML.
        """
        file = self.file(secret)
        place = self._place(file)
        try:
            text = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Held(secret, place, None)
        data = _document(text, place)
        keys = tuple(dict.fromkeys(key for _, key, _ in readable.values(data) if key != ROTATED))
        return Held(secret, place, text, keys, readable.encryption(data))

    def all(self) -> list[Held]:
        """Every Secret that the cluster needs."""
        return [self.held(secret) for secret in self.cluster.secrets]

    def complete(self) -> list[Made]:
        """Make every Secret and every key that is missing, and encrypt to the recipients of now.

        No value that is there is replaced, and each file is written in one step: what an interruption leaves
        is completed by the next call.

        Raises:
            NotHealthy: a file is not encrypted, or has to be completed and the key does not open it.
        """
        held = self.all()
        if not held:
            return []
        self._make_key(held)
        self._write_rules()
        # What is missing first: that needs no private key.
        held.sort(key=lambda each: each.text is not None)
        return [made for each in held if (made := self._completed(each))]

    def values(self, secret: Secret) -> dict[str, str]:
        """The values of a Secret in clear text: for those alone who have to be told them.

        Raises:
            NotHealthy: there is no file, or the key does not open it.
        """
        return {k: v for k, v in clear_values(self._clear(self._encrypted(secret))).items() if k != ROTATED}

    def replace(self, secret: Secret, values: Mapping[str, str]) -> None:
        """Give keys of a Secret new values; its other keys stay.

        Raises:
            NotHealthy: there is no file, or the key does not open it.
        """
        text = with_values(self._clear(self._encrypted(secret)), values)
        replace_text(self.file(secret), self.sops.encrypt(text, self.recipients))

    def prepare(self, secret: Secret, keys: Sequence[str]) -> dict[str, str]:
        """New values for keys of a Secret, kept encrypted beside its file until `adopt`.

        Whoever has a copy of a value can be told it in between: an interruption loses neither the old nor the
        new one, and the next call gives the same new values, those that it was not asked for among them.

        Raises:
            NotHealthy: there is no file, or the key does not open it.
        """
        old, pending = self._encrypted(secret), self._pending(secret)
        kept = dict[str, str]()
        if pending.exists():
            clear = self.sops.decrypt(pending.read_text(encoding="utf-8"), self.key, str(pending))
            kept = clear_values(_document(clear, str(pending)))
            kept.pop(ROTATED, None)
        new = kept | {key: kept.get(key) or new_value(secret.keys[key]) for key in keys}
        if new != kept:
            replace_text(pending, self.sops.encrypt(manifest(secret, new), self.recipients))
        self._clear(old)  # before anybody is told: what cannot be read cannot be changed
        return new

    def adopt(self, secret: Secret, values: Mapping[str, str]) -> None:
        """Make prepared values those of the Secret."""
        self.replace(secret, values)
        self._pending(secret).unlink(missing_ok=True)

    def edit(self, secret: Secret) -> bool:
        """Let the user edit a Secret in an editor; returns whether it is changed.

        Raises:
            NotHealthy, ToolMissing: as `Sops.edit`.
        """
        self._encrypted(secret)
        if not self.sops.edit(self.file(secret), self.key):
            return False
        self.replace(secret, {})  # with the time of now, so that its readers start anew
        return True

    def published(self) -> dict[str, str]:
        """The encrypted files by their paths in the repository, of a store that does not lie there.

        Raises:
            NotHealthy: one is missing.
        """
        return {
            f"{self.cluster.secrets_path}/{s.file}": self._encrypted(s).text or ""
            for s in self.cluster.secrets
        }

    def decryption(self) -> Decryption | None:
        """What Flux needs to read the files; None: no key is named here.

        Raises:
            ConfigError: there is no key in the file that is named.
        """
        if self.key is None:
            return None
        held = self.sops.identities(self.key)
        # A user's own file may hold keys to other things, which this cluster is not to have.
        fitting = {public: held[public] for public in self.recipients if public in held} or held
        return Decryption("".join(f"{private}\n" for private in fitting.values()), tuple(fitting))

    def find(self, name: str) -> Secret:
        """A Secret by its name, or by ``namespace/name``.

        Raises:
            ConfigError: the cluster has none of that name.
        """
        for secret in self.cluster.secrets:
            if name in (secret.name, f"{secret.namespace}/{secret.name}"):
                return secret
        known = ", ".join(secret.name for secret in self.cluster.secrets) or "none"
        raise ConfigError(f'"{name}" is not a secret of cluster {self.cluster.name}, which has: {known}')

    def file(self, secret: Secret) -> Path:
        """Where a Secret is kept."""
        return self.folder / secret.file

    def _pending(self, secret: Secret) -> Path:
        return self.folder / f".{secret.file}.next"

    def _make_key(self, held: Sequence[Held]) -> None:
        if not self.cluster.embedded or self.key is None or self.key.exists():
            return
        if any(each.text is not None for each in held):
            raise NotHealthy(
                "the key that this cluster's secrets are encrypted to is gone",
                place=str(self.key),
                fix="put it back, or start anew without the data: "
                f"platformctl down --purge --cluster {self.cluster.name}",
            )
        self.sops.make_key(self.key)

    def _write_rules(self) -> None:
        """Tell sops itself, for who uses it by hand in the repository, how these files are encrypted."""
        if self.cluster.embedded:
            return
        rules = {"encrypted_regex": ENCRYPTED, "age": ",".join(self.recipients)}
        file, text = self.folder / ".sops.yaml", dump({"creation_rules": [rules]})
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_text(file, text)

    def _completed(self, held: Held) -> Made | None:
        secret, file = held.secret, self.file(held.secret)
        if held.text is None:
            text = manifest(secret, _new(secret, tuple(secret.keys)))
            file.parent.mkdir(parents=True, exist_ok=True)
            create_text(file, self.sops.encrypt(text, self.recipients))
            return Made(secret, held.place, tuple(secret.keys))
        held = self._encrypted(secret)
        assert held.encryption is not None
        if not held.lacking and set(held.encryption.recipients) >= set(self.recipients):
            return None
        self.replace(secret, _new(secret, held.lacking))
        return Made(secret, held.place, held.lacking)

    def _encrypted(self, secret: Secret) -> Held:
        held = self.held(secret)
        if held.text is None:
            fix = f"platformctl secrets init --cluster {self.cluster.name}"
            raise NotHealthy("this Secret was not made yet", place=held.place, fix=fix)
        if held.encryption is None:
            raise NotHealthy(
                "this file is not encrypted, so its values may be known to others",
                place=held.place,
                fix="delete it and make new ones with platformctl secrets init; if it was pushed, "
                "replace the values where they are used, too",
            )
        return held

    def _clear(self, held: Held) -> dict[str, Any]:
        return _document(self.sops.decrypt(held.text or "", self.key, held.place), held.place)

    def _place(self, file: Path) -> str:
        return str(file) if self.cluster.embedded else f"{self.cluster.secrets_path}/{file.name}"


def _new(secret: Secret, keys: Sequence[str]) -> dict[str, str]:
    return {key: new_value(secret.keys[key]) for key in keys}


def _document(text: str, place: str) -> dict[str, Any]:
    try:
        data = load_one(text)
    except NotYaml as error:
        raise NotHealthy("this file is not YAML", place=f"{place}:{error.line}") from None
    return data if isinstance(data, dict) else {}
