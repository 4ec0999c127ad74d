"""Many streams at once, read as cheaply as can be."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Load:
    """What the streams of one run showed; times in seconds."""

    tokens: int
    seconds: float
    first_tokens: list[float]

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds

    @property
    def first_median(self) -> float:
        return statistics.median(self.first_tokens)

    @property
    def first_p99(self) -> float:
        return sorted(self.first_tokens)[int(len(self.first_tokens) * 0.99)]


async def load(url: str, body: dict[str, object], mark: bytes, streams: int, rounds: int) -> Load:
    """``streams`` clients, each asking ``rounds`` times; a token is an occurrence of ``mark``.

    Raises:
        RuntimeError: an answer other than 200.
    """
    parts = urlsplit(url)
    data = json.dumps(body).encode()
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    request = f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data

    async def client() -> tuple[int, list[float]]:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        tokens, firsts = 0, []
        for _ in range(rounds):
            begin = time.perf_counter()
            writer.write(request)
            rest, first = b"", None
            while not rest.endswith(b"0\r\n\r\n"):
                new = await reader.read(65_536)
                if not new:
                    raise RuntimeError("the connection ended within an answer")
                seen = (rest + new).count(mark) - rest.count(mark)
                if seen and first is None:
                    first = time.perf_counter() - begin
                tokens += seen
                if not rest and not new.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(new.decode(errors="replace"))
                rest = (rest + new)[-64:]  # a mark can be cut in two, and is shorter than this
            firsts.append(first or 0.0)
        writer.close()
        return tokens, firsts

    begin = time.perf_counter()
    results = await asyncio.gather(*[client() for _ in range(streams)])
    seconds = time.perf_counter() - begin
    return Load(sum(tokens for tokens, _ in results), seconds, [f for _, firsts in results for f in firsts])
