"""The Pykka actor that an agent is on threads.

Lifecycle, refs and registry are Pykka's: ``pykka.ActorRegistry`` knows every agent, and an
actor's own ref can stop it, or call it by proxy. What differs is who runs it: not a thread of
its own, but whichever worker of the pool serves its mailbox.
"""

from __future__ import annotations

from typing import Any

import pykka
from pykka import ActorDeadError, Future, ThreadingFuture

from agentcore import AgentDiedError
from agentcore.backend import Mailbox

__all__ = ["AgentActor"]


class _Inbox:
    """The actor's mailbox as Pykka sees it: what it puts there waits among the agent's mail."""

    __slots__ = ("_mailbox",)

    def __init__(self) -> None:
        self._mailbox: Mailbox | None = None

    def bind(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def put(self, envelope: Any, /) -> None:
        assert self._mailbox is not None
        item = _FromPykka(envelope)
        try:
            mailbox = self._mailbox.post(item)
        except AgentDiedError:
            item.dead(f"agent {self._mailbox.ref.name!r}")
        else:
            if mailbox is not None:
                mailbox.runtime.schedule(mailbox)

    def get(self) -> Any:
        raise RuntimeError("the mail of an agent is taken by its turns")

    def empty(self) -> bool:
        return True


class _FromPykka:
    """A message that came by Pykka's own ref or proxy."""

    __slots__ = ("_envelope",)

    chain: tuple[str, ...] = ()

    def __init__(self, envelope: Any) -> None:
        self._envelope = envelope

    @staticmethod
    def take(mailbox: Mailbox, item: _FromPykka) -> None:
        """Let the actor handle it, as Pykka's own loop does."""
        item._handle(mailbox)

    def _handle(self, mailbox: Mailbox) -> None:
        reply_to = self._envelope.reply_to
        try:
            response = mailbox.actor._handle_receive(self._envelope.message)
        except BaseException:  # whatever it is, whoever asked waits for it
            if reply_to is None:
                raise
            reply_to.set_exception()
        else:
            if reply_to is not None:
                reply_to.set(response)

    def dead(self, name: str) -> None:
        """Answer that there is nobody to handle it."""
        if self._envelope.reply_to is not None:
            error = ActorDeadError(f"{name} not found")
            self._envelope.reply_to.set_exception((ActorDeadError, error, None))


class AgentActor(pykka.Actor):
    """An agent as a Pykka actor."""

    def __init__(self, mailbox: Mailbox) -> None:
        super().__init__()
        self._mailbox = mailbox
        self.agent = mailbox.agent
        mailbox.actor = self  # Pykka's refs hold actors weakly: the mailbox keeps this one
        inbox: Any = self.actor_inbox
        inbox.bind(mailbox)

    @staticmethod
    def _create_actor_inbox() -> Any:
        return _Inbox()

    @staticmethod
    def _create_future() -> Future[Any]:
        return ThreadingFuture()

    def _start_actor_loop(self) -> None:
        self._actor_loop_setup()

    def _stop(self) -> None:
        """Pykka was asked to stop the actor: that closes the agent, which ends in `retire`."""
        self._mailbox.runtime.backend.close_agent(self._mailbox.ref)

    def retire(self) -> None:
        """The agent was closed: leave the registry."""
        super()._stop()
