"""Agents that ask many others at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.base.errors import AgentCoreError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.testing.conformance.agents.player import Player, last_content

__all__ = ["AsksAll", "AsksAllOrAnswers"]


class AsksAll(Player):
    """Sends what it hears to all ``peers`` at once, and answers with their answers.

    For a peer that did not answer it gives the kind of the stop reason.

    Args:
        peers: whom it asks.
        later: whether its rule is ``async def``.
        asking: further arguments of `ask_all`.
        catches: whether its rule answers with an error's name in place of raising the error.
        options: further arguments of the agent.
    """

    def __init__(
        self,
        name: str,
        peers: Sequence[Any],
        later: bool = False,
        asking: Mapping[str, Any] | None = None,
        catches: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(name, **options)
        self.peers = peers
        self.asking = dict(asking or {})
        self.catches = catches
        self.answers: Any = ()
        self.register_reply(None, self.ask_later if later else self.ask_now)

    def ask_now(self, raw_message: Message) -> tuple[bool, Any]:
        try:
            self.answers = self.ask_all(raw_message, self.peers, **self.asking)
        except AgentCoreError as error:
            return self._caught(error)
        return True, self._told()

    async def ask_later(self, raw_message: Message) -> tuple[bool, Any]:
        try:
            self.answers = await self.a_ask_all(raw_message, self.peers, **self.asking)
        except AgentCoreError as error:
            return self._caught(error)
        return True, self._told()

    def _caught(self, error: AgentCoreError) -> tuple[bool, Any]:
        if not self.catches:
            raise error
        return True, f"caught {type(error).__name__}"

    def _told(self) -> str:
        told = [
            last_content(each) if each.turns > 1 else str(each.stop.kind) for each in self.answers
        ]
        return f"{self.name}({', '.join(told)})"

    def kinds(self) -> list[str]:
        """Give the kinds of the stop reasons of the last answers."""
        return [str(each.stop.kind) for each in self.answers]

    def failure(self) -> str:
        """Give the name of the type of the first error among the last answers."""
        return type(self.answers.error).__name__


class AsksAllOrAnswers(AsksAll):
    """Asks all peers when an agent called ``user...`` asks; answers anyone else itself."""

    def ask_now(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:  # type: ignore[override]
        if sender.name.startswith("user"):
            return super().ask_now(raw_message)
        return True, f"{self.name} answers"

    async def ask_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:  # type: ignore[override]
        if sender.name.startswith("user"):
            return await super().ask_later(raw_message)
        return True, f"{self.name} answers"
