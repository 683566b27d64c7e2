"""Whatever a model answers, what is sent to it next is a valid request."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import attrs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentcore import AgentSystem, ConversableAgent, UserProxyAgent, tool
from agentcore.models import Completion, ToolCall
from tests.chat_protocol.validator import message_problems

_count = itertools.count()
few = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
OWN = frozenset({"extra_content", "reasoning_content"})
HALF = "\ud83d"
IDS = ["", "call_0", "call_0", "call_1", "c" * 50, HALF]
NAMES = ["note", "note", "note", "", "n" * 80, "look up!", "functions.note", "\u5929\u6c14", HALF]
ARGUMENTS = [
    '{"word": "tea"}', '{"word": "te', "", "null", "[]", "7", '"tea"', "{}", '{"word": NaN}',
    '{"word": "\\ud83d"}', f'{{"word": "{HALF}"}}', '```json\n{"word": "tea"}\n```', "[" * 5_000,
]  # fmt: skip
TEXTS = ["Well.", "\u5929\u6c14 \U0001f600", f"half {HALF}", "\ud83d\ude00", "\x00", "  "]


@attrs.frozen
class Careless:
    """A model that answers anything, as a seed says, and says if it was sent what is not valid."""

    seed: int
    name: str = "careless"

    def complete(self, messages: Sequence[Mapping[str, Any]], **options: Any) -> Completion:
        """Propose calls of every kind for some rounds, and then answer."""
        wrong = message_problems(list(messages), extra=OWN)
        if wrong:
            return Completion(f"WRONG {wrong} TERMINATE")
        chance = Random(f"{self.seed} {len(messages)}")
        if chance.random() < 0.2:
            return Completion(chance.choice(TEXTS).strip() or "Well.")
        calls = [self._call(chance) for _ in range(chance.randint(1, 3))]
        thoughts = {"reasoning_content": f"hm {HALF}"} if chance.random() < 0.3 else {}
        return Completion(chance.choice(["", *TEXTS]), calls, "tool_calls", extra=thoughts)  # type: ignore[arg-type]

    def _call(self, chance: Random) -> ToolCall:
        id, name, arguments = (chance.choice(each) for each in (IDS, NAMES, ARGUMENTS))
        extra = {"extra_content": {"signature": HALF}} if chance.random() < 0.3 else {}
        return ToolCall(id, name, arguments, extra=extra)


class Noter(ConversableAgent):
    """Notes words, and echoes them."""

    @tool
    def note(self, word: str) -> str:
        """Note a word."""
        return f"noted {word}"


@few
@given(seed=st.integers(0, 1 << 30))
def test_the_next_request_is_valid_whatever_the_model_answered(
    system: AgentSystem, seed: int
) -> None:
    """In a turn, and in the next conversations of the same agents."""
    bot = system.spawn(Noter, f"noter{next(_count)}", Careless(seed), max_tool_rounds=4)
    user = UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)
    for _ in range(2):
        result = user.initiate_chat(bot, "go", silent=True, clear_history=False, timeout=60)
        for entry in result.transcript:
            assert not str(entry.content).startswith("WRONG"), entry.content
    bot.close()
