"""Agents whose rules are data: what a property test draws, a model can follow.

Words are said, and nothing else counts: what an agent does follows from the word it heard, from
who said it, and from its part. So whatever schedule a backend has, the transcript is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.transcript import ChatResult
from agentcore.testing.conformance.agents.player import Player

__all__ = ["WORDS", "Act", "Consults", "Part", "ScriptedAgent", "ScriptedRule"]

WORDS = ("one", "two", "three", "four", "five")


@attrs.frozen
class Act:
    """What a rule does with a message.

    Attributes:
        say: the word that is the reply; ``=`` repeats the last of what was asked, ``None`` says
            nothing.
        ask: words that it sends to others first, one conversation after the other.
        final: whether it decides; the next rule is asked otherwise.
        terminate: whether the reply's metadata has ``TERMINATE``.
        fail: whether it raises instead.
    """

    say: str | None = None
    ask: tuple[tuple[str, str], ...] = ()
    final: bool = True
    terminate: bool = False
    fail: bool = False


@attrs.frozen
class ScriptedRule:
    """A rule: which of its acts it does follows from the word it heard.

    Attributes:
        acts: one or more; with fewer than there are words they come round again.
        senders: whom it answers; anyone, if it names nobody.
        later: whether it is ``async def``.
    """

    acts: tuple[Act, ...]
    senders: tuple[str, ...] = ()
    later: bool = False

    def act(self, word: str) -> Act:
        """Say what it does when it hears ``word``."""
        return self.acts[WORDS.index(word) % len(self.acts)]


@attrs.frozen
class Part:
    """What an agent is to play.

    Attributes:
        rules: in order.
        limit: ``max_consecutive_auto_reply``.
        mode: ``human_input_mode``.
        answers: what its human types, one after the other, and then ``exit``.
        default: its ``default_auto_reply``.
        last_words: words at which it knows that the conversation is over.
    """

    name: str
    rules: tuple[ScriptedRule, ...] = ()
    limit: int = 100
    mode: str = "NEVER"
    answers: tuple[str | None, ...] = ()
    default: str | None = None
    last_words: tuple[str, ...] = ()


class ScriptedAgent(Player):
    """Plays its part."""

    def __init__(self, name: str, part: Part | None = None, cast: Sequence[Part] = ()) -> None:
        part = part or next(each for each in cast if each.name == name)
        super().__init__(
            name,
            is_termination_msg=lambda message: message.content in part.last_words,
            max_consecutive_auto_reply=part.limit,
            human_input_mode=part.mode,
            default_auto_reply=part.default,
        )
        self.answers = list(part.answers)
        for position, rule in enumerate(part.rules):
            play = self._play_later if rule.later else self._play
            self.register_reply(list(rule.senders) or None, play, position, config=rule)

    def get_human_input(self, prompt: str) -> str | None:
        return self.answers.pop(0) if self.answers else "exit"

    def _play(self, raw_message: Message, config: ScriptedRule) -> tuple[bool, Any]:
        act = config.act(raw_message.content)
        result = None
        for peer, word in act.ask:
            result = self.send(word, peer)
        return self._reply(act, result)

    async def _play_later(self, raw_message: Message, config: ScriptedRule) -> tuple[bool, Any]:
        act = config.act(raw_message.content)
        result = None
        for peer, word in act.ask:
            result = await self.a_send(word, peer)
        return self._reply(act, result)

    def _reply(self, act: Act, result: ChatResult | None) -> tuple[bool, Any]:
        if act.fail:
            raise ValueError("it is in the script")
        if act.say is None or not act.final:
            return act.final, None
        word = act.say
        if word == "=":
            last = None if result is None else result.last_message
            word = WORDS[0] if last is None else last.content
        return True, {"content": word, "metadata": {"TERMINATE": act.terminate}}


class Consults(Player):
    """Asks all of its peers before it answers, and they theirs, as deep as the question goes.

    ``2?`` is a question that goes two deep; the answer has the answers in it. Peers may well be
    in a circle.

    Attributes:
        through: for each peer, an agent that it has ask that peer, or ``None`` to ask itself.
    """

    through: Sequence[AgentRef | None] = ()

    def __init__(self, name: str, peers: Sequence[str] = (), later: bool = False) -> None:
        super().__init__(name)
        self.peers = peers
        self.register_reply(None, self._answer_later if later else self._answer)

    def _answer(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if not raw_message.content.endswith("?"):
            return True, None
        answers = []
        question = self._question(raw_message)
        for peer, through in self._asked(raw_message):
            if through is None:
                answers.append(self.send(question, peer))
            else:
                answers.append(through.initiate_chat(peer, question, clear_history=False))
        return True, self._told(answers)

    async def _answer_later(self, raw_message: Message, sender: AgentRef) -> tuple[bool, Any]:
        if not raw_message.content.endswith("?"):
            return True, None
        answers = []
        question = self._question(raw_message)
        for peer, through in self._asked(raw_message):
            if through is None:
                answers.append(await self.a_send(question, peer))
            else:
                answers.append(await through.start_chat(peer, question, clear_history=False))
        return True, self._told(answers)

    def _asked(self, question: Message) -> Iterable[tuple[str, AgentRef | None]]:
        through = self.through or [None] * len(self.peers)
        return zip(self.peers, through, strict=True) if int(question.content[:-1]) else ()

    def _question(self, question: Message) -> str:
        return f"{int(question.content[:-1]) - 1}?"

    def _told(self, results: Sequence[ChatResult]) -> str:
        last = [result.last_message for result in results]
        return f"{self.name}({', '.join(m.content for m in last if m is not None)})"
