"""The public methods of agents that begin conversations, in their turns and outside of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentcore.agents.chat_sequence import planned, run_chats, run_chats_later
from agentcore.agents.turn_access import begin_outside, own_turn, run_as_turn
from agentcore.base.checks import several
from agentcore.base.errors import EmptyMessageError, TurnError
from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.answers import Answers
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_options import ChatOptions, Until
from agentcore.protocol.message import MessageLike
from agentcore.protocol.transcript import ChatResult
from agentcore.runtime.turns.begin_and_wait import a_begin_and_wait, begin_and_wait
from agentcore.runtime.turns.chats import a_converse, converse, tell
from agentcore.runtime.turns.fan_out import a_ask_all, ask_all

__all__ = ["ConversationMethods"]

TOLD = ChatOptions(clear_history=False, silent=True)


class ConversationMethods:
    """Methods of `ConversableAgent` that begin conversations."""

    _part_of_agent = True
    name: str

    def initiate_chat(
        self,
        recipient: AgentLike,
        message: MessageLike | None = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Until | None = None,
        timeout: float | None = None,
        **context: Any,
    ) -> ChatResult:
        """Begin a conversation, and wait until it has stopped.

        Args:
            recipient: an agent object, a ref or a name.
            message: what is said first; without one, ``generate_init_message(**context)``.
            clear_history: whether both forget what they said to each other before.
            silent: whether nothing is printed.
            max_turns: messages that the conversation and all nested in it may have.
            until: a condition that stops it, or a predicate of the transcript.
            timeout: seconds after which it stops.

        Raises:
            AgentNotFoundError, MessageError: nothing was recorded.
            ChatTimeoutError: the timeout is over; ``.result`` has what there is.
            ReplyError: a rule raised. ``AgentDiedError``: an agent is gone. Likewise.
        """
        options = ChatOptions(clear_history, silent, max_turns, until, timeout)
        turn = own_turn(self)
        if turn is not None:
            return converse(turn, self._first(message, context), recipient, options)
        return self._wait_for(recipient, message, options, context)

    async def a_initiate_chat(
        self,
        recipient: AgentLike,
        message: MessageLike | None = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Until | None = None,
        timeout: float | None = None,
        **context: Any,
    ) -> ChatResult:
        """`initiate_chat` for ``async def`` callers; takes the same, raises the same."""
        options = ChatOptions(clear_history, silent, max_turns, until, timeout)
        turn = own_turn(self)
        if turn is not None:
            return await a_converse(turn, self._first(message, context), recipient, options)
        return await self._a_wait_for(recipient, message, options, context)

    def start_chat(
        self,
        recipient: AgentLike,
        message: MessageLike | None = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Until | None = None,
        timeout: float | None = None,
        **context: Any,
    ) -> Chat:
        """Begin a conversation and give the `Chat` at once; takes what `initiate_chat` takes.

        Raises:
            AgentNotFoundError, MessageError: nothing was begun.
        """
        options = ChatOptions(clear_history, silent, max_turns, until, timeout)
        return begin_outside(self, recipient, message, False, options, context)

    def _wait_for(
        self, recipient: AgentLike, message: Any, options: ChatOptions, context: Mapping[str, Any]
    ) -> ChatResult:
        """Begin a conversation outside of the agent's own turns, and wait until it has stopped."""
        result: ChatResult = begin_and_wait(
            lambda: begin_outside(self, recipient, message, True, options, context)
        )
        return result

    async def _a_wait_for(
        self, recipient: AgentLike, message: Any, options: ChatOptions, context: Mapping[str, Any]
    ) -> ChatResult:
        result: ChatResult = await a_begin_and_wait(
            lambda: begin_outside(self, recipient, message, True, options, context)
        )
        return result

    def generate_init_message(self, **context: Any) -> Any:
        """Decide the first message of a conversation that was begun without one.

        Raises:
            EmptyMessageError: there is none in the context.
        """
        try:
            return context["message"]
        except KeyError:
            raise EmptyMessageError(
                f"agent {self.name!r} has nothing to begin the conversation with: give message=, "
                "or override generate_init_message(**context)"
            ) from None

    def _first(self, message: MessageLike | None, context: Mapping[str, Any]) -> Any:
        return self.generate_init_message(**context) if message is None else message

    def send(
        self,
        message: MessageLike,
        recipient: AgentLike,
        *,
        request_reply: bool = True,
        silent: bool = False,
        timeout: float | None = None,
    ) -> ChatResult:
        """Send a message from within a rule, and wait until the conversation it begins has stopped.

        The agent's history with the recipient then holds its messages. Outside of a turn it is
        `initiate_chat` without clearing the history.

        Args:
            request_reply: ``False`` only delivers.
            timeout: seconds after which ``ChatTimeoutError`` is raised here.

        Raises:
            BudgetSpentError, DepthError, AgentNotFoundError: nothing was delivered.
            ReplyError, AgentDiedError, ChatTimeoutError: the conversation failed.
        """
        options = ChatOptions(False, silent, timeout=timeout, wanted=request_reply)
        turn = own_turn(self)
        if turn is not None:
            return converse(turn, message, recipient, options)
        return self._wait_for(recipient, message, options, {})

    async def a_send(
        self,
        message: MessageLike,
        recipient: AgentLike,
        *,
        request_reply: bool = True,
        silent: bool = False,
        timeout: float | None = None,
    ) -> ChatResult:
        """`send` for ``async def`` rules: holds no thread while it waits."""
        options = ChatOptions(False, silent, timeout=timeout, wanted=request_reply)
        turn = own_turn(self)
        if turn is not None:
            return await a_converse(turn, message, recipient, options)
        return await self._a_wait_for(recipient, message, options, {})

    def tell(self, message: MessageLike, recipient: AgentLike) -> None:
        """Deliver a message and go on: it begins a conversation of its own.

        Within a rule it gets half of the budget that is left. Whatever comes back is an ordinary
        later turn.

        Raises:
            BudgetSpentError, AgentNotFoundError, MessageError: nothing was delivered.
        """
        turn = own_turn(self)
        if turn is not None:
            tell(turn, message, recipient)
        else:
            begin_outside(self, recipient, message, False, TOLD, {})

    def ask_all(
        self,
        message: MessageLike,
        recipients: Iterable[AgentLike],
        *,
        silent: bool = False,
        timeout: float | None = None,
    ) -> Answers:
        """Ask several agents the same at once, and wait until each has answered or failed.

        Each of them has an equal part of the budget. One answer of each is wanted: what they say is
        recorded in the histories, and asks no rule of this agent's. Outside of a turn it is a turn
        of its own.

        Args:
            recipients: agent objects, refs or names.
            silent: whether nothing is printed.
            timeout: seconds after which those that have not answered count as failed.

        Returns:
            a `ChatResult` for each, in order; of one that failed, ``stop.kind`` says so, and
            ``answers.error`` is the first failure.

        Raises:
            BudgetSpentError, DepthError, AgentNotFoundError: nobody was asked.
        """
        given = several(recipients, "ask_all takes a list of agents")
        turn = own_turn(self)
        if turn is not None:
            return ask_all(turn, message, given, ChatOptions(silent=silent, timeout=timeout))
        options = {"silent": silent, "timeout": timeout}
        return run_as_turn(self, "ask_all", given, message, given, **options)  # type: ignore[no-any-return]

    async def a_ask_all(
        self,
        message: MessageLike,
        recipients: Iterable[AgentLike],
        *,
        silent: bool = False,
        timeout: float | None = None,
    ) -> Answers:
        """`ask_all` for ``async def`` rules: holds no thread while it waits.

        Raises:
            TurnError: outside of a turn.
        """
        turn = own_turn(self)
        if turn is None:
            raise TurnError("a_ask_all is for async def rules; elsewhere, use ask_all")
        given = several(recipients, "a_ask_all takes a list of agents")
        options = ChatOptions(silent=silent, timeout=timeout)
        return await a_ask_all(turn, message, given, options)

    def initiate_chats(self, chats: Iterable[Mapping[str, Any]]) -> list[ChatResult]:
        """Have chats one after the other, each told the summaries of those before it.

        Outside of a turn it is a turn of its own.

        Args:
            chats: for each a dict: ``recipient``, and where wanted ``message`` (or a function that
                gives it), ``carryover`` (a text or several), ``carries`` (false: it is not told
                the summaries), ``summary_method`` (``last_msg``, ``reflection_with_llm``, or a
                function of the `ChatResult`), ``summary_prompt``, and the options of
                `initiate_chat`: ``max_turns``, ``until``, ``timeout``, ``silent``,
                ``clear_history``.

        Returns:
            the result of each, with its ``summary``.

        Raises:
            TypeError, ValueError: an entry is wrong; no chat was begun.
            ChatError, BudgetSpentError: a chat failed; those after it were not begun.
        """
        given = tuple(chats)
        turn, queue = own_turn(self), planned(given)
        if turn is not None:
            return run_chats(self, turn, queue, None)
        others = [chat.recipient for chat in queue]
        return run_as_turn(self, "initiate_chats", others, given)  # type: ignore[no-any-return]

    async def a_initiate_chats(self, chats: Iterable[Mapping[str, Any]]) -> list[ChatResult]:
        """`initiate_chats` for ``async def`` rules: holds no thread while it waits.

        Raises:
            TurnError: outside of a turn.
        """
        turn = own_turn(self)
        if turn is None:
            raise TurnError("a_initiate_chats is for async def rules; elsewhere, initiate_chats")
        return await run_chats_later(self, turn, planned(chats), None)
