"""One run of a group: from a message to it, to its answer."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from loguru import logger

from agentcore.base.errors import AgentNotFoundError
from agentcore.base.steps import Steps
from agentcore.groups.chooser import Chooser
from agentcore.groups.strategies import Choice
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import AgentDiedError, ReplyError
from agentcore.protocol.decisions import ForwardReply, StopReply, pass_on
from agentcore.protocol.envelope import Route
from agentcore.protocol.message import Message
from agentcore.protocol.outcome import Outcome
from agentcore.protocol.rules import ReplyRule
from agentcore.protocol.transcript import ChatResult, StopKind, StopReason
from agentcore.protocol.usage import with_usage
from agentcore.runtime.turns.chats import steer
from agentcore.runtime.turns.fan_out import Delivery, waiting_for_delivery
from agentcore.runtime.turns.reply import ReplyTurn
from agentcore.runtime.turns.turn import current_turn

if TYPE_CHECKING:
    from agentcore.groups.group import GroupChat

__all__ = ["Session"]


class Session:
    """Passes what one member says on to the next, until something ends it.

    The members' messages are one conversation of the group's, whose recipient moves: so there is
    one message on its way at a time, and all get them in the order of the log.

    Args:
        turn: the group's, on the message that the members are to converse about.
        refs: the members, by name, in order.
        gone: names of members that are nowhere.
        first: that message.
        sender: who said it.
    """

    def __init__(
        self,
        group: GroupChat,
        turn: ReplyTurn,
        refs: dict[str, AgentRef],
        gone: Iterable[str],
        first: Message,
        sender: str,
    ) -> None:
        self._group = group
        self._turn = turn
        self._refs = refs
        self._begun_by = sender
        self._chooser = Chooser(group, refs, set(gone))
        self._log = [first.named(sender)]
        self._last = sender
        # How much of the log each member has, and who of them had something of it.
        self._seen = {sender: 1} if sender in refs else {}
        self._met: set[str] = {sender} & set(refs)
        self._counts: dict[str, int] = {}  # automatic replies in a row
        self._rounds = 0
        self._raw = first
        self._speaker = ""

    def run(self) -> Steps:
        """Converse until something ends it; give what whoever began it is answered."""
        free, after_failure = True, ""
        while True:
            chosen = after_failure or self._chooser.choose(self._log, self._last)
            if inspect.iscoroutine(chosen):
                chosen = yield chosen
            if not isinstance(chosen, str):
                end = _nobody(chosen).kind
                break
            outcome = yield from self._steer(chosen, free)
            free = False
            stop = self._note_last(outcome)
            if outcome.error is None:
                end = outcome.value.stop.kind
                break
            after_failure = self._goes_on_after(outcome.error, stop)
        yield from self._tell_the_rest()
        return self._answer(end)

    def _steer(self, first: str, free: bool) -> Steps:
        start, group = self._pass_to(first), self._group
        present = [ref for name, ref in self._refs.items() if name not in self._chooser.gone]
        peers = (start.to, *(ref for ref in present if ref is not start.to))
        rule = ReplyRule(f"group {group.name}", self.steer)
        route = Route(True, start.earlier, None, start.again)
        fresh = self._turn.begins_anew
        try:
            return (
                yield steer(
                    self._turn,
                    start.message,
                    route,
                    peers,
                    rule,
                    free=free,
                    fresh=fresh,
                    opening=start.opening,
                    until=group.until,
                )
            )
        except (AgentNotFoundError, AgentDiedError) as error:  # it did not even begin
            return Outcome(None, error=AgentDiedError(str(error), agent=first))

    def steer(self, raw_message: Message, sender: AgentRef) -> Any:
        """Take what a member said, and pass it on: the rule of the members' conversation."""
        turn = current_turn()
        assert turn is not None
        name = sender.name
        self._note(raw_message, name)
        self._counts[name] = turn.exchange.theirs
        if self._rounds >= self._group.max_round:
            return True, StopReply(StopKind.MAX_ROUND, f"max_round={self._group.max_round}")
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
        """Give a member what it has not had yet."""
        log, seen = self._log, self._seen.get(name, 0)
        again = seen == len(log)  # it spoke last itself
        opening = name not in self._met
        self._met.add(name)
        self._seen[name] = len(log)
        self._speaker = name
        count = self._counts.get(name, 0)
        return pass_on(self._refs[name], log[-1], tuple(log[seen:-1]), count, opening, again)

    # --- ends -----------------------------------------------------------------------------------

    def _note_last(self, outcome: Outcome) -> StopReason | None:
        """Put into the log what was said last and was not passed on, for it ended the chat."""
        error = outcome.error
        result = outcome.value if error is None else getattr(error, "result", None)
        if not isinstance(result, ChatResult):
            return None
        entry = next((e for e in reversed(result.transcript) if e.depth == 0), None)
        if entry is not None and entry.message is not self._raw:
            self._note(entry.message, entry.sender)
        return result.stop

    def _goes_on_after(self, error: BaseException, stop: StopReason | None) -> str:
        """Give who speaks after a member failed, or raise why the group does not go on."""
        group, failed = self._group, self._speaker
        goes_on = group.on_failure == "continue" and isinstance(error, ReplyError | AgentDiedError)
        if not goes_on or getattr(error, "agent", "") == group.name:
            raise error
        if stop is not None and stop.kind is not StopKind.FAILED:
            raise error
        logger.warning("group {} goes on without {}: {}", group.name, failed, error)
        gone = self._chooser.gone
        gone.add(failed)
        admin = group.admin
        return admin if admin is not None and admin not in gone else ""

    def _tell_the_rest(self) -> Steps:
        """Give each member what was said since it spoke last."""
        deliveries = []
        for name, ref in self._refs.items():
            news = self._log[self._seen.get(name, 0) :]
            if news and name not in self._chooser.gone:
                opening = name not in self._met
                deliveries.append(Delivery(ref, news[-1], tuple(news[:-1]), opening))
        if deliveries:
            yield waiting_for_delivery(self._turn, deliveries, self._turn.begins_anew)

    def _answer(self, end: StopKind) -> Message | StopReply:
        if self._begun_by in self._refs or not self._rounds:
            return StopReply(end, f"the group had {self._rounds} rounds")
        last, usage = self._log[-1], self._chooser.usage
        metadata = {key: value for key, value in last.metadata.items() if key != "usage"}
        metadata["group"] = {"rounds": self._rounds, "stop": str(end), "speaker": last.name}
        message = Message(**{**dict(last), "metadata": metadata})
        return with_usage(message, usage) if usage else message


def _nobody(choice: Choice | None) -> StopReply:
    if choice is not None and choice.strategy == "manual":
        return StopReply(StopKind.HUMAN_EXIT)
    by = choice.strategy if choice is not None else "nobody"
    return StopReply(StopKind.NO_SPEAKER, f"{by}: nobody may speak, or is to")
