"""The Pykka actor that hosts an agent on threads.

Lifecycle, refs and registry are Pykka's: ``pykka.ActorRegistry`` knows every agent, and an
actor's own ref can stop it, or call it by proxy. But the actor has no thread of its own: any
worker of the pool runs its turns.
"""

from __future__ import annotations

from typing import Any

import pykka
from pykka import ActorDeadError, Future, ThreadingFuture

from agentcore import AgentDiedError
from agentcore.backend import Mailbox

__all__ = ["AgentActor"]


class _PykkaInbox:
    """The actor's inbox for Pykka: what Pykka puts there waits in the agent's own mailbox."""

    __slots__ = ("_mailbox",)

    def __init__(self) -> None:
        self._mailbox: Mailbox | None = None

    def bind(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def put(self, envelope: Any, /) -> None:
        assert self._mailbox is not None
        item = _PykkaMessage(envelope)
        try:
            mailbox = self._mailbox.post(item)
        except AgentDiedError:
            item.dead(f"agent {self._mailbox.ref.name!r}")
        else:
            if mailbox is not None:
                mailbox.runtime.schedule(mailbox)

    def get(self) -> Any:
        raise RuntimeError("the turns of an agent take its mail, not Pykka's loop")

    def empty(self) -> bool:
        return True


class _PykkaMessage:
    """A message from Pykka's own ref or proxy: an item of the agent's mailbox."""

    __slots__ = ("_envelope",)

    chain: tuple[str, ...] = ()

    def __init__(self, envelope: Any) -> None:
        self._envelope = envelope

    @staticmethod
    def take(mailbox: Mailbox, item: _PykkaMessage) -> None:
        """Let the actor handle the message, as Pykka's own loop does."""
        item._handle(mailbox)

    def _handle(self, mailbox: Mailbox) -> None:
        reply_to = self._envelope.reply_to
        try:
            response = mailbox.actor._handle_receive(self._envelope.message)
        except BaseException:  # the caller waits, and gets whatever was raised
            if reply_to is None:
                raise
            reply_to.set_exception()
        else:
            if reply_to is not None:
                reply_to.set(response)

    def dead(self, name: str) -> None:
        """Fail the message: its agent was closed."""
        if self._envelope.reply_to is not None:
            error = ActorDeadError(f"{name} not found")
            self._envelope.reply_to.set_exception((ActorDeadError, error, None))


class AgentActor(pykka.Actor):
    """An agent as a Pykka actor."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__()
        self._mailbox = mailbox
        self.agent = mailbox.agent
        mailbox.actor = self  # keeps the actor alive: Pykka's refs hold it weakly
        inbox: Any = self.actor_inbox
        inbox.bind(mailbox)

    @staticmethod
    def _create_actor_inbox() -> Any:
        return _PykkaInbox()

    @staticmethod
    def _create_future() -> Future[Any]:
        return ThreadingFuture()

    def _start_actor_loop(self) -> None:
        self._actor_loop_setup()

    def _stop(self) -> None:
        """Close the agent, because Pykka was asked to stop its actor; that calls `retire`."""
        self._mailbox.runtime.backend.close_agent(self._mailbox.ref)

    def retire(self) -> None:
        """Leave Pykka's registry, because the agent was closed."""
        super()._stop()
