from __future__ import annotations

import pytest

from platformctl.platform.duration import Duration
from platformctl.platform.login import Login, Session


@pytest.fixture
def login() -> Login:
    minute = Duration("1m")
    hosts = {f"{name}_host": f"{name}.example.com" for name in ("app", "api", "auth")}
    origins = {f"{name}_origin": f"https://{name}.example.com" for name in ("app", "api", "auth")}
    return Login(
        platform="chat",
        domain="example.com",
        **hosts,
        **origins,
        keycloak_url="http://keycloak.auth:8080",
        realm="chat",
        users=(),
        session=Session(minute, minute, minute, minute),
    )
