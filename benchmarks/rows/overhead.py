"""A turn around a model that has its answer ready, on threads."""

from __future__ import annotations

from functools import cache
from itertools import count as counter
from typing import Any

from benchmarks.figures import Figure, Target
from benchmarks.pairing import Plan, alternate, side
from benchmarks.process import timed
from benchmarks.venvs import AG2, OPENAI_AGENTS

_numbers = counter()


@cache
def _system() -> Any:
    from agentcore import connect

    return connect("thread")


def ours(count: int, at_once: bool = False) -> float:
    """Ask so many questions, each in a conversation of its own; give microseconds a turn.

    Args:
        at_once: begin all, and then wait for them: without the way to another thread and back.
    """
    from agentcore import ConversableAgent, UserProxyAgent
    from agentcore.testing import ScriptedModel

    model = ScriptedModel(*["pong"] * count)
    number = next(_numbers)
    bot = _system().spawn(
        ConversableAgent, f"bot-{number}", llm=model, system_message="You answer."
    )
    user = _system().spawn(
        UserProxyAgent, f"user-{number}", human_input_mode="NEVER", max_consecutive_auto_reply=0
    )

    def one_by_one() -> list[Any]:
        return [user.initiate_chat(bot, "ping", silent=True).last_message for _ in range(count)]

    def together() -> list[Any]:
        chats = [user.start_chat(bot, "ping", silent=True) for _ in range(count)]
        return [chat.result().last_message for chat in chats]

    answers, seconds = timed(together if at_once else one_by_one)
    assert [answer.content for answer in answers] == ["pong"] * count
    bot.close()
    user.close()
    return seconds / count * 1e6


def measure(plan: Plan) -> list[Figure]:
    """Pair us with openai-agents and with ag2."""
    count, few = plan.of(1_000, 200), plan.of(200, 50)
    with (
        side("benchmarks.rows.overhead:ours", pinned=True) as us,
        side("benchmarks.peers.openai_agents_turn:turns", OPENAI_AGENTS, pinned=True) as openai,
        side("benchmarks.peers.ag2_turn:turns", AG2, pinned=True) as ag2,
    ):
        sides = (
            lambda: us.ask(count=count),
            lambda: us.ask(count=count, at_once=True),
            lambda: openai.ask(count=few),
            lambda: ag2.ask(count=few),
        )
        alternate(1, *sides)
        found, at_once, of_openai, of_ag2 = alternate(plan.rounds(11, 3), *sides)
    what = "a question and the answer of a model that has it ready, threads"
    target = Target(0.1, most=True)
    return [
        Figure(
            "overhead", what, f"openai-agents {OPENAI_AGENTS.version}, Runner.run", "us",
            found, of_openai, target, "tracing off",
        ),
        Figure(
            "overhead-at-once", what, f"openai-agents {OPENAI_AGENTS.version}, Runner.run", "us",
            at_once, of_openai, note="ours begun at once; theirs one by one, which is its faster",
        ),
        Figure(
            "overhead-ag2", what, f"ag2 {AG2.version}, Agent.ask", "us",
            found, of_ag2, target,
        ),
    ]  # fmt: skip
