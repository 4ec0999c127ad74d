"""``python -m chatbot_api``: settings come from the environment."""

from __future__ import annotations

import logging
import sys

from pydantic import ValidationError

from .logs import configure_logging
from .server import serve
from .settings import Settings

WRONG_CONFIG = 2


def main() -> int:
    try:
        settings = Settings()
    except ValidationError as error:
        configure_logging("INFO")
        for found in error.errors(include_input=False, include_url=False):
            name = "_".join(str(part) for part in found["loc"]).upper()
            logging.getLogger("chatbot_api").error("%s", f"{name}: {found['msg']}" if name else found["msg"])
        return WRONG_CONFIG
    configure_logging(settings.log_level)
    serve(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
