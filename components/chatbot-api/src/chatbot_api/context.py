"""Cuts a conversation to what is sent upstream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import FieldError, InvalidRequest
from .schema import Context, Message


@dataclass(frozen=True)
class Trimmed:
    """The messages to send, oldest first, out of ``received``."""

    messages: tuple[Message, ...]
    received: int

    @property
    def dropped(self) -> int:
        return self.received - len(self.messages)

    def context(self) -> Context:
        return Context(received=self.received, sent=len(self.messages), dropped=self.dropped)


def trim(messages: Sequence[Message], limit: int) -> Trimmed:
    """At most ``limit`` messages: every system message, the last user message, and the newest of the rest.

    The order stays. When something was cut, the rest does not begin with an assistant's message: many chat
    templates demand that the user speaks first.

    Raises:
        InvalidRequest: the system messages leave no room for a user message.
    """
    systems = sum(message.role == "system" for message in messages)
    if systems >= limit:
        reason = f"holds {systems} system messages; at most {limit - 1} fit beside the user's"
        raise InvalidRequest(f"messages {reason}", errors=[FieldError("messages", reason)])
    if len(messages) <= limit:
        return Trimmed(tuple(messages), len(messages))

    turns = [index for index, message in enumerate(messages) if message.role != "system"]
    last_user = max(index for index in turns if messages[index].role == "user")
    kept = turns[-(limit - systems) :]
    if last_user < kept[0]:
        kept = [last_user, *kept[1:]]
    while messages[kept[0]].role == "assistant":
        kept = kept[1:]
    chosen = set(kept)
    return Trimmed(
        tuple(m for index, m in enumerate(messages) if m.role == "system" or index in chosen), len(messages)
    )
