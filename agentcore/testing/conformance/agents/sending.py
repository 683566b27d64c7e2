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
    """Sends what it heard to ``peer``, with options, and says what came of it."""

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
    """Sends what it heard to ``peer``, and answers with the last that was said there."""

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
    """Begins conversations in its turn, by ``how``, and says how they stopped."""

    def __init__(self, name: str, how: str, peer: Any, other: Any = None, **options: Any) -> None:
        super().__init__(name)
        self.peer = peer
        self.other = other
        self.begun = options
        self.caught = ""
        self.register_reply(None, getattr(self, how))

    def initiate(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """Begin one of its own."""
        if sender.name == get_agent_name(self.peer):
            return True, None
        return True, str(self.initiate_chat(self.peer, raw_message, **self.begun).stop.kind)

    async def initiate_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """The same, awaited."""
        if sender.name == get_agent_name(self.peer):
            return True, None
        result = await self.a_initiate_chat(self.peer, raw_message, **self.begun)
        return True, str(result.stop.kind)

    def have_it_begun(self, raw_message: Message) -> tuple[bool, Any]:
        """Let another agent begin one with a third, and wait for it."""
        return True, str(self.other.initiate_chat(self.peer, raw_message, **self.begun).stop.kind)

    def start(self, raw_message: Message) -> tuple[bool, Any]:
        """Let another agent begin one with a third, and ask for its result."""
        chat = self.other.start_chat(self.peer, raw_message, **self.begun)
        return True, str(chat.result().stop.kind)

    async def start_later(self, raw_message: Message) -> tuple[bool, Any]:
        """The same, awaited."""
        chat = self.other.start_chat(self.peer, raw_message, **self.begun)
        return True, str((await chat).stop.kind)

    def twice(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """Send twice, and catch what the second attempt raises."""
        if sender.name == get_agent_name(self.peer):
            return True, None
        self.send(raw_message, self.peer)
        try:
            self.send(raw_message, self.peer)
        except BudgetSpentError as error:
            self.caught = str(error)
        return True, "sent twice"

    def try_and_go_on(self, raw_message: Message) -> tuple[bool, Any]:
        """Fail to have one begun, catch that, and answer."""
        try:
            self.other.initiate_chat(self.peer, raw_message, **self.begun)
        except (AgentCoreError, ValueError, TypeError) as error:
            return True, f"caught {type(error).__name__}"
        return True, "nothing was raised"


class Blocks(Player):
    """Sends from an ``async def`` rule as if it were a plain one."""

    def __init__(self, name: str, peer: Any, **options: Any) -> None:
        super().__init__(name, **options)
        self.peer = peer

    @agent_reply()
    async def block(self, raw_message: Message) -> tuple[bool, Any]:
        self.send(raw_message, self.peer)
        return True, None


class Calls(Player):
    """Calls a method of its own through its ref, in its turn."""

    @agent_reply()
    def call_itself(self, raw_message: Message) -> tuple[bool, Any]:
        assert self._mailbox is not None
        return True, self._mailbox.ref.call("tell_what", raw_message.content)

    def tell_what(self, what: str) -> str:
        """What is called."""
        return f"{self.name} knows {what}"


class Tells(Player):
    """Tells ``peer`` what it heard, and answers at once."""

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
