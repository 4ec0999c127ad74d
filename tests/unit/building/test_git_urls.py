"""Which URLs of submodules Flux can use; one flaw a case."""

from __future__ import annotations

import pytest

from platformctl.build.git_urls import loopback_flaw, resolve, submodule_flaw

HTTPS = "https://git.example.com/org/platform.git"
SSH = "ssh://git@git.example.com/org/platform.git"


@pytest.mark.parametrize(
    ("parent", "url"),
    [
        (HTTPS, "https://git.example.com/org/chatbot-api.git"),
        (SSH, "ssh://git@git.example.com/org/chatbot-api.git"),
        (SSH, "git@git.example.com:org/chatbot-api.git"),
        ("http://10.199.0.1:8081/platform.git", "http://10.199.0.1:8081/chatbot-api.git"),
    ],
)
def test_url_that_does(parent: str, url: str) -> None:
    assert submodule_flaw(parent, url, credentials=True) is None


@pytest.mark.parametrize(
    ("parent", "url", "code", "fix"),
    [
        (HTTPS, "", "no-url", "git rm --cached"),
        (HTTPS, "../chatbot-api.git", "relative-url", "write https://git.example.com/org/chatbot-api.git in"),
        (HTTPS, "./../../lib/x.git", "relative-url", "write https://git.example.com/lib/x.git in"),
        (
            HTTPS,
            "ssh://git@git.example.com/org/x.git",
            "ssh-url",
            "write https://git.example.com/org/x.git in",
        ),
        (HTTPS, "git@git.example.com:org/x.git", "ssh-url", "write https://git.example.com/org/x.git in"),
        (
            "https://git.example.com:8443/org/platform.git",
            "git@git.example.com:org/x.git",
            "ssh-url",
            "write https://git.example.com:8443/org/x.git in",
        ),
        (
            SSH,
            "https://git.example.com/org/x.git",
            "https-url",
            "write ssh://git@git.example.com/org/x.git in",
        ),
        (SSH, "ssh://git@elsewhere.example/x.git", "other-host", "mirror it to git.example.com"),
        (HTTPS, "https://elsewhere.example/x.git", "other-host", "--trust-host elsewhere.example"),
        (HTTPS, "https://git.example.com:8443/x.git", "other-host", "mirror it to git.example.com"),
        (HTTPS, "http://git.example.com/x.git", "plain-http", "https://"),
        (HTTPS, "/srv/git/x.git", "unreachable-url", "https"),
        (HTTPS, "file:///srv/git/x.git", "unreachable-url", "https"),
    ],
)
def test_url_that_does_not(parent: str, url: str, code: str, fix: str) -> None:
    flaw = submodule_flaw(parent, url, credentials=True)

    assert flaw is not None
    assert flaw.code == code
    assert fix in flaw.fix


def test_other_host_is_fine_without_credentials_or_when_trusted() -> None:
    other = "https://elsewhere.example/x.git"

    assert submodule_flaw(HTTPS, other, credentials=False) is None
    assert submodule_flaw(HTTPS, other, credentials=True, trusted={"elsewhere.example"}) is None


@pytest.mark.parametrize("host", ["127.0.0.1:8081", "localhost", "git.localhost", "[::1]:8081", "127.1.2.3"])
def test_loopback_is_not_reached_from_pods(host: str) -> None:
    flaw = loopback_flaw(f"http://{host}/platform.git")

    assert flaw is not None
    assert flaw.code == "loopback"


def test_other_addresses_are() -> None:
    assert loopback_flaw("http://10.199.0.1:8081/platform.git") is None
    assert loopback_flaw("https://localhost.example.com/platform.git") is None


def test_relative_url_is_resolved_as_git_does() -> None:
    assert resolve("git@git.example.com:org/platform.git", "../x.git") == "git@git.example.com:org/x.git"
    assert resolve("https://git.example.com/a/b/", "../x.git") == "https://git.example.com/a/x.git"
