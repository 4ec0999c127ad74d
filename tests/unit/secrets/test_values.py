"""New values of secrets."""

from __future__ import annotations

import base64

from platformctl.jobs.secrets.values import new_value


def test_a_key_is_the_same_in_both_alphabets_of_base64() -> None:
    # One in four would be by chance.
    for _ in range(20):
        key = new_value("key32")
        assert len(base64.b64decode(key, validate=True)) == 32
        assert base64.b64decode(key) == base64.urlsafe_b64decode(key)
