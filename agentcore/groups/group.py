"""Conversations of more than two."""

from __future__ import annotations

import inspect
from collections.abc import Generator, Iterable, Mapping
from typing import Any, Final

from agentcore.agents.agent import ConversableAgent
from agentcore.base.checks import did_you_mean, several
from agentcore.base.errors import AgentNotFoundError
from agentcore.groups.session import Session
from agentcore.groups.strategies import Transitions, strategy_for
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.conditions import as_condition
from agentcore.protocol.decisions import InSteps
from agentcore.protocol.message import Message
from agentcore.protocol.rules import agent_reply
from agentcore.runtime.turns.fan_out import current_turn
from agentcore.runtime.turns.reply import ReplyTurn

__all__ = ["GroupChat"]

POLICIES: Final = ("stop", "continue")


class GroupChat(ConversableAgent):
    """An agent that is a conversation of several: whoever talks to it talks to all of them.

    ``system.spawn(GroupChat, "team", [alice, bob, carol], max_round=6)``, and then
    ``user.initiate_chat(team, "...")``. One member speaks at a time, and each gets every message
    once, in one order, in its history with the group; ``name`` says who said it. Whoever began the
    conversation from outside is answered with the last message; its metadata has ``group``: how
    many rounds there were, why the group stopped, and who spoke last. A member that began it has
    had every message already: it is not answered, and its conversation stops for the reason that
    the group has stopped for.

    It costs the turns of its messages, and ends by the first of these: ``max_round``; nobody may
    speak (``NO_SPEAKER``); a member says nothing, or is at its limit; a message that ends a
    conversation; ``until``; the budget.

    Args:
        name: unique in its system; may be left out for an agent that is not spawned.
        agents: the members, in order: refs, names or agent objects.
        max_round: how many messages the members may say.
        speaker_selection: who speaks next: ``auto`` asks the model given as ``llm=``;
            ``round_robin``; ``random``; ``manual`` asks a human; or a function of what it names of
            ``last_speaker``, ``messages`` and ``candidates``, which gives a member, or ``None`` to
            end the chat.
        allowed_transitions: of a speaker those who may speak next; without it, anyone.
        admin: the member who is asked by ``manual``, and who speaks after another one failed.
        on_failure: ``stop`` fails with a member that fails; ``continue`` goes on without it.
        until: a condition that ends the group's conversation, as in ``initiate_chat``.
        seed: of ``random``.
        options: as of `ConversableAgent`: ``llm``, ``description``, ``is_termination_msg``, ...

    Raises:
        ValueError, TypeError: an argument is none of these, or names no member.
    """

    def __init__(
        self,
        name: Any,
        agents: Iterable[Any] | None = None,
        *,
        max_round: int = 10,
        speaker_selection: Any = "auto",
        allowed_transitions: Mapping[Any, Iterable[Any]] | None = None,
        admin: Any = None,
        on_failure: str = "stop",
        until: Any = None,
        seed: int = 0,
        **options: Any,
    ) -> None:
        if agents is None and not isinstance(name, str):
            name, agents = "group", name
        _check_options(options)
        options.setdefault("max_consecutive_auto_reply", -1)
        super().__init__(name, **options)
        self.members = several(agents or (), "the members of a group are a list of agents")
        if name in map(get_agent_name, self.members):
            raise ValueError(f"the group {name!r} cannot be a member of itself")
        if allowed_transitions is not None and not isinstance(allowed_transitions, Mapping):
            raise TypeError(
                "allowed_transitions says for each speaker who may follow, as in "
                f"{{'amy': ['bert']}}, not {allowed_transitions!r:.200}"
            )
        self.transitions = Transitions.of(self.members, allowed_transitions)
        names = self.transitions.members
        self.strategy = strategy_for(speaker_selection, names, seed)
        self.asks = speaker_selection if isinstance(speaker_selection, str) else ""
        if type(max_round) is not int or max_round < 1:
            raise ValueError(f"max_round is 1 or more, not {max_round!r}")
        if on_failure not in POLICIES:
            raise ValueError(f"on_failure is one of {', '.join(POLICIES)}, not {on_failure!r}")
        if self.asks == "auto" and self.llm is None:
            raise ValueError('speaker_selection="auto" asks a model who speaks next: give llm=')
        self.admin = None if admin is None else get_agent_name(admin)
        if self.admin is not None and self.admin not in names:
            raise ValueError(f"admin={self.admin!r} is no member; they are: {', '.join(names)}")
        self.max_round = max_round
        self.on_failure = on_failure
        self.until = None if until is None else as_condition(until)
        self.profiles: dict[str, tuple[str, frozenset[str]]] = {}

    @agent_reply()
    def run(self, raw_message: Message, sender: AgentRef) -> Any:
        """Let the members converse about a message."""
        turn = current_turn()
        assert isinstance(turn, ReplyTurn)
        return InSteps(self._converse(turn, raw_message, sender))

    def _converse(
        self, turn: ReplyTurn, raw_message: Message, sender: AgentRef
    ) -> Generator[Any, Any, Any]:
        runtime = turn.runtime
        refs, ends, gone = {}, [], []
        try:
            for each in self.members:
                try:
                    ref = runtime.resolve(each)
                except AgentNotFoundError:
                    if self.on_failure != "continue":
                        raise
                    gone.append(get_agent_name(each))
                    continue
                if not isinstance(each, str | AgentRef):
                    ends.append(ref.name)
                refs[ref.name] = ref
            session = Session(self, turn, refs, gone, raw_message, sender.name)
            return (yield from session.run())
        finally:
            for name in ends:
                runtime.release(name)


def _check_options(options: Mapping[str, Any]) -> None:
    known = [
        name
        for method in (GroupChat.__init__, ConversableAgent.__init__)
        for name, parameter in inspect.signature(method).parameters.items()
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD
    ]
    for key in options:
        if key not in known:
            hint = did_you_mean(key, known)
            raise TypeError(f"GroupChat has no argument {key!r}{hint}")
