"""Finding agents: what is meant by an agent object, a ref or a name."""

from __future__ import annotations

from agentcore.base.errors import AgentNotFoundError, SystemMismatchError
from agentcore.protocol.address import name_of, part_of
from agentcore.protocol.agent_ref import AgentLike, AgentRef, get_agent_name
from agentcore.protocol.sessions import member_of
from agentcore.runtime.registry import AgentRegistry
from agentcore.runtime.runtime_port import RuntimePort
from agentcore.runtime.turns.turn import current_turn

__all__ = ["AgentLookup"]


class AgentLookup:
    """Finds the agents of a system, in whatever process they are.

    Args:
        runtime: the runtime of this process.
        registry: the agents of this process.
    """

    def __init__(self, runtime: RuntimePort, registry: AgentRegistry) -> None:
        self._runtime = runtime
        self._registry = registry

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
            return self._named(agent)
        get_agent_name(agent)
        if not hasattr(agent, "_mailbox"):
            raise TypeError(f"{agent!r} is no agent: derive it from ConversableAgent")
        return self._registry.acquire(agent)

    def _named(self, name: str) -> AgentRef:
        mailbox = self._registry.mailboxes.get(name)
        if mailbox is not None:
            return mailbox.ref
        # In a conversation that an agent object began, its name means that object, and no other
        # object of that name. The name of a pool means the agent that has asked already.
        turn = current_turn()
        met = () if turn is None else turn.met()
        known = next((each for each in met if each != name and name_of(each) == name), "")
        ref = self._registry.ref_here(known or name) or self._elsewhere(known or name)
        if ref is None:
            raise self._registry.not_found(name_of(name))
        return ref

    def _elsewhere(self, address: str) -> AgentRef | None:
        find = self._runtime.backend.find
        ref = find(address)
        if ref is None and part_of(address):
            pool = find(name_of(address))
            return member_of(pool, part_of(address)) if pool is not None and pool.is_pool else None
        return ref

    def resolve_single(self, agent: AgentLike) -> AgentRef:
        """Return the ref of an agent that is no pool.

        Raises:
            AgentNotFoundError: it is a pool, or there is no such agent.
        """
        ref = self.resolve(agent)
        if ref.is_pool:
            raise AgentNotFoundError(
                f"{ref.name!r} is a pool: it has an agent for each session, and none to call; "
                "begin a conversation with it"
            )
        return ref
