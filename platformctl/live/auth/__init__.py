"""Signing in as a browser does, and what was said on the way."""

from platformctl.live.auth.browser import Browser
from platformctl.live.auth.exchange import Exchange

__all__ = ["Browser", "Exchange"]
