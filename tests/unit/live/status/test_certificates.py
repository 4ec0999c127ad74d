"""How a certificate's days are counted, and which are trouble."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from platformctl.live.flux import State
from platformctl.live.status import report
from platformctl.live.status.certificates import certificates
from platformctl.live.status.observe import CERTIFICATE
from tests.unit.live.status.objects import flux, observed

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = "2027-02-18T12:00:00Z"


def certificate(ends: str | None = LATER, renewal: str | None = None, **more: Any) -> dict[str, Any]:
    times = {"notAfter": ends, "renewalTime": renewal}
    status = {key: value for key, value in times.items() if value}
    return flux(
        CERTIFICATE, "platform-tls", namespace="istio-ingress", status=status, **({"observed": None} | more)
    )


@pytest.mark.parametrize(
    ("found", "state", "detail", "message"),
    [
        (certificate(renewal="2027-01-19T12:00:00Z"), State.READY, "89 days left, renewal in 59", ""),
        (certificate(), State.READY, "89 days left", ""),
        # Renewed at a third of its life, as cert-manager does: the next days will show.
        (
            certificate("2026-12-20T12:00:00Z", "2026-11-20T12:00:00Z"),
            State.READY,
            "29 days left, renewal due",
            "",
        ),
        (
            certificate("2026-12-05T11:00:00Z", "2026-11-05T12:00:00Z"),
            State.FAILED,
            "13 days left, renewal due",
            "ends in 13 days and was not renewed",
        ),
        (
            certificate("2026-11-22T12:00:00Z"),
            State.FAILED,
            "1 day left",
            "ends in 1 day and was not renewed",
        ),
        (
            certificate("2026-11-20T12:00:00Z", "2026-11-05T12:00:00Z"),
            State.FAILED,
            "over, renewal due",
            "ended on 2026-11-20 and was not renewed",
        ),
        # One that lasts a week is not trouble all its life.
        (
            certificate("2026-11-27T12:00:00Z", "2026-11-25T12:00:00Z"),
            State.READY,
            "6 days left, renewal in 4",
            "",
        ),
        (
            certificate(None, ready="False", reason="Failed", message="no such issuer"),
            State.FAILED,
            "",
            "Failed: no such issuer",
        ),
    ],
)
def test_a_certificate(found: dict[str, Any], state: State, detail: str, message: str) -> None:
    (row,) = certificates([found], AT)
    assert (row.state, row.detail, row.message) == (state, detail, message)
    assert str(row.identity) == "Certificate/istio-ingress/platform-tls"


def test_one_that_ends_soon_is_no_health() -> None:
    found = [certificate("2026-12-05T11:00:00Z", "2026-11-05T12:00:00Z")]
    status = report(observed({CERTIFICATE: found}, at=AT))
    assert not status.healthy
    (trouble,) = status.troubles
    assert trouble.place == "Certificate/istio-ingress/platform-tls"
    assert trouble.message == "ends in 13 days and was not renewed"
    assert "cert-manager" in trouble.fix
    assert report(observed({CERTIFICATE: [certificate()]}, at=AT)).healthy
