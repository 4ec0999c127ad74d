"""Placeholders of a realm, as Keycloak replaces them when it takes the realm."""

from __future__ import annotations

from platformctl.live.keycloak.wanted import Hidden, resolved

ENVIRONMENT = {"SECRET": Hidden("hunter2"), "HOST": "mail.example.com"}


def test_placeholders_are_replaced_wherever_they_stand() -> None:
    realm = {"smtp": {"host": "${HOST}"}, "uris": ["https://${HOST}/", 1, True, None], "plain": "text"}
    assert resolved(realm, ENVIRONMENT) == {
        "smtp": {"host": "mail.example.com"},
        "uris": ["https://mail.example.com/", 1, True, None],
        "plain": "text",
    }


def test_what_a_secret_has_a_part_in_is_hidden() -> None:
    hidden = resolved({"a": "x-${SECRET}", "b": "${HOST}", "c": "x"}, ENVIRONMENT)
    assert hidden["a"] == "x-hunter2"
    assert [key for key, value in hidden.items() if isinstance(value, Hidden)] == ["a"]


def test_what_nobody_knows_stays_or_is_its_default() -> None:
    """Keycloak has texts of its own in this form, for its pages' translations."""
    assert resolved("${client_account}", ENVIRONMENT) == "${client_account}"
    assert resolved("${PORT:25}${EMPTY:}", ENVIRONMENT) == "25"
