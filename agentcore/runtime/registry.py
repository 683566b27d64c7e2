"""The agents of one process: how they come, are found, and go."""

from __future__ import annotations

import abc
import contextlib
import threading
import traceback
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import (
    AgentNotFoundError,
    NameInUseError,
    SpawnError,
    SystemClosedError,
    SystemMismatchError,
)
from agentcore.protocol.agent_ref import AgentRef, get_agent_name, kinds_of
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.streams.registry import StreamRegistry
from agentcore.runtime.turns.fan_out import current_turn

__all__ = ["Residents", "name_in_use"]


class Residents(abc.ABC):
    """The agents that live in this process.

    Attributes:
        backend: what hosts them.
        system: the system's id.
        place: where this process is, in words of the backend.
        closed: whether the system was closed.
        mailboxes: the agents, by name.
        streams: their streams.
    """

    mailbox_type: ClassVar[type[Mailbox]] = Mailbox

    def __init__(self, backend: ActorBackend, system: str, place: str) -> None:
        self.backend = backend
        self.system = system or uuid.uuid4().hex
        self.place = place
        self.closed = False
        self.mailboxes: dict[str, Mailbox] = {}
        self.streams: StreamRegistry
        self._borrowed: dict[str, int] = {}
        self._reserved: set[str] = set()
        self._lock = threading.RLock()

    @abc.abstractmethod
    def left_over(self, item: Any, name: str) -> None:
        """An item was in the mailbox of an agent that was closed: it fails."""

    def spawn_here(
        self, cls: type, names: Sequence[str], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[AgentRef, ...]:
        """Construct agents in this process: all or none."""
        self._reserve(names)
        agents = []
        try:
            for name in names:
                agents.append(_construct(cls, name, args, kwargs))
            return tuple([self.host(agent) for agent in agents])
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

    def host(self, agent: Any) -> AgentRef:
        """Give an agent object a mailbox here."""
        ref = AgentRef(agent.name, self.system, self.place, kinds_of(type(agent)))
        runtime: Any = self  # what is asked of a mailbox's process is more than residents
        mailbox = self.mailbox_type(runtime, agent, ref)
        agent._mailbox = mailbox
        self.backend.attach(mailbox)
        self.mailboxes[agent.name] = mailbox
        return ref

    def acquire(self, agent: Any) -> AgentRef:
        """Host an agent object of the caller's for a conversation; `release` ends that.

        Raises:
            NameInUseError: another agent has its name.
            SystemMismatchError: the object is in a conversation in another system.
        """
        with self._lock:
            self.check_open()
            mailbox = agent._mailbox
            if mailbox is not None and not mailbox.closed and mailbox.runtime is not self:
                raise SystemMismatchError(
                    f"agent {agent.name!r} is hosted by another system; "
                    "use it there, or make one agent for each system"
                )
            here = self.mailboxes.get(agent.name)
            if here is None:
                if agent.name in self._reserved:
                    raise name_in_use(agent.name)
                ref = AgentRef(agent.name, self.system, self.place, kinds_of(type(agent)))
                self.backend.claim(ref)
                self._borrowed[agent.name] = 1
                return self.host(agent)
            if here.agent is not agent:
                raise name_in_use(agent.name)
            if agent.name in self._borrowed:
                self._borrowed[agent.name] += 1
            return here.ref

    def borrowed(self) -> list[str]:
        """Name the agent objects that are hosted here for their conversations."""
        return list(self._borrowed)

    def release(self, name: str) -> None:
        """Undo one `acquire`."""
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
            return  # the system was closed just now
        with contextlib.suppress(AgentNotFoundError):  # or the agent, which had it disclaimed
            self._leave(name)  # its streams are still to be read, by whoever it answered
            self.backend.disclaim(mailbox.ref)

    def close_here(self, name: str) -> None:
        """End an agent of this process; what waited in its mailbox fails."""
        with self._lock:
            self._borrowed.pop(name, None)  # nobody need let it go any more
            mailbox = self.mailboxes.get(name)
        self._leave(name)
        if mailbox is not None:
            error = AgentDiedError(f"agent {name!r} was closed in its turn", agent=name)
            for turn in mailbox.awaiting():
                if turn is not current_turn():
                    turn.abandon(error)
            mailbox.give_up(error)
        self.streams.close_agent(name)

    def _leave(self, name: str) -> None:
        mailbox = self.mailboxes.pop(name, None)
        if mailbox is None:
            raise self.not_found(name)
        left = mailbox.close()
        mailbox.agent._mailbox = None
        self.backend.detach(mailbox)
        for item in left:
            self.left_over(item, name)

    def ref_here(self, name: str) -> AgentRef | None:
        """Give the ref of an agent of this process."""
        mailbox = self.mailboxes.get(name)
        return None if mailbox is None else mailbox.ref

    def refs_here(self) -> list[AgentRef]:
        """Give the refs of the agents of this process."""
        return [mailbox.ref for mailbox in list(self.mailboxes.values())]

    def check_open(self) -> None:
        """Raise ``SystemClosedError`` if the system was closed."""
        if self.closed:
            raise SystemClosedError("the system was closed; connect() again")

    def not_found(self, name: str) -> AgentNotFoundError:
        """Give the error for a name that no agent has."""
        names = [ref.name for ref in self.backend.refs()]
        hint = did_you_mean(name, names)
        return AgentNotFoundError(f"no agent of this system is named {name!r}{hint}")

    def resolve(self, agent: Any) -> AgentRef:
        """Find the agent that is meant by a ref, a name or an agent object.

        An object that is hosted nowhere is adopted: pair this with `release`.
        """
        if isinstance(agent, AgentRef):
            if agent.system != self.system:
                raise SystemMismatchError(
                    f"agent {agent.name!r} belongs to another system; agents converse "
                    "within one system"
                )
            return agent
        if isinstance(agent, str):
            ref = self.ref_here(agent) or self.backend.find(agent)
            if ref is None:
                raise self.not_found(agent)
            return ref
        get_agent_name(agent)
        if not hasattr(agent, "_mailbox"):
            raise TypeError(f"{agent!r} is no agent: derive it from ConversableAgent")
        return self.acquire(agent)

    def resolve_hosted(self, agent: Any) -> AgentRef:
        """Find the agent that is meant, which must be hosted already.

        Raises:
            AgentNotFoundError: there is no such agent in this system.
        """
        mailbox = getattr(agent, "_mailbox", None)
        if mailbox is not None:
            agent = mailbox.ref
        return self.resolve(agent if isinstance(agent, AgentRef) else get_agent_name(agent))


def _construct(cls: type, name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    try:
        agent = cls(name, *args, **kwargs)
    except Exception as error:
        raise SpawnError(
            f"agent {name!r} could not be constructed: {cls.__name__} raised "
            f"{type(error).__name__}: {error}",
            agent=name,
            traceback=traceback.format_exc(),
        ) from error
    if getattr(agent, "name", None) != name or not hasattr(agent, "_mailbox"):
        raise SpawnError(
            f"{cls.__name__}({name!r}) made no agent of that name: derive it from "
            "ConversableAgent and give it the name",
            agent=name,
        )
    return agent


def name_in_use(name: str) -> NameInUseError:
    """Give the error for a name that is taken."""
    return NameInUseError(
        f"the name {name!r} is taken in this system; close that agent first, or choose another",
        agent=name,
    )
