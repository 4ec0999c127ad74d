"""What the service costs: the same load on the bare upstream and through the service, as ratios.

``python -m benchmarks.overhead`` makes its own load; ``--ollama URL --model NAME`` asks a real Ollama.
CPU per token is the figure to compare between machines and days: it hardly depends on what else runs.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from .load import Load, load
from .paced_upstream import MODEL

ROOT = Path(__file__).resolve().parent.parent
# vLLM's own rate at 256 streams in the published comparison of proxies.
TOTAL_RATE = 4766.0
# A base model ends a question at once; a beginning it goes on with.
QUESTION = "The capital of France is"


def main() -> None:
    arguments = parse()
    print("streams            tokens/s  ratio  first p50  first p99           CPU     RSS")
    for streams in arguments.streams:
        if arguments.ollama:
            measure(arguments.ollama, arguments.model, streams, 5)
            continue
        for interval in (streams / TOTAL_RATE, 0.0):
            port = free_port()
            tokens = max(20, round(arguments.seconds / interval)) if interval else 400
            print(f"-- paced to {TOTAL_RATE:.0f} tokens/s" if interval else "-- as fast as taken")
            with process("benchmarks.paced_upstream", str(port), str(tokens), str(interval), port=port):
                measure(f"http://127.0.0.1:{port}", MODEL, streams, 1 if interval else 3)


def measure(upstream: str, model: str, streams: int, rounds: int) -> None:
    """Print the upstream's line and the service's, alternating so that both see the same machine."""
    port = free_port()
    settings = {"OLLAMA_URL": upstream, "MODELS": model, "HOST": "127.0.0.1", "PORT": str(port)}
    settings |= {"MAX_CONCURRENT_ANSWERS": "100000", "LOG_LEVEL": "WARNING", "MAX_ANSWER_TOKENS": "100"}
    messages = [{"role": "user", "content": QUESTION}]
    options = {"num_predict": 100}
    with process("chatbot_api", port=port, settings=settings) as service:
        bare = run(
            f"{upstream}/api/chat",
            {"model": model, "messages": messages, "options": options},
            rounds,
            streams,
        )
        before = cpu_seconds(service)
        through = run(f"http://127.0.0.1:{port}/api/chat", {"messages": messages}, rounds, streams)
        spent = cpu_seconds(service) - before
        show(streams, "upstream", bare, bare)
        cost = f"{spent / through.tokens * 1e6:.0f} us/token"
        show(streams, "service", through, bare, f"{cost:>13} {rss_mib(service):>4.0f} MB")


def run(url: str, body: dict[str, object], rounds: int, streams: int) -> Load:
    # What both ends write exactly once a token: the service's event name, Ollama's flag.
    mark = b'done":false' if "model" in body else b"event: token"
    uvloop.run(load(url, body, mark, streams, 1))  # warm: connections, caches, a model to load
    return uvloop.run(load(url, body, mark, streams, rounds))


def show(streams: int, name: str, this: Load, bare: Load, more: str = "") -> None:
    print(
        f"{streams:>7} {name:<9} {this.rate:>9.0f} {this.rate / bare.rate:>6.2f} "
        f"{this.first_median * 1000:>7.1f} ms {this.first_p99 * 1000:>7.1f} ms {more}",
        flush=True,
    )


@contextmanager
def process(module: str, *arguments: str, port: int, settings: dict[str, str] | None = None) -> Iterator[int]:
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"} | (settings or {})
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as running:
        try:
            until_listening(port)
            yield running.pid
        finally:
            running.kill()


def until_listening(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 64, 256])
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a paced answer")
    parser.add_argument("--ollama", help="address of a real Ollama, instead of the made load")
    parser.add_argument("--model", default="gemma3:270m")
    return parser.parse_args()


if __name__ == "__main__":
    main()
