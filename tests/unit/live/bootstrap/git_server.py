"""A real Git server for tests: ``git http-backend`` behind an HTTP proxy on loopback, for any host name.

Git is told to use the proxy, so that URLs can name the hosts that they would name in production.
"""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

WRITER = ("writer", "s3cret")
READER = ("reader", "s3cret")


@dataclass
class GitServer:
    """Serves ``<root>/<host>/<name>.git``; WRITER may write, READER may read, nobody else sees private ones.

    Attributes:
        seen: host and user of every request that carried credentials.
        private: hosts whose repositories need a user.
    """

    root: Path
    private: set[str] = field(default_factory=lambda: {"git.example.com"})
    seen: list[tuple[str, str]] = field(default_factory=list)

    def __enter__(self) -> GitServer:
        handler = type("Handler", (_Handler,), {"server_of_git": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def proxy(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def create(self, host: str, name: str) -> Path:
        """An empty bare repository; returns its folder."""
        folder = self.root / host / f"{name}.git"
        git("init", "--quiet", "--bare", "--initial-branch=main", str(folder))
        git("config", "http.receivepack", "true", at=folder)
        return folder


class _Handler(BaseHTTPRequestHandler):
    server_of_git: GitServer

    def _answer(self) -> None:
        url = urlsplit(self.path)
        host, server = url.hostname or "", self.server_of_git
        user = self._user()
        if user:
            server.seen.append((host, user[0]))
        length = int(self.headers.get("Content-Length") or 0)
        body = (
            self._chunks() if self.headers.get("Transfer-Encoding") == "chunked" else self.rfile.read(length)
        )
        if host in server.private and user not in (WRITER, READER):
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if "git-receive-pack" in self.path and user != WRITER:
            self.send_error(403)
            return
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(server.root / host),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        ended = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True)
        head, _, content = ended.stdout.partition(b"\r\n\r\n")
        headers = [line.partition(": ")[::2] for line in head.decode().split("\r\n") if line]
        status = next((int(value.split()[0]) for key, value in headers if key == "Status"), 200)
        self.send_response(status)
        for key, value in headers:
            if key != "Status":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _answer

    def _user(self) -> tuple[str, str] | None:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        if kind != "Basic":
            return None
        name, _, password = base64.b64decode(token).decode().partition(":")
        return name, password

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, format: str, *args: object) -> None:
        pass


def git(*arguments: str, at: Path | None = None) -> str:
    """Run git without this user's configuration; returns what it says."""
    who = {
        f"GIT_{role}_{what}": value
        for role in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.com"))
    }
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    } | who
    ended = subprocess.run(
        ["git", *arguments], cwd=at, env=environment, check=True, capture_output=True, text=True
    )
    return ended.stdout.strip()
