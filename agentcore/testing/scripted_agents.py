"""Agents whose rules are data, which a property test draws and a reference model can follow.

A message is one of `WORDS`. What an agent does follows from the word, the sender and the agent's
part alone, so that every backend and every schedule has the same transcript.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from agentcore.agents.agent_options import HumanInputMode
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
        say: the word that is the reply; ``=`` repeats the last answer to what the rule asked,
            ``None`` is no reply.
        ask: pairs of a peer and a word that the rule sends to it first, one after the other.
        final: whether the rule decides; if not, the next rule is asked.
        terminate: whether the reply's metadata has ``TERMINATE``.
        fail: whether the rule raises a `ValueError` after it has asked.
    """

    say: str | None = None
    ask: tuple[tuple[str, str], ...] = ()
    final: bool = True
    terminate: bool = False
    fail: bool = False


@attrs.frozen
class ScriptedRule:
    """A rule that chooses one of its acts by the word that it hears.

    Attributes:
        acts: the acts for the first word, the second word and so on; after the last of them the
            first is used again.
        senders: the names of those whom it answers; anyone, if there are none.
        later: whether the rule is ``async def``.
    """

    acts: tuple[Act, ...]
    senders: tuple[str, ...] = ()
    later: bool = False

    def act(self, word: str) -> Act:
        """Give the act for a word."""
        return self.acts[WORDS.index(word) % len(self.acts)]


@attrs.frozen
class Part:
    """The behaviour of one agent.

    Attributes:
        name: the agent's name.
        rules: its rules, in order.
        limit: ``max_consecutive_auto_reply``.
        mode: ``human_input_mode``.
        answers: what its human types, one after the other; after the last of them ``exit``.
        default: ``default_auto_reply``.
        last_words: the words that are its termination messages.
    """

    name: str
    rules: tuple[ScriptedRule, ...] = ()
    limit: int = 100
    mode: HumanInputMode = "NEVER"
    answers: tuple[str | None, ...] = ()
    default: str | None = None
    last_words: tuple[str, ...] = ()


class ScriptedAgent(Player):
    """Behaves as its part says.

    Args:
        name: the agent's name.
        part: its part; by default the one with its name in ``cast``.
        cast: the parts of several agents.
    """

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
    """Asks all of its peers before it answers, and they ask theirs, to a depth that is asked for.

    To ``2?`` it sends ``1?`` to each peer, and to ``0?`` nothing. The answer contains the peers'
    answers. Peers may ask each other in a circle.

    Args:
        name: the agent's name.
        peers: the names of its peers.
        later: whether its rule is ``async def``.

    Attributes:
        through: for each peer, the agent that is to ask that peer on its behalf, or ``None`` to
            ask directly; empty to ask all directly.
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
