"""Cluster DNS: CoreDNS, with the zones that it asks another name server of the cluster for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

_MANIFEST = Path(__file__).parent / "addons/coredns.yaml"

_FORWARDED = """{zone}:53 {{
    errors
    # Also that a name is not there: it may be written a moment later.
    cache 5
    forward . {server}
}}
"""


def manifest(forwarded: Mapping[str, str]) -> str:
    """What to apply.

    Args:
        forwarded: zones, such as "chat.localhost", and the address of the server that knows each.
    """
    objects = list(yaml.safe_load_all(_MANIFEST.read_text(encoding="utf-8")))
    (settings,) = (found for found in objects if found["kind"] == "ConfigMap")
    settings["data"]["Corefile"] += "".join(
        _FORWARDED.format(zone=zone, server=server) for zone, server in sorted(forwarded.items())
    )
    return yaml.safe_dump_all(objects)
