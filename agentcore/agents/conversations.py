"""The public methods of agents that begin conversations, within a turn and outside of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agentcore.agents import outside
from agentcore.agents.chat_sequence import planned, run_chats, run_chats_later
from agentcore.agents.own_turn import own_turn
from agentcore.base.checks import several
from agentcore.base.errors import EmptyMessageError, TurnError
from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.answers import Answers
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_options import ChatOptions, Until
from agentcore.protocol.message import MessageLike
from agentcore.protocol.transcript import ChatResult
from agentcore.runtime.turns.chats import a_converse, converse, tell
from agentcore.runtime.turns.fan_out import a_ask_all, ask_all

__all__ = ["ConversationMethods"]

TOLD = ChatOptions(clear_history=False, silent=True)


class ConversationMethods:
    """A base of `ConversableAgent`: its methods that begin conversations.

    Within a turn of the agent they spend its budget; outside, the agent is hosted meanwhile.
    """

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
        session: str = "",
        **context: Any,
    ) -> ChatResult:
        """Begin a conversation, and wait until it has stopped.

        Args:
            recipient: an agent object, a ref or a name.
            message: the first message; ``None``: what ``generate_init_message(**context)`` gives.
            clear_history: whether both agents first clear their history with each other.
            silent: whether nothing is printed.
            max_turns: how many messages the conversation and all nested in it may have; ``None``
                for the system's ``max_turns``, or what is left of the turn's budget.
            until: a condition that stops it, or a predicate of the transcript.
            timeout: seconds after which it stops; ``None`` for no limit.
            session: tells the histories of the conversation, and of those nested in it, from those
                of the same agents in other sessions; any text, such as the id of a user.

        Returns:
            the transcript, and why it stopped.

        Raises:
            AgentNotFoundError, MessageError: nothing was recorded.
            ChatTimeoutError: the timeout is over; ``.result`` is the conversation up to then.
            ReplyError: a rule raised. ``AgentDiedError``: an agent was closed, or its process
                ended. Both have ``.result`` too.

        Example::

            result = user.initiate_chat(alice, "Who are you?", max_turns=10, silent=True)
            print(result.stop, result.last_message.content)
        """
        options = ChatOptions(clear_history, silent, max_turns, until, timeout, session=session)
        turn = own_turn(self)
        if turn is not None:
            return converse(turn, self._first(message, context), recipient, options)
        return outside.converse(self, recipient, message, options, context)

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
        session: str = "",
        **context: Any,
    ) -> ChatResult:
        """`initiate_chat` for ``async def`` callers: takes and raises the same."""
        options = ChatOptions(clear_history, silent, max_turns, until, timeout, session=session)
        turn = own_turn(self)
        if turn is not None:
            return await a_converse(turn, self._first(message, context), recipient, options)
        return await outside.a_converse(self, recipient, message, options, context)

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
        session: str = "",
        **context: Any,
    ) -> Chat:
        """Begin a conversation, and give its handle at once; takes what `initiate_chat` takes.

        Raises:
            AgentNotFoundError, MessageError: nothing was begun.
        """
        options = ChatOptions(clear_history, silent, max_turns, until, timeout, session=session)
        return outside.begin(self, recipient, message, False, options, context)

    def generate_init_message(self, **context: Any) -> Any:
        """Decide the first message of a conversation that was begun without one; may be overridden.

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
        """Begin a nested conversation from within a rule, and wait until it has stopped.

        The agent's history with the recipient then has its messages. Outside of a turn it is
        `initiate_chat` without clearing the history.

        Args:
            message: the first message.
            recipient: an agent object, a ref or a name.
            request_reply: ``False`` only delivers the message.
            silent: whether nothing is printed.
            timeout: seconds after which ``ChatTimeoutError`` is raised; ``None`` for no limit.

        Raises:
            BudgetSpentError, DepthError, AgentNotFoundError: nothing was delivered.
            ReplyError, AgentDiedError, ChatTimeoutError: the conversation failed.
            TurnError: in an ``async def`` rule, which must use `a_send`.

        Example::

            @agent_reply()
            def answer(self, raw_message):
                result = self.send(raw_message, "bob")
                return True, f"Bob says: {result.last_message.content}"
        """
        options = ChatOptions(False, silent, timeout=timeout, wanted=request_reply)
        turn = own_turn(self)
        if turn is not None:
            return converse(turn, message, recipient, options)
        return outside.converse(self, recipient, message, options, {})

    async def a_send(
        self,
        message: MessageLike,
        recipient: AgentLike,
        *,
        request_reply: bool = True,
        silent: bool = False,
        timeout: float | None = None,
    ) -> ChatResult:
        """`send` for ``async def`` rules: blocks no thread while it waits."""
        options = ChatOptions(False, silent, timeout=timeout, wanted=request_reply)
        turn = own_turn(self)
        if turn is not None:
            return await a_converse(turn, message, recipient, options)
        return await outside.a_converse(self, recipient, message, options, {})

    def tell(self, message: MessageLike, recipient: AgentLike) -> None:
        """Begin a conversation, and do not wait for it.

        Within a rule, the conversation gets half of the budget that is left. A reply to it is taken
        in a later turn, as any message.

        Raises:
            BudgetSpentError, AgentNotFoundError, MessageError: nothing was delivered.
        """
        turn = own_turn(self)
        if turn is not None:
            tell(turn, message, recipient)
        else:
            outside.begin(self, recipient, message, False, TOLD, {})

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
        options = {"silent": silent, "timeout": timeout}
        return outside.run_as_turn(self, "ask_all", given, message, given, **options)  # type: ignore[no-any-return]

    async def a_ask_all(
        self,
        message: MessageLike,
        recipients: Iterable[AgentLike],
        *,
        silent: bool = False,
        timeout: float | None = None,
    ) -> Answers:
        """`ask_all` for ``async def`` rules: blocks no thread while it waits.

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
        """Run chats one after the other, each of which is told the summaries of those before.

        Outside of a turn, this is run as a turn of the agent.

        Args:
            chats: a dict for each: ``recipient``, and optionally ``message`` (or a function that
                gives it), ``carryover`` (a text or several), ``carries`` (false: it is not told
                the summaries), ``summary_method`` (``last_msg``, ``reflection_with_llm``, or a
                function of the `ChatResult`), ``summary_prompt``, and the options of
                `initiate_chat`: ``max_turns``, ``until``, ``timeout``, ``silent``,
                ``clear_history``.

        Returns:
            the result of each, with its ``summary``.

        Raises:
            TypeError, ValueError: an entry is wrong; no chat was begun.
            ChatError, BudgetSpentError: a chat failed; the chats after it were not begun.
        """
        given = tuple(chats)
        turn, queue = own_turn(self), planned(given)
        if turn is not None:
            return run_chats(self, turn, queue, None)
        others = [chat.recipient for chat in queue]
        return outside.run_as_turn(self, "initiate_chats", others, given)  # type: ignore[no-any-return]

    async def a_initiate_chats(self, chats: Iterable[Mapping[str, Any]]) -> list[ChatResult]:
        """`initiate_chats` for ``async def`` rules: blocks no thread while it waits.

        Raises:
            TurnError: outside of a turn.
        """
        turn = own_turn(self)
        if turn is None:
            raise TurnError("a_initiate_chats is for async def rules; elsewhere, initiate_chats")
        return await run_chats_later(self, turn, planned(chats), None)
