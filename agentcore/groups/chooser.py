"""Who speaks next in a group: asking those who are to say."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs
from loguru import logger

from agentcore.agents.model_lookup import model_for
from agentcore.agents.tool_calls import calls_of
from agentcore.base.errors import AgentNotFoundError
from agentcore.base.steps import Steps, soon
from agentcore.groups.strategies import (
    Choice,
    Described,
    Floor,
    Function,
    RoundRobin,
    again_message,
    manual_question,
    member_with_tool,
    next_in_turn,
    read_answer,
    read_choice,
    selection_messages,
    selection_output,
)
from agentcore.models.calls import completing
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Usage
from agentcore.runtime.turns.turn import current_turn

if TYPE_CHECKING:
    from agentcore.groups.group import GroupChat

__all__ = ["Chooser"]

ASKED_AGAIN: Final = 3  # times that a human is asked whose answer cannot be read
BY_GRAPH: Final = Choice(None, "allowed_transitions")


@attrs.define
class Chooser:
    """Chooses the speakers of one run of a group.

    Attributes:
        refs: the members, by name, in order.
        gone: those that failed.
        usage: what the model that chooses cost.
    """

    group: GroupChat
    refs: Mapping[str, AgentRef]
    gone: set[str] = attrs.field(factory=set)
    usage: Usage = attrs.field(factory=Usage)

    def choose(self, log: Sequence[Message], last: str) -> Any:
        """Say who speaks after ``last``: a name, a `Choice` of nobody, or what to await for it."""
        candidates = self.group.transitions.after(last)
        if self.gone:
            candidates = tuple(name for name in candidates if name not in self.gone)
        if not candidates:
            return BY_GRAPH
        message = log[-1]
        if message.tool_calls:
            return soon(self._by_tool(log, last, candidates))
        if message.metadata:
            handoff = message.metadata.get("handoff")
            if handoff and handoff.get("from") == last and handoff.get("to") in candidates:
                return handoff["to"]
        return self._by_strategy(log, last, candidates)

    def _by_strategy(self, log: Sequence[Message], last: str, candidates: tuple[str, ...]) -> Any:
        strategy = self.group.strategy
        if isinstance(strategy, Function):
            return soon(_ask_function(strategy, candidates, Floor(last, tuple(log))))
        if self.group.asks == "auto":
            return soon(self._ask_model(log, last, candidates))
        if self.group.asks == "manual":
            return soon(self._ask_human(last, candidates))
        if isinstance(strategy, RoundRobin):
            return next_in_turn(strategy.members, last, candidates)
        return strategy.choose(candidates, Floor(last))

    def _by_tool(self, log: Sequence[Message], last: str, candidates: tuple[str, ...]) -> Steps:
        profiles = yield from self._profiles()
        able = {name: profiles[name][1] for name in candidates}
        name = member_with_tool([call.name for call in calls_of(log[-1])], able, last)
        if name is not None:
            return name
        chosen = self._by_strategy(log, last, candidates)
        return (yield chosen) if inspect.iscoroutine(chosen) else chosen

    def _ask_model(self, log: Sequence[Message], last: str, candidates: tuple[str, ...]) -> Steps:
        """Ask the model, and again if it names nobody; else it is the next in turn."""
        if len(candidates) == 1:
            return candidates[0]
        group = self.group
        profiles = yield from self._profiles()
        members = [Described(name, profiles[name][0]) for name in self.refs]
        asked = selection_messages(members, log, candidates)
        model = model_for(group, group.llm)
        text = ""
        for _ in range(2):
            completion = yield from completing(model, asked, output=selection_output(candidates))
            self.usage += completion.usage
            text = completion.text
            name = read_choice(text, candidates)
            if name is not None:
                return name
            said = {"role": "assistant", "content": text or "(nothing)"}
            asked = [*asked, said, again_message(text, candidates)]
        logger.warning("the model of group {} named nobody twice: {!r:.200}", group.name, text)
        return next_in_turn(tuple(self.refs), last, candidates)

    def _ask_human(self, last: str, candidates: tuple[str, ...]) -> Steps:
        following = next_in_turn(tuple(self.refs), last, candidates) or candidates[0]
        question = manual_question(candidates, following)
        for _ in range(ASKED_AGAIN):
            if self.group.admin is None or self.group.admin in self.gone:
                typed: Any = self.group.get_human_input(question)
                if inspect.isawaitable(typed):
                    typed = yield typed
            else:
                typed = yield _ask_member(self.refs[self.group.admin], "get_human_input", question)
            choice = read_answer(typed, candidates, following)
            if choice is not None:
                return choice.name or choice
        return following

    def _profiles(self) -> Steps:
        """Give of each member its description and the names of its tools; asked for once."""
        known = self.group.profiles
        for name, ref in self.refs.items():
            if name not in known and name not in self.gone:
                try:
                    known[name] = yield _ask_member(ref, "_profile")
                except (AgentNotFoundError, AgentDiedError):
                    continue  # it is gone: that is found out for good when it is to speak
        return {name: known.get(name, ("", frozenset())) for name in self.refs}


def _ask_member(ref: AgentRef, method: str, *args: Any) -> Any:
    """Give what to await for the value of a method; it costs no turn, being no message."""
    turn = current_turn()
    assert turn is not None
    return turn.runtime.ask_to_call(ref, method, args, {}, spends=False)


def _ask_function(function: Function, candidates: tuple[str, ...], floor: Floor) -> Steps:
    answer = function.ask(candidates, floor)
    if inspect.isawaitable(answer):
        answer = yield answer
    return function.read(answer, candidates) or Choice(None, function.name)
