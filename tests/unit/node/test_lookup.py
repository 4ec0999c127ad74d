"""DNS queries and replies."""

from __future__ import annotations

import struct

import pytest

from platformctl.local.node.lookup import QUERY_ID, is_answer, question


def test_a_question_names_what_is_asked() -> None:
    query = question("kubernetes.default.")
    assert query[12:] == b"\x0akubernetes\x07default\x00" + struct.pack(">2H", 1, 1)


@pytest.mark.parametrize(
    ("query_id", "flags", "records", "answers"),
    [
        (QUERY_ID, 0x8180, 1, True),
        (QUERY_ID, 0x8183, 1, False),  # no such name
        (QUERY_ID, 0x8180, 0, False),
        (QUERY_ID + 1, 0x8180, 1, False),
        (QUERY_ID, 0x0100, 1, False),  # a question
    ],
)
def test_an_answer_is_ours_and_holds_a_record(query_id: int, flags: int, records: int, answers: bool) -> None:
    assert is_answer(struct.pack(">6H", query_id, flags, 1, records, 0, 0)) is answers


def test_a_cut_reply_is_none() -> None:
    assert is_answer(b"\x12") is False
