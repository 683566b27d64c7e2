"""What was said in a group, over all of its runs: how it goes on, is saved, and comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from agentcore.base.errors import MessageError, StateError
from agentcore.base.plain_data import Default, plain_data
from agentcore.protocol.message import Message
from agentcore.protocol.saved_messages import saved_messages

__all__ = ["GROUP_MESSAGES", "GroupLog"]

GROUP_MESSAGES: Final = "group_messages"  # where a group's saved state has its log


@attrs.define
class GroupLog:
    """The messages of a group, each with the name of who said it.

    Attributes:
        messages: what was said since a conversation with the group last began anew.
        unheard: whether they come from elsewhere, so that the members have not heard them.
    """

    messages: list[Message] = attrs.field(factory=list)
    unheard: bool = False

    @classmethod
    def read(cls, given: Any, whose: str) -> GroupLog:
        """Read messages that were saved, or JSON of them.

        Args:
            whose: what they are, in words for the errors.

        Raises:
            MessageError: they are no such list.
        """
        messages = saved_messages(given, whose)
        return cls(messages, bool(messages))

    @classmethod
    def of_state(cls, state: Mapping[str, Any], group: str) -> GroupLog:
        """Read the log out of a saved state; the state of an agent that is no group has none.

        Raises:
            StateError: what it has is no list of messages.
        """
        try:
            return cls.read(state.get(GROUP_MESSAGES, ()), f"{GROUP_MESSAGES} of group {group!r}")
        except MessageError as error:
            raise StateError(f"the state of group {group!r} cannot be loaded: {error}") from error

    def saved(self, default: Default | None) -> Any:
        """Return the messages as dicts that JSON has.

        Raises:
            MessageTypeError: a message has a value that JSON does not have.
        """
        return plain_data([dict(each) for each in self.messages], "$", default)

    def begin(self, first: Message, anew: bool) -> tuple[list[Message], bool]:
        """Begin a run of the group.

        Args:
            first: the message that it begins with, with the name of who said it.
            anew: whether its conversation began anew, which clears what the members have heard.
                What they have not heard yet was given for this run, and stays.

        Returns:
            what was said before it, and whether the members are to be told that, too.
        """
        unheard, self.unheard = self.unheard, False
        if anew and not unheard:
            self.messages = []
        last = self.messages[-1] if unheard else None
        if last is not None and (last.name, last.content) == (first.name, first.content):
            self.messages.pop()  # said again to go on, as AutoGen's resume() wants it
        return list(self.messages), unheard
