"""A small API server over a real socket: enough of the protocol for the code under test, nothing more."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

Object = dict[str, Any]
Reply = tuple[int, bytes | Iterator[bytes]]

KINDS = {
    "/api/v1": {"Pod": ("pods", True), "Namespace": ("namespaces", False)},
    "/apis/batch/v1": {"Job": ("jobs", True)},
    "/apis/apps/v1": {"StatefulSet": ("statefulsets", True)},
}


@dataclass
class ApiServer:
    """What the server holds and was asked.

    Attributes:
        objects: by path, as ``/api/v1/namespaces/a/pods/x``.
        upstream: answers proxied requests (method, path after proxy with its query, body).
        requests: method, path, query and body of every request, in order.
        failing: the next requests are answered with these statuses.
    """

    objects: dict[str, Object] = field(default_factory=dict)
    upstream: Callable[[str, str, Any], Reply] | None = None
    requests: list[tuple[str, str, dict[str, list[str]], bytes]] = field(default_factory=list)
    failing: list[int] = field(default_factory=list)
    page: int = 2
    kinds: dict[str, dict[str, tuple[str, bool]]] = field(default_factory=lambda: dict(KINDS))
    kubeconfig: Path = Path()

    def add(self, manifest: Object) -> None:
        """Hold an object as if it had been applied."""
        version, kind = manifest["apiVersion"], manifest["kind"]
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        plural, namespaced = self.kinds[base][kind]
        scope = f"/namespaces/{manifest['metadata']['namespace']}" if namespaced else ""
        self.objects[f"{base}{scope}/{plural}/{manifest['metadata']['name']}"] = manifest

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> Reply:
        if self.failing:
            return self.failing.pop(0), _json({"kind": "Status", "message": "etcd is starting"})
        if path.rstrip("/") == "/version":
            return 200, _json({"gitVersion": "v1.34.4", "major": "1", "minor": "34"})
        if "/proxy/" in path and self.upstream:
            asked = "/" + path.split("/proxy/", 1)[1] + (f"?{urlencode(query, doseq=True)}" if query else "")
            return self.upstream(method, asked, json.loads(body or b"null"))
        if path in self.kinds:
            served = [
                {"name": plural, "kind": kind, "namespaced": namespaced}
                for kind, (plural, namespaced) in self.kinds[path].items()
            ]
            return 200, _json({"resources": [*served, {"name": "pods/exec", "kind": "Nothing"}]})
        if method == "PATCH":
            self.objects[path] = json.loads(body)
            return 200, body
        if path in self.objects:
            found = self.objects.pop(path) if method == "DELETE" else self.objects[path]
            return 200, _json(found)
        if path.rsplit("/", 1)[-1] in {plural for base in self.kinds.values() for plural, _ in base.values()}:
            return 200, _json(self._list(path, query))
        return 404, _json({"kind": "Status", "message": f"{path} not found"})

    def _list(self, path: str, query: dict[str, list[str]]) -> Object:
        base, _, plural = path.rpartition("/")
        found = [o for p, o in self.objects.items() if p.startswith(base) and p.split("/")[-2] == plural]
        start = int(query.get("continue", ["0"])[0])
        more = {"continue": str(start + self.page)} if start + self.page < len(found) else {}
        page = [{k: v for k, v in o.items() if k not in ("apiVersion", "kind")} for o in found]
        return {"items": page[start : start + self.page], "metadata": more}


@contextmanager
def serving(state: ApiServer, folder: Path) -> Iterator[ApiServer]:
    """Serve on a free port, with a kubeconfig for it in the folder."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def handle_any(self) -> None:
            split = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            query = parse_qs(split.query)
            state.requests.append((self.command, split.path, query, body))
            status, content = state.answer(self.command, split.path, query, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if isinstance(content, bytes):
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
                return
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in content:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

        do_GET = do_POST = do_PATCH = do_DELETE = handle_any

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        state.kubeconfig = folder / "kubeconfig"
        state.kubeconfig.write_text(
            json.dumps(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "here",
                    "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
                    "clusters": [
                        {
                            "name": "here",
                            "cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"},
                        }
                    ],
                    "users": [{"name": "me", "user": {"token": "t"}}],
                }
            )
        )
        yield state
        server.shutdown()


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
