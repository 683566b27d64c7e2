"""What agents say: conversations that they begin, in their turns and outside of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from agentcore.agents.chat_sequence import planned, run_chats, run_chats_later
from agentcore.base.checks import OPTIONS, several
from agentcore.base.errors import EmptyMessageError, TurnError
from agentcore.protocol.chat_errors import AgentDiedError
from agentcore.protocol.transcript import ChatResult
from agentcore.runtime.turns.fan_out import Turn, current_turn

if TYPE_CHECKING:
    from agentcore.runtime.chat import Chat
    from agentcore.runtime.inquiry import Answers

__all__ = ["ConversationMethods"]


class ConversationMethods:
    """The part of `ConversableAgent` that begins conversations."""

    name: str

    def initiate_chat(
        self,
        recipient: Any,
        message: Any = None,
        *,
        clear_history: bool = True,
        silent: bool = False,
        max_turns: int | None = None,
        until: Any = None,
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
        options: dict[str, Any] = {"clear_history": clear_history, "silent": silent}
        options |= {"max_turns": max_turns, "until": until, "timeout": timeout}
        turn = self._own_turn()
        if turn is not None:
            result: ChatResult = turn.converse(
                self._first(message, context), recipient, **_for_turn(options)
            )
            return result
        chat = self._begin(recipient, message, True, options | context)
        return chat._finish()  # type: ignore[no-any-return]

    async def a_initiate_chat(
        self, recipient: Any, message: Any = None, **options: Any
    ) -> ChatResult:
        """`initiate_chat` for ``async def`` callers; takes the same, raises the same."""
        turn = self._own_turn()
        if turn is not None:
            known = {key: options.pop(key) for key in OPTIONS if key in options}
            first = self._first(message, options)
            result: ChatResult = await turn.a_converse(first, recipient, **_for_turn(known))
            return result
        return await self._begin(recipient, message, True, options)._a_finish()  # type: ignore[no-any-return]

    def start_chat(self, recipient: Any, message: Any = None, **options: Any) -> Chat:
        """Begin a conversation and give the `Chat` at once; takes what `initiate_chat` takes."""
        return self._begin(recipient, message, False, options)

    def _begin(self, recipient: Any, message: Any, waits: bool, options: Any) -> Chat:
        from agentcore.runtime.system import runtime_for

        runtime = runtime_for(self, recipient)
        ref = runtime.acquire(self)
        try:
            chat = runtime.begin(ref, recipient, message, _waits=waits, **options)
        except BaseException:
            runtime.release(self.name)
            raise
        chat._when_done(lambda _: runtime.release(self.name))
        return chat

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

    def _first(self, message: Any, context: Mapping[str, Any]) -> Any:
        return self.generate_init_message(**context) if message is None else message

    def send(
        self,
        message: Any,
        recipient: Any,
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
        turn = self._own_turn()
        if turn is None:
            options = {"clear_history": False, "silent": silent, "timeout": timeout}
            chat = self._begin(recipient, message, True, options | {"_wanted": request_reply})
            return chat._finish()  # type: ignore[no-any-return]
        result: ChatResult = turn.converse(
            message, recipient, wanted=request_reply, silent=silent, timeout=timeout
        )
        return result

    async def a_send(
        self,
        message: Any,
        recipient: Any,
        *,
        request_reply: bool = True,
        silent: bool = False,
        timeout: float | None = None,
    ) -> ChatResult:
        """`send` for ``async def`` rules: holds no thread while it waits."""
        turn = self._own_turn()
        if turn is None:
            options = {"clear_history": False, "silent": silent, "timeout": timeout}
            chat = self._begin(recipient, message, True, options | {"_wanted": request_reply})
            return await chat._a_finish()  # type: ignore[no-any-return]
        result: ChatResult = await turn.a_converse(
            message, recipient, wanted=request_reply, silent=silent, timeout=timeout
        )
        return result

    def tell(self, message: Any, recipient: Any) -> None:
        """Deliver a message and go on: it begins a conversation of its own.

        Within a rule it gets half of the budget that is left. Whatever comes back is an ordinary
        later turn.

        Raises:
            BudgetSpentError, AgentNotFoundError, MessageError: nothing was delivered.
        """
        turn = self._own_turn()
        if turn is not None:
            turn.tell(message, recipient)
        else:
            self._begin(recipient, message, False, {"clear_history": False, "silent": True})

    def ask_all(
        self,
        message: Any,
        recipients: Iterable[Any],
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
        turn = self._own_turn()
        if turn is not None:
            given = several(recipients, "ask_all takes a list of agents")
            return turn.ask_all(message, given, silent, timeout)
        given = several(recipients, "ask_all takes a list of agents")
        options = {"silent": silent, "timeout": timeout}
        return self._as_turn("ask_all", given, message, given, **options)  # type: ignore[no-any-return]

    async def a_ask_all(
        self,
        message: Any,
        recipients: Iterable[Any],
        *,
        silent: bool = False,
        timeout: float | None = None,
    ) -> Answers:
        """`ask_all` for ``async def`` rules: holds no thread while it waits.

        Raises:
            TurnError: outside of a turn.
        """
        turn = self._own_turn()
        if turn is None:
            raise TurnError("a_ask_all is for async def rules; elsewhere, use ask_all")
        return await turn.a_ask_all(message, recipients, silent, timeout)

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
        turn = self._own_turn()
        queue = planned(chats)
        if turn is not None:
            return run_chats(self, turn, queue, None)
        others = [chat.recipient for chat in queue]
        return self._as_turn("initiate_chats", others, tuple(chats))  # type: ignore[no-any-return]

    async def a_initiate_chats(self, chats: Iterable[Mapping[str, Any]]) -> list[ChatResult]:
        """`initiate_chats` for ``async def`` rules: holds no thread while it waits.

        Raises:
            TurnError: outside of a turn.
        """
        turn = self._own_turn()
        if turn is None:
            raise TurnError("a_initiate_chats is for async def rules; elsewhere, initiate_chats")
        return await run_chats_later(self, turn, planned(chats), None)

    def _as_turn(self, method: str, others: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        """Run a method of this agent object's as one of its turns, from outside of any."""
        from agentcore.runtime.system import runtime_for

        runtime = runtime_for(self, *others)
        ref = runtime.acquire(self)
        try:
            return runtime.call(ref, method, args, kwargs)
        finally:
            runtime.release(self.name)

    def _own_turn(self) -> Turn | None:
        turn = current_turn()
        if turn is None or turn.mailbox.agent is not self:
            return None
        if turn.mailbox.closed:
            raise AgentDiedError(
                f"agent {self.name!r} was closed in the midst of its turn", agent=self.name
            )
        return turn


def _for_turn(options: dict[str, Any]) -> dict[str, Any]:
    """Put the options of `initiate_chat` as a turn takes them."""
    from agentcore.protocol.conditions import as_condition

    options = dict(options)
    options["fresh"] = options.pop("clear_history", True)
    until = options.get("until")
    options["until"] = None if until is None else as_condition(until)
    return options
