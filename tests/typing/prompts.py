"""What type checkers know of prompts. It is checked, and never run."""

from __future__ import annotations

from typing import assert_type

from agentcore import ConversableAgent, prompt


class Alice(ConversableAgent):
    """An agent with prompts of every shape."""

    @prompt()
    def with_parentheses(self, task: str, times: int = 1) -> str:  # type: ignore[empty-body]
        """You {{ task }}."""

    @prompt
    def without(self, task: str) -> dict[str, int]:
        """You {{ task }} {{ more }}."""
        return {"more": 3}

    @prompt(llm=lambda self: self.llm)
    def counted(self, task: str) -> int:  # type: ignore[empty-body]
        """How often {{ task }}?"""

    @prompt(llm="fast")
    async def awaited(self, task: str) -> list[str]:  # type: ignore[empty-body]
        """What {{ task }}?"""

    @prompt(llm=None, render="simple")
    def simple(self, *, task: str) -> None:
        """You {task}."""


@prompt(render="simple")
def plain(task: str) -> None:
    """You {task}."""


def a_prompt_gives_a_text(alice: Alice) -> None:
    """Whatever its body returns, and with the parameters that it has."""
    assert_type(alice.with_parentheses("ask", times=2), str)
    assert_type(alice.without("ask"), str)
    assert_type(alice.simple(task="ask"), str)
    assert_type(plain("ask"), str)
    alice.with_parentheses(1)  # type: ignore[arg-type]
    alice.simple("ask")  # type: ignore[call-arg]
    plain()  # type: ignore[call-arg]
    prompt(render=3)  # type: ignore[call-overload]


async def a_prompt_with_a_model_gives_what_it_declares(alice: Alice) -> None:
    """A value of the declared type, or an awaitable of it."""
    assert_type(alice.counted("ask"), int)
    assert_type(await alice.awaited("ask"), list[str])
    alice.counted(1)  # type: ignore[arg-type]
