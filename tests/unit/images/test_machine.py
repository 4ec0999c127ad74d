"""What builds are lent of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.local.images import machine


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "authorities.crt").write_text("PEM")
    (tmp_path / ".npmrc").write_text("//registry/:_authToken=secret\n")
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text("[global]\n")
    return tmp_path


def test_authorities_and_settings_are_copied_and_named_by_their_place_in_the_build(home: Path) -> None:
    environment = {
        "HOME": str(home),
        "SSL_CERT_FILE": str(home / "authorities.crt"),
        "HTTPS_PROXY": "http://proxy:1",
    }
    lent = machine.lend(home / "lent", environment)
    assert lent["PIP_CERT"] == lent["NODE_EXTRA_CA_CERTS"] == f"{machine.INSIDE}/authorities.pem"
    assert lent["HTTPS_PROXY"] == "http://proxy:1"
    assert lent["NPM_CONFIG_USERCONFIG"] == f"{machine.INSIDE}/npmrc"
    assert lent["PIP_CONFIG_FILE"] == f"{machine.INSIDE}/pip.conf"
    assert (home / "lent/authorities.pem").read_text() == "PEM"
    assert "_authToken=secret" in (home / "lent/npmrc").read_text()
    assert f'CaInfo "{machine.INSIDE}/authorities.pem"' in (home / "lent/apt.conf").read_text()


def test_a_machine_without_any_of_it_lends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_SYSTEM_BUNDLES", ())
    monkeypatch.setattr(machine, "_PIP_FILES", ())
    lent = machine.lend(tmp_path / "lent", {"HOME": str(tmp_path)})
    assert lent == {"APT_CONFIG": f"{machine.INSIDE}/apt.conf"}
    assert not (tmp_path / "lent/authorities.pem").exists()


def test_a_path_that_is_only_here_is_not_lent(home: Path) -> None:
    lent = machine.lend(
        home / "lent", {"HOME": str(home), "PIP_FIND_LINKS": "/opt/wheels", "SSL_CERT_FILE": "/none"}
    )
    assert "PIP_FIND_LINKS" not in lent
    assert lent.get("SSL_CERT_FILE") != "/none"
