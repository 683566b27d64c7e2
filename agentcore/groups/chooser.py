"""Asks whoever has to be asked who speaks next: a strategy, a function, a model or a human."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from agentcore.agents.agent import ConversableAgent
from agentcore.agents.tool_calls import calls_of
from agentcore.base.checks import did_you_mean
from agentcore.base.errors import AgentNotFoundError, SpeakerError, TurnError
from agentcore.base.steps import Steps, soon
from agentcore.groups.choice import Choice, SelectionContext
from agentcore.groups.manual_selection import manual_question, read_answer
from agentcore.groups.model_selection import ask_model
from agentcore.groups.plan import GroupPlan
from agentcore.groups.selection_prompt import MemberProfile, SelectionQuestion
from agentcore.groups.speaker_function import SpeakerFunction
from agentcore.groups.strategies import RoundRobin, Strategy, next_in_turn, selection_named
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.message import Message
from agentcore.protocol.model_api import Usage
from agentcore.runtime.turns.turn import current_turn

__all__ = ["Chooser", "Profiles", "member_with_tool"]

HUMAN_ATTEMPTS: Final = 3  # how often a human is asked whose answer cannot be read
BY_GRAPH: Final = Choice(None, "allowed_transitions")

# A member's description, the names of its tools, and whether these are all of its tools.
Profile = tuple[str, frozenset[str], bool]
Profiles = dict[str, Profile]
NOTHING: Final = Message.text("(nothing)")  # what was said last, before anything was said
UNKNOWN: Final[Profile] = ("", frozenset(), False)


@attrs.define
class Chooser:
    """Selects the speakers of one run of a group.

    Attributes:
        plan: the settings of the group.
        agent: the group's agent, whose model or human may be asked.
        refs: the members by name, in order.
        profiles: what members said of themselves; filled when it is needed, and kept for the
            group's next runs.
        gone: the names of the members that failed or do not exist.
        usage: the tokens that the model used to select speakers.
    """

    plan: GroupPlan
    agent: ConversableAgent
    refs: Mapping[str, AgentRef]
    profiles: Profiles
    gone: set[str] = attrs.field(factory=set)
    usage: Usage = attrs.field(factory=Usage)

    def choose(self, log: Sequence[Message], last: str) -> Any:
        """Select who speaks after ``last``.

        Args:
            log: all messages of the run, in order; one or more.
            last: the name of who said the last of them.

        Returns:
            The name of a member; a `Choice` of nobody; or a coroutine that gives either.
        """
        candidates = self.plan.transitions.after(last)
        if self.gone:
            candidates = tuple(name for name in candidates if name not in self.gone)
        if not candidates:
            return BY_GRAPH
        message = log[-1] if log else NOTHING
        if message.tool_calls:
            return soon(self._by_tool(log, last, candidates))
        if message.metadata:
            handoff = message.metadata.get("handoff")
            if handoff and handoff.get("from") == last and handoff.get("to") in candidates:
                return handoff["to"]
        return self._by_strategy(log, last, candidates)

    def _by_strategy(self, log: Sequence[Message], last: str, candidates: tuple[str, ...]) -> Any:
        strategy = self.plan.strategy
        if isinstance(strategy, SpeakerFunction):
            return soon(self._ask_function(strategy, log, last, candidates))
        return self._by(strategy, log, last, candidates)

    def _by(
        self, strategy: Strategy, log: Sequence[Message], last: str, candidates: tuple[str, ...]
    ) -> Any:
        if strategy.name == "auto":
            return soon(self._ask_model(log, last, candidates))
        if strategy.name == "manual":
            return soon(self._ask_human(last, candidates))
        if isinstance(strategy, RoundRobin):  # directly, without making a context
            return next_in_turn(strategy.members, last, candidates)
        return strategy.choose(candidates, SelectionContext(last))

    def _ask_function(
        self,
        function: SpeakerFunction,
        log: Sequence[Message],
        last: str,
        candidates: tuple[str, ...],
    ) -> Steps:
        """Ask the function, and whichever strategy it names, if it names one."""
        answer = function.ask(candidates, SelectionContext(last, tuple(log)))
        if inspect.isawaitable(answer):
            answer = yield answer
        named = None
        if isinstance(answer, str) and answer not in self.refs:
            named = selection_named(answer)
        if named is None:
            return function.read(answer, candidates) or Choice(None, function.name)
        if named == "auto" and self.agent.llm is None:
            raise SpeakerError(
                f"{function.name} returned 'auto', and the group {self.agent.name!r} has no model: "
                "give llm="
            )
        chosen = self._by(self.plan.by_name[named], log, last, candidates)
        return (yield chosen) if inspect.iscoroutine(chosen) else chosen

    def _by_tool(self, log: Sequence[Message], last: str, candidates: tuple[str, ...]) -> Steps:
        """Select a member that has the tools which the last message calls."""
        profiles = yield from self._profiles()
        tools = {name: profiles[name][1] for name in candidates}
        wanted = [call.name for call in calls_of(log[-1])]
        name = member_with_tool(wanted, tools, last)
        if name is not None:
            return name
        if all(complete for _, _, complete in profiles.values()):
            self._check_known(wanted, last, frozenset().union(*(p[1] for p in profiles.values())))
        chosen = self._by_strategy(log, last, candidates)
        return (yield chosen) if inspect.iscoroutine(chosen) else chosen

    def _check_known(self, wanted: Sequence[str], last: str, known: frozenset[str]) -> None:
        unknown = sorted(set(wanted) - known)
        if unknown:
            have = ", ".join(sorted(known)) or "none"
            raise SpeakerError(
                f"{last} asks to call {', '.join(unknown)}, which no member of the group "
                f"{self.agent.name!r} has as a tool; they have: {have}"
                f"{did_you_mean(unknown[0], known)}"
            )

    def _ask_model(self, log: Sequence[Message], last: str, candidates: tuple[str, ...]) -> Steps:
        """Ask the model; the next in turn speaks if it names nobody."""
        if len(candidates) == 1:
            return candidates[0]
        question = SelectionQuestion(
            (yield from self.profiled()), candidates, self.plan.selector, self.agent.system_message
        )
        name, usage = yield from ask_model(self.agent, question, log)
        self.usage += usage
        return name or next_in_turn(tuple(self.refs), last, candidates)

    def _ask_human(self, last: str, candidates: tuple[str, ...]) -> Steps:
        """Ask the human of the admin, or else of the group's agent."""
        following = next_in_turn(tuple(self.refs), last, candidates) or candidates[0]
        question = manual_question(candidates, following)
        admin = self.plan.admin
        for _ in range(HUMAN_ATTEMPTS):
            if admin is None or admin in self.gone:
                typed: Any = self.agent.get_human_input(question)
                if inspect.isawaitable(typed):
                    typed = yield typed
            else:
                typed = yield _ask_member(self.refs[admin], "get_human_input", question)
            choice = read_answer(typed, candidates, following)
            if choice is not None:
                return choice.name or choice
        return following

    def profiled(self) -> Steps:
        """Give the members as a model is told of them, in order."""
        profiles = yield from self._profiles()
        return [MemberProfile(name, profiles[name][0]) for name in self.refs]

    def _profiles(self) -> Steps:
        """Give the profile of each member; a member is asked for it once."""
        known = self.profiles
        for name, ref in self.refs.items():
            if name not in known and name not in self.gone:
                try:
                    known[name] = yield _ask_member(ref, "_profile")
                except (AgentNotFoundError, AgentDiedError):
                    continue  # the run goes on; it fails, or not, when this member is to speak
        return {name: known.get(name, UNKNOWN) for name in self.refs}


def member_with_tool(
    call_names: Sequence[str], tools: Mapping[str, frozenset[str]], speaker: str | None = None
) -> str | None:
    """Give the member that runs the tool calls of a message.

    Args:
        call_names: the names of the tools that the message calls.
        tools: for each member, in the members' order, the names of its tools.
        speaker: who sent the message; preferred, if it has the tools itself.

    Returns:
        A member that has all of the tools; ``None`` if there is none, or no tool is called.
    """
    wanted = frozenset(call_names)
    if not wanted:
        return None
    able = [name for name, has in tools.items() if wanted <= has]
    return speaker if speaker in able else next(iter(able), None)


def _ask_member(ref: AgentRef, method: str, *args: Any) -> Any:
    """Give an awaitable for the value of a member's method; it spends none of the budget."""
    turn = current_turn()
    if turn is None:
        raise TurnError(
            "members have to be asked before it is known who speaks next, which is for turns: "
            'spawn the group, and write ref.call("next_speaker")'
        )
    return turn.runtime.ask_to_call(ref, method, args, {}, spends=False)
