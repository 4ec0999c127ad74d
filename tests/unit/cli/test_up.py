"""What ``up`` says at its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from platformctl.cli.up import _show_proof
from platformctl.jobs.embedded import Embedded
from platformctl.jobs.up import Up
from platformctl.live import chat

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("here", [True, False])
def test_name_that_leads_elsewhere_is_said_with_what_helps(
    here: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    text = (ROOT / "platform.yaml").read_text().replace("chat.localhost", "chat.example.com")
    (tmp_path / "platform.yaml").write_text(text)
    monkeypatch.setattr(chat, "leads_to", lambda url, address: here)
    job = Up(Embedded.of(tmp_path, "service"), [])
    job.proof = chat.ChatProof("gemma3:270m", 0.5, 20, "Yes")

    _show_proof(job)

    shown = capsys.readouterr().out
    assert "http://chat.example.com:8080" in shown
    said = "127.0.0.1 chat.example.com" in shown and "/etc/hosts" in shown
    assert said is not here
