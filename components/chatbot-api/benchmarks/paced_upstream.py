"""An Ollama-shaped server that sends tokens at a set pace and costs next to nothing.

``python -m benchmarks.paced_upstream PORT TOKENS INTERVAL``: every answer has TOKENS tokens, one every
INTERVAL seconds, or as fast as they are taken when INTERVAL is 0. Raw asyncio: it must not be the bottleneck.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys

import uvloop

MODEL = "bench:1b"
STAMP = "2026-01-01T00:00:00.000000000Z"


def line(content: str, **more: object) -> bytes:
    message = {"role": "assistant", "content": content}
    body = {"model": MODEL, "created_at": STAMP, "message": message, "done": False} | more
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
# Two tokens in turn: a decoder that counts repetitions must not stop the answer.
TOKENS = (chunk(line(" hello")), chunk(line(" world")))
LAST = chunk(line("", done=True, done_reason="stop", prompt_eval_count=8, eval_count=1)) + b"0\r\n\r\n"
TAGS = json.dumps({"models": [{"name": MODEL}]}).encode()


class Server:
    def __init__(self, tokens: int, interval: float) -> None:
        self.tokens = tokens
        self.interval = interval

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if head.startswith(b"GET"):
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(TAGS), TAGS))
                    continue
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                await self.answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        writer.write(HEAD)
        # Streams that begin together must not tick together.
        due = loop.time() + random.random() * self.interval
        for index in range(self.tokens):
            if self.interval:
                await asyncio.sleep(max(0.0, due - loop.time()))
                due += self.interval
            writer.write(TOKENS[index % 2])
            await writer.drain()
        writer.write(LAST)
        await writer.drain()


async def run(port: int, tokens: int, interval: float) -> None:
    server = await asyncio.start_server(Server(tokens, interval).serve, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
