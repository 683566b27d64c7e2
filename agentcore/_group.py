"""Conversations of more than two."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Mapping
from typing import Any, Final

import attrs
from loguru import logger

from agentcore._agent import ConversableAgent
from agentcore._calls import calls_of
from agentcore._conditions import as_condition
from agentcore._decisions import Halt, PassOn
from agentcore._envelope import Outcome, Route
from agentcore._message import Message
from agentcore._models_here import model_for
from agentcore._ref import AgentRef, get_agent_name
from agentcore._reply import ReplyTurn
from agentcore._rules import ReplyRule, agent_reply
from agentcore._speakers import (
    Choice,
    Described,
    Floor,
    Function,
    Transitions,
    again_message,
    manual_question,
    member_with_tool,
    next_in_turn,
    read_answer,
    read_choice,
    selection_messages,
    selection_output,
    strategy_for,
)
from agentcore._thinking import as_completion
from agentcore._transcript import ChatResult, StopKind
from agentcore._turn import Delivery, current_turn
from agentcore._usage import with_usage
from agentcore.errors import AgentDiedError, ReplyError
from agentcore.models._model import Usage

__all__ = ["GroupChat"]

Steps = Generator[Any, Any, Any]
POLICIES: Final = ("stop", "continue")
ASKED_AGAIN: Final = 3  # times that a human is asked whose answer cannot be read


class GroupChat(ConversableAgent):
    """An agent that is a conversation of several: whoever talks to it talks to all of them.

    ``system.spawn(GroupChat, "team", [alice, bob, carol], max_round=6)``, and then
    ``user.initiate_chat(team, "...")``. One member speaks at a time, and each gets every message
    once, in one order, in its history with the group; ``name`` says who said it. Whoever began the
    conversation from outside is answered with the last message; its metadata has ``group``: how
    many rounds there were, why the group stopped, and who spoke last. A member that began it has
    had every message already, and is not answered.

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
        options.setdefault("max_consecutive_auto_reply", -1)
        super().__init__(name, **options)
        self.members = tuple(agents or ())
        self._transitions = Transitions.of(self.members, allowed_transitions)
        names = self._transitions.members
        self._strategy = strategy_for(speaker_selection, names, seed)
        if type(max_round) is not int or max_round < 1:
            raise ValueError(f"max_round is 1 or more, not {max_round!r}")
        if on_failure not in POLICIES:
            raise ValueError(f"on_failure is one of {', '.join(POLICIES)}, not {on_failure!r}")
        if self._strategy.name == "auto" and speaker_selection == "auto" and self.llm is None:
            raise ValueError('speaker_selection="auto" asks a model who speaks next: give llm=')
        self.admin = None if admin is None else get_agent_name(admin)
        if self.admin is not None and self.admin not in names:
            raise ValueError(f"admin={self.admin!r} is no member; they are: {', '.join(names)}")
        self.max_round = max_round
        self.on_failure = on_failure
        self.until = None if until is None else as_condition(until)
        self.profiles: dict[str, tuple[str, frozenset[str]]] = {}

    @agent_reply()
    async def run(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        """Let the members converse about a message."""
        turn = current_turn()
        assert isinstance(turn, ReplyTurn)
        runtime = turn.runtime
        refs, ends = {}, []
        try:
            for each in self.members:
                ref = runtime.resolve(each)
                if not isinstance(each, str | AgentRef):
                    ends.append(ref.name)
                refs[ref.name] = ref
            session = _Session(self, turn, refs, raw_message, sender.name)
            result = await session.run()
            return True, session.answer(result)
        finally:
            for name in ends:
                runtime.let_go(name)


@attrs.define
class _Session:
    """One run of a group: from a message to it, to its answer.

    Attributes:
        log: what was said, in order, each with its speaker's name.
        seen: of each member, how much of the log it has.
        counts: of each member, automatic replies in a row.
        met: members that had something of this run.
        gone: members that failed.
    """

    group: GroupChat
    turn: ReplyTurn
    refs: dict[str, AgentRef]
    log: list[Message]
    last_speaker: str
    seen: dict[str, int]
    counts: dict[str, int]
    met: set[str]
    gone: set[str]
    rounds: int = 0
    speaker: str = ""
    usage: Usage = attrs.field(factory=Usage)
    raw: Message | None = None

    def __init__(
        self,
        group: GroupChat,
        turn: ReplyTurn,
        refs: dict[str, AgentRef],
        first: Message,
        sender: str,
    ) -> None:
        self.__attrs_init__(  # type: ignore[attr-defined]
            group, turn, refs, [first.named(sender)], sender,
            {sender: 1} if sender in refs else {}, {}, set(), set(),
        )  # fmt: skip
        self._begun_by = sender

    _begun_by: str = ""

    async def run(self) -> _End:
        """Converse until something ends it."""
        free = True
        end = _End(StopKind.NO_SPEAKER)
        while True:
            choice = await _awaited(self._choose(self.log[-1], self.last_speaker))
            if choice.name is None:
                end = _End(StopKind.NO_SPEAKER, _why(choice))
                break
            outcome = await self._steer(choice.name, free)
            free = False
            self._note_last(outcome)
            if outcome.error is None:
                stop = outcome.value.stop
                end = _End(stop.kind, stop.detail, stop.agent)
                break
            if not self._goes_on_after(outcome.error):
                raise outcome.error
        await self._tell_the_rest()
        return end

    async def _steer(self, first: str, free: bool) -> Outcome:
        start = self._pass_to(first)
        others = tuple(ref for name, ref in self.refs.items() if name not in self.gone)
        peers = (start.to, *(ref for ref in others if ref is not start.to))
        rule = ReplyRule(f"group {self.group.name}", self.steer)
        route = Route(True, start.earlier)
        return await self.turn.a_steer(
            start.message, route, peers, rule, free, self.turn.begins_anew, self.group.until
        )

    def steer(self, raw_message: Message, sender: AgentRef) -> Any:
        """Take what a member said, and pass it on: a rule of the group's inner conversation."""
        turn = current_turn()
        assert turn is not None
        name = sender.name
        self.raw = raw_message
        self.log.append(raw_message.named(name))
        self.seen[name] = len(self.log)
        self.counts[name] = turn.exchange.theirs
        self.last_speaker = name
        self.rounds += 1
        if self.rounds >= self.group.max_round:
            return True, Halt(StopKind.MAX_ROUND, f"max_round={self.group.max_round}")
        choice = self._choose(raw_message, name)
        if isinstance(choice, Choice):
            return True, self._passed(choice)
        return self._later(choice)

    async def _later(self, choosing: Awaitable[Choice]) -> tuple[bool, Any]:
        return True, self._passed(await choosing)

    def _passed(self, choice: Choice) -> PassOn | Halt:
        if choice.name is None:
            return Halt(StopKind.NO_SPEAKER, _why(choice))
        return self._pass_to(choice.name)

    def _pass_to(self, name: str) -> PassOn:
        """Give a member what it has not had yet."""
        news = self.log[self.seen.get(name, 0) :]
        again = not news
        message = self.log[-1] if again else news[-1]
        opening = name not in self.met
        self.met.add(name)
        self.seen[name] = len(self.log)
        self.speaker = name
        count = self.counts.get(name, 0)
        return PassOn(self.refs[name], message, tuple(news[:-1]), count, opening, again)

    # --- who speaks next ------------------------------------------------------------------------

    def _choose(self, message: Message, last: str) -> Any:
        """Give the `Choice` of who speaks next, or what to await for it."""
        candidates = tuple(
            name for name in self.group._transitions.after(last) if name not in self.gone
        )
        if not candidates:
            return Choice(None, "transitions")
        if message.tool_calls:
            return _soon(self._by_tool(message, last, candidates))
        handoff = message.metadata.get("handoff")
        if handoff and handoff.get("to") in candidates and handoff.get("from") == last:
            return Choice(handoff["to"], "handoff")
        return self._by_strategy(last, candidates)

    def _by_strategy(self, last: str, candidates: tuple[str, ...]) -> Any:
        strategy = self.group._strategy
        if strategy.name == "auto":
            return _soon(self._ask_model(last, candidates))
        if strategy.name == "manual":
            return _soon(self._ask_human(last, candidates))
        floor = Floor(last, tuple(self.log) if isinstance(strategy, Function) else ())
        if isinstance(strategy, Function) and strategy.is_async:
            return self._ask_function(strategy, candidates, floor)
        return Choice(strategy.choose(candidates, floor), strategy.name)

    async def _ask_function(
        self, function: Function, candidates: tuple[str, ...], floor: Floor
    ) -> Choice:
        answer = await function.ask(candidates, floor)
        return Choice(function.read(answer, candidates), function.name)

    def _by_tool(self, message: Message, last: str, candidates: tuple[str, ...]) -> Steps:
        profiles = yield from self._profiles()
        able = {name: profiles[name][1] for name in candidates}
        name = member_with_tool([call.name for call in calls_of(message)], able, last)
        if name is not None:
            return Choice(name, "tool")
        choice = self._by_strategy(last, candidates)
        return choice if isinstance(choice, Choice) else (yield choice)

    def _ask_model(self, last: str, candidates: tuple[str, ...]) -> Steps:
        if len(candidates) == 1:
            return Choice(candidates[0], "auto")
        group = self.group
        profiles = yield from self._profiles()
        members = [Described(name, profiles[name][0]) for name in self.refs]
        asked = selection_messages(members, self.log, candidates)
        model = model_for(group, group.llm)
        text = ""
        for _ in range(2):
            answer = model.complete(asked, output=selection_output(candidates))
            completion = as_completion(
                (yield answer) if inspect.isawaitable(answer) else answer, model
            )
            self.usage += completion.usage
            text = completion.text
            name = read_choice(text, candidates)
            if name is not None:
                return Choice(name, "auto")
            said = {"role": "assistant", "content": text or "(nothing)"}
            asked = [*asked, said, again_message(text, candidates)]
        logger.warning("the model of group {} named nobody twice: {!r}", group.name, text[:200])
        return Choice(next_in_turn(tuple(self.refs), last, candidates), "auto", text)

    def _ask_human(self, last: str, candidates: tuple[str, ...]) -> Steps:
        following = next_in_turn(tuple(self.refs), last, candidates) or candidates[0]
        question = manual_question(candidates, following)
        for _ in range(ASKED_AGAIN):
            if self.group.admin is None:
                typed: Any = self.group.get_human_input(question)
                if inspect.isawaitable(typed):
                    typed = yield typed
            else:
                typed = yield self.refs[self.group.admin].a_call("get_human_input", question)
            choice = read_answer(typed, candidates, following)
            if choice is not None:
                return choice
        return Choice(following, "manual")

    def _profiles(self) -> Steps:
        """Give of each member its description and the names of its tools; asked for once."""
        known = self.group.profiles
        for name, ref in self.refs.items():
            if name not in known and name not in self.gone:
                known[name] = yield ref.a_call("_profile")
        return {name: known.get(name, ("", frozenset())) for name in self.refs}

    # --- ends -----------------------------------------------------------------------------------

    def _note_last(self, outcome: Outcome) -> None:
        """Put into the log what was said last, and was not passed on."""
        result = outcome.value if outcome.error is None else getattr(outcome.error, "result", None)
        last = result.last_message if isinstance(result, ChatResult) else None
        if last is None or last is self.raw:
            return
        entry = next(e for e in reversed(result.transcript) if e.depth == 0)
        self.raw = last
        self.log.append(last.named(entry.sender))
        self.seen[entry.sender] = len(self.log)
        self.last_speaker = entry.sender
        self.rounds += 1

    def _goes_on_after(self, error: BaseException) -> bool:
        """Decide whether the group goes on without the member that failed."""
        if self.group.on_failure != "continue" or not isinstance(
            error, ReplyError | AgentDiedError
        ):
            return False
        if self.speaker in self.gone or error.agent == self.group.name:
            return False
        logger.warning("group {} goes on without {}: {}", self.group.name, self.speaker, error)
        self.gone.add(self.speaker)
        return self.rounds < self.group.max_round

    async def _tell_the_rest(self) -> None:
        """Give each member what was said since it spoke last."""
        deliveries = []
        for name, ref in self.refs.items():
            news = self.log[self.seen.get(name, 0) :]
            if news and name not in self.gone:
                opening = name not in self.met
                deliveries.append(Delivery(ref, news[-1], tuple(news[:-1]), opening))
        if deliveries:
            await self.turn.a_deliver(deliveries, self.turn.begins_anew)

    def answer(self, end: _End) -> Message | None:
        """Give what whoever began the conversation is answered."""
        if self._begun_by in self.refs or not self.rounds:
            return None
        last = self.log[-1]
        kept = {key: value for key, value in last.metadata.items() if key != "usage"}
        kept["group"] = {"rounds": self.rounds, "stop": str(end.kind), "speaker": last.name}
        message = Message(last.content, metadata=kept, name=last.name, context=last.context)
        return with_usage(message, self.usage) if self.usage else message


@attrs.frozen
class _End:
    kind: StopKind
    detail: str = ""
    agent: str = ""


def _why(choice: Choice) -> str:
    if choice.strategy == "transitions":
        return "allowed_transitions lets nobody speak"
    return f"{choice.strategy} chose nobody"


def _soon(steps: Steps) -> Any:
    """Take steps up to what is to be awaited: give their value, or what to await for it."""
    try:
        awaited = next(steps)
    except StopIteration as over:
        return over.value
    return _rest(steps, awaited)


async def _rest(steps: Steps, awaited: Any) -> Any:
    while True:
        try:
            value = await awaited
        except BaseException as error:
            step: Callable[[], Any] = lambda error=error: steps.throw(error)  # noqa: E731
        else:
            step = lambda value=value: steps.send(value)  # noqa: E731
        try:
            awaited = step()
        except StopIteration as over:
            return over.value


async def _awaited(value: Any) -> Any:
    return await value if isinstance(value, Coroutine) else value
