"""Agents that send, tell, begin chats or call methods in their turn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agentcore.base.errors import AgentCoreError, BudgetSpentError
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.testing.conformance.agents.player import Player, last_content

__all__ = ["Begins", "Blocks", "Calls", "Line", "Sends", "Tells"]


class Sends(Player):
    """Sends what it heard to ``peer``, and answers with the outcome.

    Args:
        peer: an agent object, a ref or a name.
        later: whether its rule is ``async def``.
        catches: whether its rule answers with an error's name in place of raising the error.
        sending: further arguments of `send`.
        options: further arguments of the agent.
    """

    def __init__(
        self,
        name: str,
        peer: Any,
        *,
        later: bool = False,
        catches: bool = False,
        sending: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self.peer = peer
        self.catches = catches
        self.sending = dict(sending or {})
        self.outcome = ""
        self.register_reply(None, self.send_later if later else self.send_now)

    def send_now(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == get_agent_name(self.peer):
            return True, None
        try:
            result = self.send(raw_message, self.peer, **self.sending)
        except AgentCoreError as error:
            return self.caught(error)
        self.outcome = result.stop.kind
        return True, f"sent: {self.outcome}"

    async def send_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == get_agent_name(self.peer):
            return True, None
        try:
            result = await self.a_send(raw_message, self.peer, **self.sending)
        except AgentCoreError as error:
            return self.caught(error)
        self.outcome = result.stop.kind
        return True, f"sent: {self.outcome}"

    def caught(self, error: AgentCoreError) -> tuple[bool, Any]:
        self.outcome = type(error).__name__
        if not self.catches:
            raise error
        return True, f"caught {self.outcome}"


class Line(Player):
    """Sends what it heard to ``peer``, and answers with the last message of that conversation."""

    def __init__(self, name: str, peer: Any, later: bool = False, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer
        self.spoken = 0
        self.register_reply(None, self.pass_on_later if later else self.pass_on)

    def pass_on(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == get_agent_name(self.peer):
            return True, None
        return True, f"{last_content(self.send(raw_message.content, self.peer))}!"

    async def pass_on_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if sender.name == get_agent_name(self.peer):
            return True, None
        return True, f"{last_content(await self.a_send(raw_message.content, self.peer))}!"


class Begins(Player):
    """Begins conversations in its turn, and answers with the kind of the stop reason.

    Args:
        how: the name of the method that is its rule.
        peer: with whom the conversation is begun.
        other: who begins it, where that is another agent.
        options: further arguments of the method that begins it.
    """

    def __init__(self, name: str, how: str, peer: Any, other: Any = None, **options: Any) -> None:
        super().__init__(name)
        self.peer = peer
        self.other = other
        self.begun = options
        self.caught = ""
        self.register_reply(None, getattr(self, how))

    def initiate(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """Begin a conversation of its own."""
        if sender.name == get_agent_name(self.peer):
            return True, None
        return True, str(self.initiate_chat(self.peer, raw_message, **self.begun).stop.kind)

    async def initiate_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """Do what the method above does, awaited."""
        if sender.name == get_agent_name(self.peer):
            return True, None
        result = await self.a_initiate_chat(self.peer, raw_message, **self.begun)
        return True, str(result.stop.kind)

    def have_it_begun(self, raw_message: Message) -> tuple[bool, Any]:
        """Let another agent begin a conversation with a third, and wait for it."""
        return True, str(self.other.initiate_chat(self.peer, raw_message, **self.begun).stop.kind)

    def start(self, raw_message: Message) -> tuple[bool, Any]:
        """Let another agent start a conversation with a third, and wait for the result."""
        chat = self.other.start_chat(self.peer, raw_message, **self.begun)
        return True, str(chat.result().stop.kind)

    async def start_later(self, raw_message: Message) -> tuple[bool, Any]:
        """Do what the method above does, awaited."""
        chat = self.other.start_chat(self.peer, raw_message, **self.begun)
        return True, str((await chat).stop.kind)

    def twice(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """Send twice, and catch the error of the second attempt."""
        if sender.name == get_agent_name(self.peer):
            return True, None
        self.send(raw_message, self.peer)
        try:
            self.send(raw_message, self.peer)
        except BudgetSpentError as error:
            self.caught = str(error)
        return True, "sent twice"

    def try_and_go_on(self, raw_message: Message) -> tuple[bool, Any]:
        """Catch the error of a conversation that cannot be begun, and answer."""
        try:
            self.other.initiate_chat(self.peer, raw_message, **self.begun)
        except (AgentCoreError, ValueError, TypeError) as error:
            return True, f"caught {type(error).__name__}"
        return True, "nothing was raised"


class Blocks(Player):
    """Calls the blocking `send` in an ``async def`` rule, which is an error."""

    def __init__(self, name: str, peer: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer

    @agent_reply()
    async def block(self, raw_message: Message) -> tuple[bool, Any]:
        self.send(raw_message, self.peer)
        return True, None


class Calls(Player):
    """Calls a method of its own through its ref, in its own turn."""

    @agent_reply()
    def call_itself(self, raw_message: Message) -> tuple[bool, Any]:
        assert self._mailbox is not None
        return True, self._mailbox.ref.call("tell_what", raw_message.content)

    def tell_what(self, what: str) -> str:
        """Give a sentence about ``what``."""
        return f"{self.name} knows {what}"


class Tells(Player):
    """Sends what it heard to ``peer`` by `tell`, which waits for no answer, and answers."""

    def __init__(self, name: str, peer: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer
        self.order: list[str] = []

    @agent_reply()
    def pass_on(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        self.order.append(sender.name)
        if sender.name == get_agent_name(self.peer):
            return True, None
        self.tell(raw_message, self.peer)
        return True, "told"
