"""What is cut from a conversation, and that the answer says so."""

from __future__ import annotations

import itertools
import random

import pytest

from chatbot_api.context import trim
from chatbot_api.errors import InvalidRequest
from chatbot_api.schema import Message

from .conftest import Api, Start
from .fake_upstream import FakeUpstream

ROLES = {"s": "system", "u": "user", "a": "assistant"}


def conversation(roles: str) -> list[Message]:
    return [
        Message.model_validate({"role": ROLES[role], "content": str(index)})
        for index, role in enumerate(roles)
    ]


@pytest.mark.parametrize(
    ("roles", "limit", "kept"),
    [
        ("u", 1, [0]),
        ("uau", 3, [0, 1, 2]),
        ("uauau", 3, [2, 3, 4]),
        ("uauau", 2, [4]),  # not an assistant first
        ("suauau", 4, [0, 3, 4, 5]),
        ("uasuau", 3, [2, 5]),  # a system message in the middle keeps its place
        ("uauaaaa", 3, [2, 5, 6]),  # the last user message is older than the window
        ("uauaaaa", 1, [2]),
        ("uuuu", 2, [2, 3]),
    ],
)
def test_what_is_kept(roles: str, limit: int, kept: list[int]) -> None:
    trimmed = trim(conversation(roles), limit)
    assert [int(message.content) for message in trimmed.messages] == kept
    assert trimmed.dropped == len(roles) - len(kept)


@pytest.mark.parametrize("seed", range(100))
def test_properties(seed: int) -> None:
    chance = random.Random(seed)
    roles = "".join(chance.choices("suuaa", k=chance.randint(1, 30))) + "u" + "a" * chance.randint(0, 4)
    messages = conversation(roles)
    limit = roles.count("s") + chance.randint(1, 12)
    kept = trim(messages, limit).messages
    assert len(kept) <= limit
    assert [m for m in kept if m.role == "system"] == [m for m in messages if m.role == "system"]
    assert [m for m in messages if m.role == "user"][-1] in kept
    order = [int(message.content) for message in kept]
    assert all(earlier < later for earlier, later in itertools.pairwise(order))


def test_system_messages_must_leave_room() -> None:
    with pytest.raises(InvalidRequest) as caught:
        trim(conversation("ssu"), 2)
    assert caught.value.errors[0].field == "messages"


def turns(count: int) -> list[dict[str, str]]:
    messages = [
        {"role": "user" if index % 2 == 0 else "assistant", "content": f"turn{index}"}
        for index in range(count)
    ]
    return [{"role": "system", "content": "be brief"}, *messages]


async def test_the_answer_says_what_was_cut(start: Start, upstream: FakeUpstream) -> None:
    api = await start(MAX_CONTEXT_MESSAGES=4)
    expected = {"received": 10, "sent": 4, "dropped": 6}

    async with api.chat(turns(9), stream=False) as response:
        assert (await response.json())["context"] == expected
        assert response.headers["X-Context-Dropped"] == "6"
    assert (await api.events(turns(9)))[0][1]["context"] == expected
    said = [message["content"] for message in upstream.requests[0]["messages"]]
    assert said == ["be brief", "turn6", "turn7", "turn8"]
    assert (await api.request_line(dropped=6))["messages"] == 10


async def test_a_conversation_over_the_context_window_is_cut_until_it_fits(
    api: Api, upstream: FakeUpstream
) -> None:
    upstream.max_context = 4
    events = await api.events(turns(9))
    assert events[0][1]["context"] == {"received": 10, "sent": 4, "dropped": 6}
    assert events[-1][0] == "done"


async def test_a_single_message_over_the_context_window_is_refused(api: Api, upstream: FakeUpstream) -> None:
    upstream.max_context = 0
    problem = await api.problem("hello")
    assert (problem["status"], problem["code"]) == (422, "context_too_long")
    assert len(upstream.requests) == 1
