"""The public methods of agents that begin conversations with several others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentcore.agents import outside
from agentcore.agents.chat_sequence import run_chats, run_chats_later
from agentcore.agents.conversations import ConversationMethods
from agentcore.agents.own_turn import own_turn
from agentcore.agents.planned_chat import PlannedChat, planned
from agentcore.base.checks import several
from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.answers import Answers
from agentcore.protocol.chat_options import ChatOptions
from agentcore.protocol.message import MessageLike
from agentcore.protocol.transcript import ChatResult
from agentcore.runtime.turns.fan_out import a_ask_all, ask_all

__all__ = ["SeveralMethods"]


class SeveralMethods(ConversationMethods):
    """A base of `ConversableAgent`: its methods that begin conversations with several others."""

    _part_of_agent = True

    def ask_all(
        self,
        message: MessageLike,
        recipients: Iterable[AgentLike],
        *,
        silent: bool = False,
        timeout: float | None = None,
    ) -> Answers:
        """Ask several agents the same at once, and wait until each has answered or failed.

        Each of them gets an equal part of the budget, and answers once. The answers are recorded in
        the histories; no rule of this agent is called for them. Outside of a turn, this is run as a
        turn of the agent.

        Args:
            message: the question.
            recipients: agent objects, refs or names.
            silent: whether nothing is printed.
            timeout: seconds after which those that have not answered count as failed.

        Returns:
            a `ChatResult` for each, in order; ``answers.error`` is the first failure.

        Raises:
            BudgetSpentError, DepthError, AgentNotFoundError: nobody was asked.

        Example::

            answers = self.ask_all("What is 6 x 7?", ["alice", "bob"], timeout=60.0)
            said = [answer.content for answer in answers.texts if answer is not None]
        """
        given = several(recipients, "ask_all takes a list of agents")
        turn = own_turn(self)
        if turn is not None:
            return ask_all(turn, message, given, ChatOptions(silent=silent, timeout=timeout))
        answers: Answers = outside.run_as_turn(
            self, "ask_all", given, message, given, silent=silent, timeout=timeout
        )
        return answers

    async def a_ask_all(
        self,
        message: MessageLike,
        recipients: Iterable[AgentLike],
        *,
        silent: bool = False,
        timeout: float | None = None,
    ) -> Answers:
        """`ask_all` for ``async def`` callers: blocks no thread while it waits."""
        given = several(recipients, "a_ask_all takes a list of agents")
        turn = own_turn(self)
        if turn is not None:
            options = ChatOptions(silent=silent, timeout=timeout)
            return await a_ask_all(turn, message, given, options)
        answers: Answers = await outside.a_run_as_turn(
            self, "a_ask_all", given, message, given, silent=silent, timeout=timeout
        )
        return answers

    def initiate_chats(self, chats: Iterable[Mapping[str, Any]]) -> list[ChatResult]:
        """Run chats one after the other, each of which is told the summaries of those before.

        Outside of a turn, this is run as a turn of the agent.

        Args:
            chats: a dict for each: ``recipient``, and optionally ``sender`` (another agent that
                begins it), ``carries`` (false: it is not told the summaries), and what
                `initiate_chat` takes: ``message``, ``carryover``, ``summary_method``,
                ``summary_prompt``, ``summary_args``, ``max_turns``, ``until``, ``timeout``,
                ``silent``, ``clear_history``.

        Returns:
            the result of each, with its ``summary``.

        Raises:
            TypeError, ValueError, ModelError: an entry is wrong; no chat was begun.
            ChatError, BudgetSpentError: a chat failed; the chats after it were not begun.
        """
        turn, queue = own_turn(self), planned(chats)
        if turn is not None:
            return run_chats(self, turn, queue)
        others = [chat.recipient for chat in queue]
        results: list[ChatResult] = outside.run_as_turn(self, "_run_chats", others, queue)
        return results

    async def a_initiate_chats(self, chats: Iterable[Mapping[str, Any]]) -> list[ChatResult]:
        """`initiate_chats` for ``async def`` callers: blocks no thread while it waits."""
        turn, queue = own_turn(self), planned(chats)
        if turn is not None:
            return await run_chats_later(self, turn, queue)
        others = [chat.recipient for chat in queue]
        results: list[ChatResult] = await outside.a_run_as_turn(self, "_a_run_chats", others, queue)
        return results

    def _run_chats(self, queue: Sequence[PlannedChat]) -> list[ChatResult]:
        """Run chats; it is called as a turn of the agent."""
        turn = own_turn(self)
        assert turn is not None
        return run_chats(self, turn, queue)

    async def _a_run_chats(self, queue: Sequence[PlannedChat]) -> list[ChatResult]:
        """`_run_chats` for an ``async def`` caller."""
        turn = own_turn(self)
        assert turn is not None
        return await run_chats_later(self, turn, queue)
