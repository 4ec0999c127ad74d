"""Who starts anew, and what users are told, when a secret's value is replaced."""

from __future__ import annotations

from pathlib import Path

from platformctl.platform import CATALOGUE, load
from platformctl.platform.rotation import ROTATED, ROTATIONS, rotation, starts_anew
from platformctl.render import render

VALID = Path(__file__).parent / "valid"


def test_every_key_of_every_secret_says_what_follows() -> None:
    keys = {
        (secret.name, key)
        for component in CATALOGUE.values()
        for secret in component.secrets
        for key in secret.keys
    }
    assert set(ROTATIONS) == keys
    assert rotation("keycloak-users", "ada").told == "Keycloak"


def test_releases_take_the_time_from_the_secrets_that_they_start_anew_for(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text((VALID / "login.yaml").read_text())
    files = render(load(tmp_path))
    rolled = {
        path.split("/")[2]: sorted(line.split(".")[1] for line in text.splitlines() if "targetPath" in line)
        for path, text in files.items()
        if f"valuesKey: {ROTATED}" in text
    }
    assert rolled == {
        "dns": ["tsig"],
        "external-dns": ["tsig"],
        "keycloak": ["keycloak-database"],
        "oauth2-proxy": ["oauth2-proxy", "redis"],
        "postgresql": ["keycloak-database"],
        "redis": ["redis"],
    }
    assert not starts_anew("keycloak", "keycloak-admin")
