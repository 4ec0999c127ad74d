"""The local Git server: lighttpd in front of `git http-backend`, for Flux in the cluster and people here."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import httpx

from platformctl.errors import ToolMissing
from platformctl.local.paths import Paths
from platformctl.local.service import Service
from platformctl.platform.embedded import GIT_PORT, HOST_ADDRESS

USER = "git"


@dataclass(frozen=True)
class GitServer:
    """The repositories of a cluster over smart HTTP; reading and writing need the password.

    Attributes:
        repositories: folder of the bare repositories, ``<name>.git``.
        config: folder for rendered configuration.
        listens: "address:port", one or more; each address must exist when it starts.
    """

    repositories: Path
    config: Path
    listens: tuple[str, ...]

    @classmethod
    def of(cls, paths: Paths, port: int) -> GitServer:
        """The server of a cluster: on loopback for people, on the veth pair's host end for Flux.

        Args:
            port: on loopback; rendered files name the other one, so that it cannot be chosen.
        """
        listens = (f"127.0.0.1:{port}", f"{HOST_ADDRESS}:{GIT_PORT}")
        return cls(paths.state / "git", paths.config, listens)

    @property
    def password(self) -> str:
        """The password of the user ``git``; made at the first question and kept beside the repositories."""
        path = self.repositories / "password"
        if not path.exists() or not path.stat().st_size:
            path.unlink(missing_ok=True)
            self.repositories.mkdir(parents=True, exist_ok=True)
            _write_private(path, secrets.token_hex(16), replace=False)
        return path.read_text()

    def service(self) -> Service:
        """The daemon; writes its configuration.

        Raises:
            ToolMissing: lighttpd is not installed.
        """
        program = shutil.which("lighttpd") or shutil.which("lighttpd", path="/usr/sbin")
        if program is None:
            raise ToolMissing(
                "lighttpd is not installed", fix="apt-get install --no-install-recommends lighttpd"
            )
        return Service(
            name="git-server",
            command=(program, "-D", "-f", str(self._configure())),
            namespace="host",
            priority=200,
            stop_signal="TERM",
            stop_seconds=5,
            ready=self.answers,
            listens=self.listens,
        )

    def answers(self) -> bool:
        """Whether it answers on all of its addresses; never raises."""
        try:
            return all(
                httpx.get(f"http://{listen}/", timeout=2, trust_env=False).status_code == 401
                for listen in self.listens
            )
        except httpx.HTTPError:
            return False

    def _configure(self) -> Path:
        """Write lighttpd's configuration.

        It keeps a request's body in a file and gives it to the CGI program with a length, which is what makes
        chunked pushes (more than Git's http.postBuffer, 1 MB) work: the backend itself does not know chunks.
        """
        self.config.mkdir(parents=True, exist_ok=True)
        uploads = self.repositories / "uploads"
        uploads.mkdir(parents=True, exist_ok=True)
        users = self.config / "git-users"
        _write_private(users, f"{USER}:{self.password}\n")
        backend = subprocess.run(
            ["git", "--exec-path"], capture_output=True, text=True, check=True
        ).stdout.strip()
        first, *others = self.listens
        address, _, port = first.rpartition(":")
        environment = {
            "GIT_PROJECT_ROOT": str(self.repositories),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "safe.directory",
            "GIT_CONFIG_VALUE_0": "*",
        }
        path = self.config / "git-server.conf"
        path.write_text(
            'server.modules = ("mod_auth", "mod_authn_file", "mod_alias", "mod_setenv", "mod_cgi")\n'
            f'server.document-root = "{self.repositories}"\n'
            f'server.bind = "{address}"\n'
            f"server.port = {port}\n"
            + "".join(f'$SERVER["socket"] == "{listen}" {{ }}\n' for listen in others)
            + f'server.upload-dirs = ("{uploads}")\n'
            'server.tag = ""\n'
            'auth.backend = "plain"\n'
            f'auth.backend.plain.userfile = "{users}"\n'
            'auth.require = ("" => ("method" => "basic", "realm" => "git", "require" => "valid-user"))\n'
            f'alias.url = ("/" => "{backend}/git-http-backend/")\n'
            'cgi.assign = ("" => "")\n'
            "setenv.set-environment = (\n"
            + "".join(f'  "{name}" => "{value}",\n' for name, value in environment.items())
            + ")\n"
        )
        return path


def _write_private(path: Path, content: str, *, replace: bool = True) -> None:
    """Write a file that only its owner can read, whole or not at all.

    Args:
        replace: whether what is there already makes room; otherwise it stays.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
        if replace:
            temporary.replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(temporary)  # of two processes, one makes it and both read it
    finally:
        temporary.unlink(missing_ok=True)
