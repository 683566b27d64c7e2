"""One run of a group: from a message to the group to the group's answer."""

from __future__ import annotations

import inspect
from typing import Any

from agentcore.base import logger
from agentcore.base.errors import AgentNotFoundError
from agentcore.base.steps import Steps
from agentcore.groups.choice import Choice
from agentcore.groups.chooser import Chooser
from agentcore.groups.group_log import GroupLog
from agentcore.groups.selection_prompt import roles_of
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError, ReplyError
from agentcore.protocol.decisions import ForwardReply, StopReply, pass_on
from agentcore.protocol.envelope import Route
from agentcore.protocol.message import Message
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.rules import ReplyRule
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.protocol.transcript import ChatResult
from agentcore.protocol.usage import with_usage
from agentcore.runtime.turns.chats import steer
from agentcore.runtime.turns.fan_out import Delivery, waiting_for_delivery
from agentcore.runtime.turns.reply import ReplyTurn
from agentcore.runtime.turns.turn import current_turn

__all__ = ["Session"]


class Session:
    """Passes each member's message on to the next speaker, until something ends the run.

    All messages of the members are one conversation, which the group's agent began and whose
    recipient moves from member to member. So only one message is on its way at a time, and all
    members get the messages in the order of the log.

    Args:
        chooser: selects the speakers among the members.
        turn: the turn of the group's agent on the message that the members are to answer.
        first: that message.
        sender: the name of who said it.
        group_log: what was said in the group before, to which this run is added.
    """

    def __init__(
        self, chooser: Chooser, turn: ReplyTurn, first: Message, sender: str, group_log: GroupLog
    ) -> None:
        self._plan = chooser.plan
        self._turn = turn
        self._refs = refs = chooser.refs
        self._begun_by = sender
        self._chooser = chooser
        opening = first.named(sender)
        earlier, unheard = group_log.begin(opening, turn.begins_anew)
        # A copy, as a member may begin another run of the group in its turn.
        self._log = [*earlier, opening]
        self._group_log, self._begun_at = group_log, len(earlier)
        self._known = 0 if unheard else len(earlier)  # how much of it all members have heard
        self._fresh = turn.begins_anew or unheard
        self._last = sender
        # For each member, how much of the log it has; and the members that have anything of it.
        self._seen = {sender: len(self._log)} if sender in refs and not unheard else {}
        self._met: set[str] = {sender} & set(refs)
        self._counts: dict[str, int] = {}  # for each member, its automatic replies in a row
        # What members are told of each other, and those who have not been told yet.
        self._introduction: tuple[Message, ...] = ()
        self._strangers: set[str] = set()
        self._rounds = 0
        self._raw = first
        self._speaker = ""

    def run(self) -> Steps:
        """Let the members converse; give what whoever began it is answered."""
        try:
            return (yield from self._run())
        finally:
            self._group_log.messages += self._log[self._begun_at :]

    def _run(self) -> Steps:
        if self._plan.introduction is not None and self._fresh:
            members = yield from self._chooser.profiled()
            text = self._plan.introduction.replace("{roles}", roles_of(members))
            self._introduction = (Message(text, name=self._plan.group),)
            self._strangers = set(self._refs)
        free, after_failure = True, ""
        while True:
            chosen = after_failure or self._chooser.choose(self._log, self._last)
            if inspect.iscoroutine(chosen):
                chosen = yield chosen
            if not isinstance(chosen, str):
                end = _nobody(chosen).kind
                break
            outcome = yield from self._converse(chosen, free)
            free = False
            stop = self._note_last(outcome)
            if outcome.error is None:
                end = outcome.value.stop.kind
                break
            after_failure = self._next_after_failure(outcome.error, stop)
        yield from self._tell_the_rest()
        return self._answer(end)

    def _converse(self, first: str, free: bool) -> Steps:
        """Have the members' conversation, which ``first`` answers first; give its outcome."""
        start, plan = self._pass_to(first), self._plan
        present = [ref for name, ref in self._refs.items() if name not in self._chooser.gone]
        peers = (start.to, *(ref for ref in present if ref is not start.to))
        rule = ReplyRule(f"group {plan.group}", self.relay)
        route = Route(True, start.earlier, None, start.again)
        try:
            return (
                yield steer(
                    self._turn,
                    start.message,
                    route,
                    peers,
                    rule,
                    free=free,
                    fresh=self._fresh,
                    opening=start.opening,
                    until=plan.until,
                )
            )
        except (AgentNotFoundError, AgentDiedError) as error:  # the conversation did not begin
            return Outcome(None, error=AgentDiedError(str(error), agent=first))

    def relay(self, raw_message: Message, sender: AgentRef) -> Any:
        """Pass on what a member said; this is the rule of the members' conversation."""
        turn = current_turn()
        assert turn is not None
        name = sender.name
        self._note(raw_message, name)
        self._counts[name] = turn.exchange.theirs
        if self._rounds >= self._plan.max_round:
            return True, StopReply(StopKind.MAX_ROUND, f"max_round={self._plan.max_round}")
        chosen = self._chooser.choose(self._log, name)
        if type(chosen) is str:
            return True, self._pass_to(chosen)
        return self._later(chosen) if inspect.iscoroutine(chosen) else (True, _nobody(chosen))

    async def _later(self, choosing: Any) -> tuple[bool, Any]:
        chosen = await choosing
        return True, self._pass_to(chosen) if isinstance(chosen, str) else _nobody(chosen)

    def _note(self, message: Message, name: str) -> None:
        log = self._log
        log.append(message.named(name))
        self._seen[name] = len(log)
        self._raw, self._last = message, name
        self._rounds += 1

    def _pass_to(self, name: str) -> ForwardReply:
        """Give the reply that passes to a member all messages that it does not have yet."""
        log, seen = self._log, self._seen.get(name, self._known)
        again = seen == len(log)  # the member spoke last itself, so nothing is new to it
        opening = name not in self._met
        self._met.add(name)
        self._seen[name] = len(log)
        self._speaker = name
        count = self._counts.get(name, 0)
        earlier = tuple(log[seen:-1])
        if self._strangers:
            earlier = self._introduced(name, earlier)
        return pass_on(self._refs[name], log[-1], earlier, count, opening, again)

    def _introduced(self, name: str, earlier: tuple[Message, ...]) -> tuple[Message, ...]:
        """Put the introduction before what a member is told, if it has not been told it."""
        if name not in self._strangers:
            return earlier
        self._strangers.discard(name)
        return (*self._introduction, *earlier)

    # --- ends -----------------------------------------------------------------------------------

    def _note_last(self, outcome: Outcome) -> StopReason | None:
        """Add to the log the message that ended the conversation, which was not passed on."""
        error = outcome.error
        result = outcome.value if error is None else getattr(error, "result", None)
        if not isinstance(result, ChatResult):
            return None
        entry = next((e for e in reversed(result.transcript) if e.depth == 0), None)
        if entry is not None and entry.message is not self._raw:
            self._note(entry.message, entry.sender)
        return result.stop

    def _next_after_failure(self, error: BaseException, stop: StopReason | None) -> str:
        """Give who speaks after a member failed: the admin, or ``""`` for whoever is selected.

        Raises:
            BaseException: ``error`` itself, if the group does not go on without the member.
        """
        plan, failed = self._plan, self._speaker
        goes_on = plan.on_failure == "continue" and isinstance(error, ReplyError | AgentDiedError)
        if not goes_on or getattr(error, "agent", "") == plan.group:
            raise error
        if stop is not None and stop.kind is not StopKind.FAILED:
            raise error
        logger.warning("group {} goes on without {}: {}", plan.group, failed, error)
        gone = self._chooser.gone
        gone.add(failed)
        admin = plan.admin
        return admin if admin is not None and admin not in gone else ""

    def _tell_the_rest(self) -> Steps:
        """Deliver to each member what was said since it spoke last."""
        deliveries = []
        for name, ref in self._refs.items():
            news = self._log[self._seen.get(name, self._known) :]
            if news and name not in self._chooser.gone:
                opening = name not in self._met
                earlier = self._introduced(name, tuple(news[:-1]))
                deliveries.append(Delivery(ref, news[-1], earlier, opening))
        if deliveries:
            yield waiting_for_delivery(self._turn, deliveries, self._fresh)

    def _answer(self, end: StopKind) -> Message | StopReply:
        """Give the last message, or a stop where whoever began has it already or there is none."""
        if self._begun_by in self._refs or not self._rounds:
            return StopReply(end, f"the group had {self._rounds} rounds")
        last, usage = self._log[-1], self._chooser.usage
        metadata = {key: value for key, value in last.metadata.items() if key != "usage"}
        metadata["group"] = {"rounds": self._rounds, "stop": str(end), "speaker": last.name}
        message = Message(**{**dict(last), "metadata": metadata})
        return with_usage(message, usage) if usage else message


def _nobody(choice: Choice | None) -> StopReply:
    """Give the stop for a selection of nobody."""
    if choice is not None and choice.strategy == "manual":
        return StopReply(StopKind.HUMAN_EXIT)
    by = choice.strategy if choice is not None else "nobody"
    return StopReply(StopKind.NO_SPEAKER, f"{by}: nobody may speak, or is to")
