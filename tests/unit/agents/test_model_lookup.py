"""Where a rule may wait for its model."""

from __future__ import annotations

import pytest

from agentcore import (
    ConversableAgent,
    ReplyError,
    TurnError,
    UserProxyAgent,
    agent_reply,
    connect,
    prompt,
)
from agentcore.testing import ScriptedModel


def user() -> UserProxyAgent:
    """A user who never answers."""
    return UserProxyAgent("user", human_input_mode="NEVER", max_consecutive_auto_reply=0)


class Blocking(ConversableAgent):
    """Runs a prompt that blocks, in a rule that may not."""

    @prompt(llm=lambda self: self.llm)
    def thought(self) -> str:
        """Think."""

    @agent_reply()
    async def answer(self) -> tuple[bool, str]:
        return True, self.thought()


@pytest.mark.parametrize("backend", ["inline", "thread"])
def test_a_prompt_that_would_block_the_loop_is_refused_whatever_the_model(backend: str) -> None:
    """Also with a model that answers at once, so that tests find it."""
    with connect(backend) as system:
        agent = system.spawn(Blocking, "agent", ScriptedModel(then="x"))
        with pytest.raises(ReplyError, match="write it as async def, and await it") as caught:
            user().initiate_chat(agent, "hello", silent=True)
        assert isinstance(caught.value.__cause__, TurnError)
