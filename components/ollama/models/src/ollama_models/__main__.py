"""``ollama-models pull`` and ``ollama-models serve``."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys

import uvicorn

from ollama_models.job import pull_all
from ollama_models.server import application
from ollama_models.settings import Settings

# A stop must not wait for the hashing of a large blob.
SECONDS_TO_STOP = 2


def main() -> int:
    """Run what the command line says; the exit status of a pull is 1 when a model is not there."""
    parser = argparse.ArgumentParser(prog="ollama-models", description=__doc__)
    parser.add_argument("command", choices=("pull", "serve"))
    command = parser.parse_args().command
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    # One line for each request of a probe tells nothing.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        settings = Settings.of(os.environ)
        settings.wanted()
    except (ValueError, OSError) as error:
        logging.getLogger("ollama-models").error("%s", error)
        return 2
    if command == "pull":
        # As process 1 of a container it would not be ended by this signal otherwise.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        return asyncio.run(pull_all(settings))
    uvicorn.run(
        application(settings),
        host="0.0.0.0",
        port=settings.port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=SECONDS_TO_STOP,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
