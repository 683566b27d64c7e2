"""The registry: the agents of one process, how they are hosted, found and closed."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import (
    AgentNotFoundError,
    NameInUseError,
    SystemClosedError,
    SystemMismatchError,
)
from agentcore.protocol.agent_ref import AgentLike, AgentRef, get_agent_name, kinds_of
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.runtime.construction import constructed
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.turn import current_turn

__all__ = ["AgentRegistry", "name_in_use"]


class AgentRegistry:
    """The agents that live in this process.

    There are two kinds. Spawned agents live until they are closed. Agent objects of the caller's
    are borrowed: they are hosted only while they converse, and `acquire` and `release` count for
    how many conversations that is.

    Args:
        runtime: the runtime of this process.
        mailbox_type: the class of the mailboxes that agents get.

    Attributes:
        closed: whether the system was closed.
        mailboxes: the mailboxes of the agents, by name.
    """

    def __init__(self, runtime: RuntimePort, mailbox_type: type[Mailbox]) -> None:
        self._runtime = runtime
        self._mailbox_type = mailbox_type
        self._borrowed: dict[str, int] = {}  # how often each was acquired, by name
        self._reserved: set[str] = set()
        self._lock = threading.RLock()
        self.closed = False
        self.mailboxes: dict[str, Mailbox] = {}

    # --- hosting --------------------------------------------------------------------------------

    def spawn_here(
        self, cls: type, names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[AgentRef, ...]:
        """Construct agents in this process: all or none.

        Raises:
            NameInUseError: a name is taken.
            SpawnError: a constructor raised.
        """
        self._reserve(names)
        try:
            agents = [constructed(cls, name, args, kwargs) for name in names]
            return tuple([self._host(agent) for agent in agents])
        finally:
            with self._lock:
                self._reserved.difference_update(names)

    def _reserve(self, names: Sequence[str]) -> None:
        with self._lock:
            self.check_open()
            taken = [name for name in names if name in self.mailboxes or name in self._reserved]
            taken += [name for name, count in Counter(names).items() if count > 1]
            if taken:
                raise name_in_use(taken[0])
            self._reserved.update(names)

    def _ref_of(self, agent: Any) -> AgentRef:
        runtime = self._runtime
        return AgentRef(agent.name, runtime.system, runtime.place, kinds_of(type(agent)))

    def _host(self, agent: Any) -> AgentRef:
        """Give an agent object a mailbox here."""
        mailbox = self._mailbox_type(self._runtime, agent, self._ref_of(agent))
        agent._mailbox = mailbox
        self._runtime.backend.attach(mailbox)
        self.mailboxes[agent.name] = mailbox
        return mailbox.ref

    def acquire(self, agent: Any) -> AgentRef:
        """Host an agent object while it converses; each call needs one `release`.

        Raises:
            NameInUseError: another agent has its name.
            SystemMismatchError: the object is in a conversation in another system.
        """
        with self._lock:
            self.check_open()
            mailbox = agent._mailbox
            if mailbox is not None and not mailbox.closed and mailbox.runtime is not self._runtime:
                raise SystemMismatchError(
                    f"agent {agent.name!r} is hosted by another system; "
                    "use it there, or make one agent for each system"
                )
            here = self.mailboxes.get(agent.name)
            if here is None:
                if agent.name in self._reserved:
                    raise name_in_use(agent.name)
                self._runtime.backend.claim(self._ref_of(agent))
                self._borrowed[agent.name] = 1
                return self._host(agent)
            if here.agent is not agent:
                raise name_in_use(agent.name)
            if agent.name in self._borrowed:
                self._borrowed[agent.name] += 1
            return here.ref

    def borrowed(self) -> list[str]:
        """Give the names of agent objects that are hosted here only while they converse."""
        return list(self._borrowed)

    # --- closing --------------------------------------------------------------------------------

    def release(self, name: str) -> None:
        """Undo one `acquire`; the last one ends the hosting. Does nothing for spawned agents."""
        with self._lock:
            count = self._borrowed.get(name)
            if count is None:
                return
            if count > 1:
                self._borrowed[name] = count - 1
                return
            del self._borrowed[name]
            mailbox = self.mailboxes.get(name)
        if mailbox is None:
            return  # the system was closed meanwhile
        # Only hosting ends here: its streams stay, for agents that it answered with them.
        with contextlib.suppress(AgentNotFoundError):  # the agent was closed meanwhile
            self._leave(name)
            self._runtime.backend.disclaim(mailbox.ref)

    def close_here(self, name: str) -> None:
        """Close an agent of this process; items in its mailbox, and turns that wait, fail.

        Raises:
            AgentNotFoundError: there is no such agent here.
        """
        with self._lock:
            self._borrowed.pop(name, None)  # later calls of `release` then do nothing
            mailbox = self.mailboxes.get(name)
        self._leave(name)
        if mailbox is not None:
            error = AgentDiedError(f"agent {name!r} was closed in its turn", agent=name)
            for turn in mailbox.awaiting():
                if turn is not current_turn():
                    turn.abandon(error)
            mailbox.give_up(error)

    def _leave(self, name: str) -> None:
        mailbox = self.mailboxes.pop(name, None)
        if mailbox is None:
            raise self.not_found(name)
        left = self._unhost(mailbox)
        for item in left:
            self._runtime.left_over(item, name)

    def _unhost(self, mailbox: Mailbox) -> list[Any]:
        left = mailbox.close()
        mailbox.agent._mailbox = None
        self._runtime.backend.detach(mailbox)
        return left

    def close_all(self, error: BaseException) -> None:
        """Close every agent of this process, and end the waits of their turns with ``error``."""
        mailboxes = [self.mailboxes.pop(name) for name in list(self.mailboxes)]
        for mailbox in mailboxes:
            self._unhost(mailbox)
        # After all mailboxes are closed: what a turn began just now may be left in one of them, and
        # nobody would answer it.
        for mailbox in mailboxes:
            mailbox.give_up(error)

    # --- finding --------------------------------------------------------------------------------

    def check_open(self) -> None:
        """Raise ``SystemClosedError`` if the system was closed."""
        if self.closed:
            raise SystemClosedError("the system was closed; connect() again")

    def not_found(self, name: str) -> AgentNotFoundError:
        """Make the error for a name that no agent has."""
        names = [ref.name for ref in self._runtime.backend.refs()]
        hint = did_you_mean(name, names)
        return AgentNotFoundError(f"no agent of this system is named {name!r}{hint}")

    def ref_here(self, name: str) -> AgentRef | None:
        """Give the ref of an agent of this process; ``None`` if there is no such agent."""
        mailbox = self.mailboxes.get(name)
        return None if mailbox is None else mailbox.ref

    def refs_here(self) -> list[AgentRef]:
        """Give the refs of the agents of this process."""
        return [mailbox.ref for mailbox in list(self.mailboxes.values())]

    def waits_of(self, name: str) -> tuple[AgentRef, ...] | None:
        """Give the agents that an agent here waits for; ``None`` for one that is not here.

        It also waits for the present recipients of conversations that it began and that were
        handed off.
        """
        mailbox = self.mailboxes.get(name)
        return None if mailbox is None else (*mailbox.waits, *mailbox.forwarded.values())

    def promote(self, name: str, item_id: int) -> None:
        """Make an item urgent, by its id, in the mailbox of an agent here."""
        mailbox = self.mailboxes.get(name)
        if mailbox is not None:
            mailbox.promote(item_id)

    def resolve(self, agent: AgentLike) -> AgentRef:
        """Give the ref of an agent that is given as an object, a ref or a name.

        An agent object is acquired, and needs one `release` later.

        Raises:
            AgentNotFoundError: no agent of this system has the name.
            SystemMismatchError: it belongs to another system.
            TypeError: it is no agent.
        """
        if isinstance(agent, AgentRef):
            if agent.system != self._runtime.system:
                raise SystemMismatchError(
                    f"agent {agent.name!r} belongs to another system; agents converse "
                    "within one system"
                )
            return agent
        if isinstance(agent, str):
            ref = self.ref_here(agent) or self._runtime.backend.find(agent)
            if ref is None:
                raise self.not_found(agent)
            return ref
        get_agent_name(agent)
        if not hasattr(agent, "_mailbox"):
            raise TypeError(f"{agent!r} is no agent: derive it from ConversableAgent")
        return self.acquire(agent)

    def resolve_hosted(self, agent: AgentLike) -> AgentRef:
        """Give the ref of an agent that must be hosted already.

        Raises:
            AgentNotFoundError: there is no such agent in this system.
        """
        mailbox = getattr(agent, "_mailbox", None)
        if mailbox is not None:
            agent = mailbox.ref
        return self.resolve(agent if isinstance(agent, AgentRef) else get_agent_name(agent))


def name_in_use(name: str) -> NameInUseError:
    """Make the error for a name that another agent has."""
    return NameInUseError(
        f"the name {name!r} is taken in this system; close that agent first, or choose another",
        agent=name,
    )
