"""oauth2-proxy stops at a flag that its version does not know."""

from __future__ import annotations

import pytest

from platformctl.platform.oauth2_proxy import flags


def names(tag: str) -> set[str]:
    return {flag.name for flag in flags(tag)}


@pytest.mark.parametrize("tag", ["v7.8.1", "7.10.0", "v7.8.1-alpine"])
def test_an_old_version_is_given_no_flag_that_it_does_not_know(tag: str) -> None:
    assert names(tag) == {"cookie-csrf-expire"}


@pytest.mark.parametrize(
    ("tag", "known"), [("v7.11.0", False), ("v7.15.1", False), ("v7.15.2", True), ("v8.0.0", True)]
)
def test_the_gateway_alone_is_believed_from_the_first_version_that_can(tag: str, known: bool) -> None:
    assert ("trusted-proxy-ip" in names(tag)) is known
    assert "cookie-csrf-per-request-limit" in names(tag)
    assert "cookie-csrf-expire" not in names(tag)


@pytest.mark.parametrize("tag", ["latest", "sha-0f1e2d"])
def test_a_tag_without_a_version_counts_as_the_newest(tag: str) -> None:
    assert names(tag) == names("v99.0.0")
