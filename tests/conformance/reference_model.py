"""What a conversation of scripted agents comes to, worked out by plain recursion.

It shares no code with the library but the description of the parts (`Part`, `ScriptedRule`,
`Act`), and follows DESIGN 5 line by line: a message is a call, a nested send is a call within it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from agentcore.testing.scripted_agents import WORDS, Act, Part

Line = tuple[str, str, str, int]  # sender, recipient, word, depth
Condition = Callable[[Sequence[Line]], bool]


@attrs.frozen
class Said:
    """A word on its way, and whether it asks for no answer."""

    word: str
    terminate: bool = False


@attrs.frozen
class Ended:
    """How a conversation ended.

    Attributes:
        lines: its transcript.
        kind, agent: why it stopped, and where.
        unused: turns of its budget that are left.
        failed: the agent whose rule raised, at the root of it.
    """

    lines: tuple[Line, ...]
    kind: str
    agent: str
    unused: int
    failed: str = ""


class BudgetSpent(Exception):
    """A rule was to send something, and no turn was left."""


class Failure(Exception):
    """A rule raised, or what it sent had failed."""

    def __init__(self, agent: str) -> None:
        super().__init__(agent)
        self.agent = agent


class Stage:
    """Where parts are played."""

    def __init__(self, cast: Sequence[Part]) -> None:
        self._parts = {part.name: part for part in cast}
        self._answers = {part.name: list(part.answers) for part in cast}

    def play(
        self, initiator: str, recipient: str, word: str, max_turns: int, until: Condition | None
    ) -> Ended:
        """Let one begin a conversation with another."""
        lines = ((initiator, recipient, word, 0),)
        play = _Play(self, until)
        return play.take(recipient, initiator, Said(word), max_turns - 1, 0, 0, lines)

    def part(self, name: str) -> Part:
        """Give the part of an agent."""
        return self._parts[name]

    def human(self, name: str) -> str | None:
        """Give what the human of an agent types next."""
        answers = self._answers[name]
        return answers.pop(0) if answers else "exit"


@attrs.frozen
class _Play:
    """One conversation."""

    stage: Stage
    until: Condition | None = None

    def take(
        self,
        me: str,
        peer: str,
        heard: Said,
        budget: int,
        mine: int,
        theirs: int,
        lines: tuple[Line, ...],
    ) -> Ended:
        """Take a turn, and all that come after it.

        Args:
            mine, theirs: automatic replies in a row, of the one whose turn it is and of the other.
        """
        part = self.stage.part(me)
        stop, for_good = self._stops(part, heard, budget, mine, lines)
        automatic = True
        reply: Said | None = None
        if for_good or (stop and part.mode == "NEVER"):
            return Ended(lines, stop, me, budget)
        if part.mode == "ALWAYS" or stop:
            typed = self.stage.human(me)
            if typed is None or typed == "exit":
                return Ended(lines, "HUMAN_EXIT", me, budget)
            if typed:
                reply, automatic = Said(typed), False
            elif stop and stop != "MAX_AUTO_REPLY":
                return Ended(lines, stop, me, budget)
        if reply is None:
            nested: list[Line] = []
            purse = [budget]
            try:
                kind, reply = self._decide(part, peer, heard.word, purse, nested)
            except BudgetSpent:
                kind = "MAX_TURNS"
            except Failure as failure:
                return Ended((*lines, *nested), "FAILED", me, purse[0], failure.agent)
            lines, budget = (*lines, *nested), purse[0]
            if reply is None:
                return Ended(lines, kind, me, budget)
        if budget == 0:
            return Ended(lines, "MAX_TURNS", me, 0)
        sent = mine + 1 if automatic else 0
        lines = (*lines, (me, peer, reply.word, 0))
        return self.take(peer, me, reply, budget - 1, theirs, sent, lines)

    def _stops(
        self, part: Part, heard: Said, budget: int, mine: int, lines: tuple[Line, ...]
    ) -> tuple[str, bool]:
        """Say why this message stops the conversation, if it does, and whether a human is asked.

        Where several reasons hold, it is the first in this order.
        """
        if heard.terminate:
            said = "TERMINATE"
        elif heard.word in part.last_words:
            said = "TERMINATION_MESSAGE"
        else:
            said = ""
        if self.until is not None and self.until(lines):
            return said or "CONDITION", True
        if budget == 0:
            return said or "MAX_TURNS", True
        if not said and part.limit != -1 and mine >= part.limit:
            said = "MAX_AUTO_REPLY"
        return said, False

    def _decide(
        self, part: Part, peer: str, word: str, purse: list[int], nested: list[Line]
    ) -> tuple[str, Said | None]:
        """Ask the rules; give why nothing is said, or what is."""
        for rule in part.rules:
            if rule.senders and peer not in rule.senders:
                continue
            act = rule.acts[WORDS.index(word) % len(rule.acts)]
            last = self._ask(part.name, act, purse, nested)
            if act.fail:
                raise Failure(part.name)
            if not act.final:
                continue
            if act.say is None:
                return "NO_REPLY", None
            said = last or WORDS[0] if act.say == "=" else act.say
            return "", Said(said, act.terminate)
        return "NO_RULE", None if part.default is None else Said(part.default)

    def _ask(self, me: str, act: Act, purse: list[int], nested: list[Line]) -> str:
        """Send words to others, one after the other; give the last that was said."""
        last = ""
        for peer, word in act.ask:
            if purse[0] == 0:
                raise BudgetSpent
            ended = self.stage.play(me, peer, word, purse[0], None)
            purse[0] = ended.unused
            nested.extend((a, b, said, depth + 1) for a, b, said, depth in ended.lines)
            if ended.failed:
                raise Failure(ended.failed)
            last = [said for _, _, said, depth in ended.lines if depth == 0][-1]
        return last


def history(ended: Ended, me: str, peer: str) -> list[tuple[str, str]]:
    """Give what an agent keeps of a conversation and those within it: role and word."""
    return [
        ("assistant" if sender == me else "user", word)
        for sender, recipient, word, _ in ended.lines
        if {sender, recipient} == {me, peer} and sender != recipient
    ]
