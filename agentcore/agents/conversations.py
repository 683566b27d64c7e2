"""The public methods of agents that begin conversations, within a turn and outside of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from agentcore.agents import outside
from agentcore.agents.chat_sequence import run_chats, run_chats_later
from agentcore.agents.model_lookup import Metered, model_for
from agentcore.agents.own_turn import own_turn
from agentcore.agents.planned_chat import PlannedChat
from agentcore.base.errors import EmptyMessageError
from agentcore.protocol.agent_ref import AgentLike
from agentcore.protocol.briefing import SummaryMethod, briefing_for
from agentcore.protocol.carryover import Carryover
from agentcore.protocol.chat import Chat
from agentcore.protocol.chat_options import ChatOptions, Until, check_context
from agentcore.protocol.message import MessageLike
from agentcore.protocol.model_api import Completion
from agentcore.protocol.transcript import ChatResult
from agentcore.runtime.turns.chats import a_converse, converse, tell

__all__ = ["ConversationMethods"]

FirstMessage: TypeAlias = MessageLike | Callable[..., Any] | None
TOLD = ChatOptions(clear_history=False, silent=True)


class ConversationMethods:
    """A base of `ConversableAgent`: its methods that begin conversations.

    Within a turn of the agent they spend its budget; outside, the agent is hosted meanwhile.
    """

    _part_of_agent = True
    name: str
    llm: Any

    def initiate_chat(
        self,
        recipient: AgentLike,
        message: FirstMessage = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Until | None = None,
        timeout: float | None = None,
        session: str = "",
        carryover: Carryover = None,
        summary_method: SummaryMethod | None = "last_msg",
        summary_prompt: str | None = None,
        summary_args: Mapping[str, Any] | None = None,
        **context: Any,
    ) -> ChatResult:
        """Begin a conversation, and wait until it has stopped.

        Args:
            recipient: an agent object, a ref or a name.
            message: the first message, or a function of what it names of ``recipient``,
                ``sender``, ``carryover`` and ``context``; ``None``: what
                ``generate_init_message(**context)`` gives.
            clear_history: whether both agents first clear their history with each other.
            silent: whether nothing is printed.
            max_turns: how many messages the conversation and all nested in it may have; ``None``
                for the system's ``max_turns``, or what is left of the turn's budget.
            until: a condition that stops it, or a predicate of the transcript.
            timeout: seconds after which it stops; ``None`` for no limit.
            session: tells the histories of the conversation, and of those nested in it, from those
                of the same agents in other sessions; any text, such as the id of a user.
            carryover: what the recipient is told of earlier work: a text, a message, the result of
                a chat, or several of them.
            summary_method: what gives ``result.summary``: ``last_msg``; ``reflection_with_llm``,
                the model of this agent or else the recipient's; a function of the `ChatResult`, or
                of ``(sender, recipient, summary_args)``; ``None`` for none.
            summary_prompt: the instruction for that model.
            summary_args: ``summary_prompt``, ``summary_role``, or what the function expects.
            context: keywords for ``generate_init_message`` or the function; no others are taken.

        Returns:
            the transcript, why it stopped, and its summary.

        Raises:
            AgentNotFoundError, MessageError, TypeError, ValueError: nothing was recorded.
            ModelError: there is no model for the summary; nothing was recorded.
            ChatTimeoutError: the timeout is over; ``.result`` is the conversation up to then.
            ReplyError: a rule raised. ``AgentDiedError``: an agent was closed, or its process
                ended. Both have ``.result`` too.

        Example::

            result = user.initiate_chat(alice, "Who are you?", max_turns=10, silent=True)
            print(result.stop, result.last_message.content)
        """
        brief = briefing_for(message, carryover, summary_method, summary_prompt, summary_args)
        options = ChatOptions(
            clear_history, silent, max_turns, until, timeout, session=session, briefing=brief
        )
        turn = own_turn(self)
        if turn is not None:
            if brief is not None:
                return run_chats(self, turn, _alone(recipient, message, options, context))[0]
            return converse(turn, self._first(message, context), recipient, options)
        return outside.converse(self, recipient, message, options, context)

    async def a_initiate_chat(
        self,
        recipient: AgentLike,
        message: FirstMessage = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Until | None = None,
        timeout: float | None = None,
        session: str = "",
        carryover: Carryover = None,
        summary_method: SummaryMethod | None = "last_msg",
        summary_prompt: str | None = None,
        summary_args: Mapping[str, Any] | None = None,
        **context: Any,
    ) -> ChatResult:
        """`initiate_chat` for ``async def`` callers: takes and raises the same."""
        brief = briefing_for(message, carryover, summary_method, summary_prompt, summary_args)
        options = ChatOptions(
            clear_history, silent, max_turns, until, timeout, session=session, briefing=brief
        )
        turn = own_turn(self)
        if turn is not None:
            if brief is not None:
                chats = _alone(recipient, message, options, context)
                return (await run_chats_later(self, turn, chats))[0]
            return await a_converse(turn, self._first(message, context), recipient, options)
        return await outside.a_converse(self, recipient, message, options, context)

    def start_chat(
        self,
        recipient: AgentLike,
        message: FirstMessage = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Until | None = None,
        timeout: float | None = None,
        session: str = "",
        carryover: Carryover = None,
        summary_method: SummaryMethod | None = "last_msg",
        summary_prompt: str | None = None,
        summary_args: Mapping[str, Any] | None = None,
        **context: Any,
    ) -> Chat:
        """Begin a conversation, and give its handle at once; takes what `initiate_chat` takes.

        Raises:
            AgentNotFoundError, MessageError: nothing was begun.
        """
        brief = briefing_for(message, carryover, summary_method, summary_prompt, summary_args)
        options = ChatOptions(
            clear_history, silent, max_turns, until, timeout, session=session, briefing=brief
        )
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

    def _first(self, message: Any, context: Mapping[str, Any]) -> Any:
        check_context(message, context)
        return self.generate_init_message(**context) if message is None else message

    def _begin_briefed(
        self, recipient: AgentLike, message: Any, options: ChatOptions, context: Mapping[str, Any]
    ) -> ChatResult:
        """Hold a conversation that has a briefing; it is called as a turn of the agent."""
        turn = own_turn(self)
        assert turn is not None
        # With the id of the call, so that whoever cancels that stops the conversation.
        chats = _alone(recipient, message, options, context, turn.received.id)
        return run_chats(self, turn, chats)[0]

    def _has_model(self) -> bool:
        """Say whether it has a model, for whoever has only a ref."""
        return self.llm is not None and model_for(self, self.llm) is not None

    async def _reflect(self, asked: list[dict[str, str]]) -> Completion:
        """Let its model answer messages, for whoever has only a ref."""
        return await Metered(model_for(self, self.llm)).complete(asked)

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


def _alone(
    recipient: AgentLike,
    message: Any,
    options: ChatOptions,
    context: Mapping[str, Any],
    id: str = "",
) -> tuple[PlannedChat]:
    """Return a sequence of one chat."""
    check_context(message, context)
    return (PlannedChat(recipient, message, options, context=context, id=id),)
