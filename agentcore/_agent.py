"""Agents: what the user writes."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from agentcore._decisions import Halt
from agentcore._envelope import Envelope
from agentcore._history import History
from agentcore._machine import UNLIMITED, HumanMode, Received
from agentcore._message import Message, as_message
from agentcore._mind import MAX_TOOL_ROUNDS, NO_MIND, Mind, is_source
from agentcore._models_here import wait_for_model
from agentcore._ref import AgentRef, get_agent_name, kinds_of
from agentcore._rules import ReplyRule, chain_for, chain_of_class, is_plain, make_rule
from agentcore._sequence import planned, run_chats, run_chats_later
from agentcore._thinking import deliberate, finish
from agentcore._tools import bound_tools, tools_of_class
from agentcore._transcript import TERMINATE, TERMINATION_MESSAGE, ChatResult
from agentcore._turn import Turn, current_turn
from agentcore.errors import (
    AgentDiedError,
    EmptyMessageError,
    ReplyError,
    ReplyTypeError,
    TurnError,
)
from agentcore.models._model import NO_SAMPLING, Sampling

if TYPE_CHECKING:
    from agentcore._chat import Chat
    from agentcore._fan import Answers
    from agentcore._seat import Seat
    from agentcore._stream_reader import StreamReader

__all__ = ["ConversableAgent", "UserProxyAgent"]

DEFAULT_LIMIT = 100


class ConversableAgent:
    """An agent: derive from it, and give it reply rules with ``@agent_reply``.

    Args:
        name: unique in its system.
        llm: the model that answers where no rule does: a `ChatModel`, or the name of one in the
            configuration (``[models.NAME]``); kept as ``self.llm``.
        retrieval: kept as ``self.retrieval``.
        system_message: kept as ``self.system_message``.
        is_termination_msg: whether a message ends the conversation; by default one whose
            content ends with ``TERMINATE``.
        max_consecutive_auto_reply: automatic replies in a row to one peer in one conversation;
            ``None`` means 100, -1 any number, 0 never to answer automatically.
        human_input_mode: ``NEVER`` asks nobody; ``TERMINATE`` asks a human when the limit is
            reached or the message is terminal; ``ALWAYS`` asks at every message.
        default_auto_reply: sent when no rule is final; ``None`` ends the conversation instead.
        description: for people, and for models that choose a speaker.
        tools: what the model may call, beside the methods with ``@tool``: functions, `Tool`
            objects, MCP servers.
        executor: the agent that runs the calls that this one's model proposes, instead of itself.
        approve: who is asked before a call runs, where its tool says nothing: ``True`` for a human,
            or a predicate of the `ToolRequest`.
        max_tool_rounds: how often in one turn the model may propose calls.
        history_policy: what of a long history the model is shown: `keep_last`, `summarise`, or a
            function of the messages and the model; without one, all of it.
        stream: whether the model's answers are streams, to be read as they are made.
        sampling: over what the model is set to.

    Raises:
        ValueError, TypeError, ToolError: an argument is none of these.
    """

    _chain: tuple[ReplyRule, ...] = ()
    _plain_chain = True
    _tool_names: tuple[str, ...] = ()
    _default_mode: ClassVar[str] = "NEVER"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._chain = chain_of_class(cls)
        cls._plain_chain = is_plain(cls._chain)
        cls._tool_names = tools_of_class(cls)

    def __init__(
        self,
        name: str,
        llm: Any = None,
        retrieval: Any = None,
        system_message: str | None = "",
        is_termination_msg: Callable[[Message], Any] | None = None,
        max_consecutive_auto_reply: int | None = None,
        human_input_mode: str | None = None,
        *,
        default_auto_reply: Any = None,
        description: str | None = None,
        tools: Iterable[Any] = (),
        executor: Any = None,
        approve: Any = None,
        max_tool_rounds: int = MAX_TOOL_ROUNDS,
        history_policy: Any = None,
        stream: bool = False,
        sampling: Sampling = NO_SAMPLING,
    ) -> None:
        self.name = _checked_name(name)
        self.llm = llm
        self.retrieval = retrieval
        self.system_message = system_message or ""
        self.description = self.system_message if description is None else description
        self.default_auto_reply = (
            None if default_auto_reply is None else as_message(default_auto_reply)
        )
        self._is_termination_msg = is_termination_msg
        self._plain = Received(
            _limit(max_consecutive_auto_reply), _mode(human_input_mode or self._default_mode)
        )
        self._limits: dict[str, int] | None = None
        self._muted: _Muted | None = None
        self._resets: tuple[tuple[ReplyRule, Any, Callable[[Any], Any] | None], ...] = ()
        self._messages: dict[str, History] = {}
        self._seat: Seat | None = None
        given = (tools, executor, approve, max_tool_rounds, history_policy, stream, sampling)
        self._mind = None if given == _UNTHINKING else _mind(self, *given)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Cross to another process: a hosted agent stays where it is, and its ref goes."""
        if self._seat is not None:
            return _same, (self._seat.ref,)
        return super().__reduce_ex__(protocol)

    # --- conversations --------------------------------------------------------------------------

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
            known = {key: options.pop(key) for key in _OPTIONS if key in options}
            first = self._first(message, options)
            result: ChatResult = await turn.a_converse(first, recipient, **_for_turn(known))
            return result
        return await self._begin(recipient, message, True, options)._a_finish()  # type: ignore[no-any-return]

    def start_chat(self, recipient: Any, message: Any = None, **options: Any) -> Chat:
        """Begin a conversation and give the `Chat` at once; takes what `initiate_chat` takes."""
        return self._begin(recipient, message, False, options)

    def _begin(self, recipient: Any, message: Any, waits: bool, options: Any) -> Chat:
        from agentcore._system import runtime_for

        runtime = runtime_for(self, recipient)
        ref = runtime.adopt(self)
        try:
            chat = runtime.begin(ref, recipient, message, _waits=waits, **options)
        except BaseException:
            runtime.let_go(self.name)
            raise
        chat._when_done(lambda _: runtime.let_go(self.name))
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
            return turn.ask_all(message, recipients, silent, timeout)
        given, options = tuple(recipients), {"silent": silent, "timeout": timeout}
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

    def register_nested_chats(
        self, chats: Iterable[Mapping[str, Any]], trigger: Any = None, position: int = 0
    ) -> None:
        """Add a rule that has a sequence of chats first, and replies with the last summary.

        It answers no one with whom the agent itself began the conversation, so that what its
        recipients say does not set it off again.

        Args:
            chats: as of `initiate_chats`; a chat without ``message`` begins with the message that
                is being answered.
            trigger: whom it answers, as `agent_reply` takes it.
            position: its place in the chain; 0 is tried first.

        Raises:
            TypeError, ValueError: an entry is wrong.
        """
        self.register_reply(trigger, _nested_chats, position, planned(chats), _same)

    def describe(self) -> str:
        """Give the description, for whoever has only a ref: ``ref.call("describe")``."""
        return self.description

    def _profile(self) -> tuple[str, frozenset[str]]:
        """Give what a group asks of its members: the description, and the names of their tools."""
        given = [each for each in (self._mind or NO_MIND).tools if not is_source(each)]
        names = frozenset(bound_tools(self, given)) if given or self._tool_names else frozenset()
        return self.description, names

    def _as_turn(self, method: str, others: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        """Run a method of this agent object's as one of its turns, from outside of any."""
        from agentcore._system import runtime_for

        runtime = runtime_for(self, *others)
        ref = runtime.adopt(self)
        try:
            return runtime.call(ref, method, args, kwargs)
        finally:
            runtime.let_go(self.name)

    def _own_turn(self) -> Turn | None:
        turn = current_turn()
        if turn is None or turn.seat.agent is not self:
            return None
        if turn.seat.closed:
            raise AgentDiedError(
                f"agent {self.name!r} was closed in the midst of its turn", agent=self.name
            )
        return turn

    # --- rules ----------------------------------------------------------------------------------

    def rules_for(self, sender: Any) -> tuple[ReplyRule, ...]:
        """Give the rules that would be tried for a message of ``sender``, in order."""
        if self._plain_chain:
            return self._chain
        if type(sender) is not AgentRef:
            kinds = kinds_of(type(sender)) if hasattr(sender, "_messages") else ()
            sender = AgentRef(get_agent_name(sender), "", kinds=kinds)
        return chain_for(self._chain, self, sender)

    def register_reply(
        self,
        trigger: Any,
        reply_func: Callable[..., Any],
        position: int = 0,
        config: Any = None,
        reset_config: Callable[[Any], Any] | None = None,
    ) -> None:
        """Add a rule to this agent's own chain.

        Args:
            trigger: whom it answers, as `agent_reply` takes it.
            reply_func: a function of the agent, if its first parameter has a name of its own,
                and of what it names of raw_message, messages, sender, config.
            position: its place in the chain; 0 is tried first.
            config: given to it where it names ``config``.
            reset_config: gives the config that `reset` restores; by default a copy of ``config``.

        Raises:
            RuleError: it cannot be a rule.
        """
        rule = make_rule(reply_func, trigger, config)
        chain = list(self._chain)
        chain.insert(position, rule)
        self._chain = tuple(chain)
        self._plain_chain = is_plain(self._chain)
        self._resets += ((rule, copy.copy(config), reset_config),)

    def generate_reply(self, messages: Any = None, sender: Any = None) -> Message | None:
        """Ask the rules for a reply, outside of any conversation; nothing is recorded or sent.

        Args:
            messages: what the rules see; the history with ``sender`` if not given.
            sender: whose message is answered; without one, only rules for anyone are asked.

        Raises:
            ValueError: neither was given.
            TurnError: a rule that was asked is ``async def``.
        """
        if messages is None and sender is None:
            raise ValueError("generate_reply needs messages, or a sender")
        name = "" if sender is None else get_agent_name(sender)
        said: Any = self.get_chat_messages(name)
        if messages is not None:
            said = [as_message(each) for each in messages]
        last = said[-1] if len(said) else None
        ref = sender if isinstance(sender, AgentRef) else AgentRef(name, "")
        if sender is None:
            rules = tuple(rule for rule in self._chain if rule.trigger.anyone)
        else:
            rules = self.rules_for(sender)
        for rule in rules:
            result = rule.ask(rule.function, self, last, said, ref, rule.config)
            if hasattr(result, "close") and hasattr(result, "send"):
                result.close()
                raise TurnError(f"rule {rule.name} is async def: it answers in conversations only")
            if type(result) is not tuple or len(result) != 2:
                raise ReplyTypeError(f"rule {rule.name} returned {result!r}", rule=rule.name)
            if result[0]:
                return None if result[1] is None else as_message(result[1])
        if self.llm is not None and len(said):
            return self._thought(said, ref)
        return self.default_auto_reply

    def _thought(self, said: Any, peer: AgentRef) -> Message | None:
        """Ask the model, outside of any conversation."""
        steps = deliberate(self, None, said[-1], said, peer)
        value = None if steps is None else finish(steps, wait_for_model)
        if isinstance(value, Halt):
            raise ReplyError(f"{value.kind}: {value.detail}", agent=self.name, rule="llm")
        return None if value is None else as_message(value)

    # --- what the turn asks ---------------------------------------------------------------------

    def _receive(self, envelope: Envelope, history: History, condition: str) -> Received:
        """Record a message, and say what there is to know about it."""
        message, conversation = envelope.message, envelope.conversation
        if envelope.opening and conversation.fresh:
            history.clear()
            if self._muted is not None:
                self._muted.unmute(conversation.initiator.name)
        route = envelope.route
        if route is None:
            history.said.append(message)
            history.mine.append(False)
        else:
            for each in route.earlier if route.again else (*route.earlier, message):
                history.record(each, False)
        terminal = None
        if message.metadata and message.metadata.get("TERMINATE"):
            terminal = TERMINATE
        elif self._is_termination_msg is None:
            content = message.content
            if type(content) is str and content.rstrip().endswith("TERMINATE"):
                terminal = TERMINATION_MESSAGE
        elif self._is_termination_msg(message):
            terminal = TERMINATION_MESSAGE
        plain = self._plain
        particular = self._limits is not None or self._muted is not None
        if terminal is None and not condition and conversation.wanted and not particular:
            return plain
        name = envelope.sender.name
        return attrs.evolve(
            plain,
            limit=(self._limits or {}).get(name, plain.limit),
            terminal=terminal,
            condition=bool(condition),
            wanted=conversation.wanted and not (self._muted is not None and name in self._muted),
        )

    def _history_with(self, name: str) -> History:
        history = self._messages.get(name)
        if history is None:
            history = self._messages[name] = History()
        return history

    @contextmanager
    def _recording(self, name: str, message: Message, fresh: bool) -> Iterator[None]:
        """Record what the agent says, unless it cannot be delivered."""
        known = name in self._messages
        history = self._history_with(name)
        said, mine = history.said, history.mine  # `clear` leaves these alone
        if fresh:
            history.clear()
            if self._muted is not None:
                self._muted.unmute(name)
        history.record(message.isolated() if message.opaque else message, True)
        try:
            yield
        except BaseException:
            history.forget_last()
            history.said, history.mine = said, mine
            if not known:
                del self._messages[name]
            raise

    def get_human_input(self, prompt: str) -> str | None:
        """Ask a human; override it to ask elsewhere than at a console.

        By default the question appears at the console of the process that began the conversation.

        Returns:
            what was typed; an empty text skips, ``exit`` or ``None`` ends the conversation.
        """
        from agentcore._human import ask_at_console

        turn = self._own_turn()
        if turn is None:
            return ask_at_console(prompt)
        return turn.runtime.ask_human(turn.inherited.console, prompt)

    # --- history --------------------------------------------------------------------------------

    @property
    def chat_messages(self) -> dict[str, History]:
        """The agent's histories, by the name of the peer."""
        return dict(self._messages)

    def get_chat_messages(self, peer: Any) -> History:
        """Give the history with one peer; empty for a stranger."""
        return self._messages.get(get_agent_name(peer)) or History()

    def last_message(self, peer: Any = None) -> Message | None:
        """Give the last message with ``peer``, or of the only conversation there is.

        Raises:
            ValueError: there are several, and no peer was given.
            KeyError: the peer is a stranger.
        """
        if peer is not None:
            history = self._messages[get_agent_name(peer)]
            return history[-1] if history else None
        told = [history for history in self._messages.values() if history]
        if not told:
            return None
        if len(told) > 1:
            names = ", ".join(sorted(self._messages))
            raise ValueError(f"agent {self.name!r} conversed with several: say whom ({names})")
        return told[0][-1]

    def clear_history(self, peer: Any = None) -> None:
        """Forget what was said with ``peer``, or with everyone."""
        name = None if peer is None else get_agent_name(peer)
        for known, history in self._messages.items():
            if name is None or known == name:
                history.clear()  # it stays the one that a turn under way adds to

    def reset(self) -> None:
        """Forget every history, answer everyone again, and restore the configs of rules."""
        self.clear_history()
        self._muted = None
        resets = []
        for known, config, restore in self._resets:
            initial = copy.copy(config)
            fresh = attrs.evolve(known, config=initial if restore is None else restore(initial))
            # By identity: one function may be registered twice, with two configs.
            self._chain = tuple(fresh if rule is known else rule for rule in self._chain)
            resets.append((fresh, config, restore))
        self._resets = tuple(resets)

    # --- settings -------------------------------------------------------------------------------

    def update_system_message(self, system_message: str) -> None:
        """Set the system message."""
        self.system_message = system_message

    def max_consecutive_auto_reply(self, sender: Any = None) -> int:
        """Give the limit of automatic replies in a row, to ``sender`` or in general."""
        if sender is None or self._limits is None:
            return self._plain.limit
        return self._limits.get(get_agent_name(sender), self._plain.limit)

    def update_max_consecutive_auto_reply(self, value: int | None, sender: Any = None) -> None:
        """Set the limit, for one sender or for all of them."""
        limit = _limit(value)
        if sender is None:
            self._plain = attrs.evolve(self._plain, limit=limit)
            self._limits = None
        else:
            self._limits = {**(self._limits or {}), get_agent_name(sender): limit}

    def stop_reply_at_receive(self, sender: Any = None) -> None:
        """Do not answer ``sender``, or anyone, until a new conversation is begun with them."""
        if self._muted is None or sender is None:
            self._muted = _Muted(everyone=sender is None)
        if sender is not None:
            self._muted.mute(get_agent_name(sender))

    # --- streams --------------------------------------------------------------------------------

    def stream_reply(
        self, response_gen: Iterable[Any] | AsyncIterable[Any], **metadata: Any
    ) -> tuple[bool, Message]:
        """Answer with a stream: ``return self.stream_reply(chunks)``.

        Nothing of ``response_gen`` runs before somebody reads, and then only a little further
        than they are, at the most.

        Args:
            response_gen: an iterable, generator or async iterable of chunks, each a str or
                ``(str, metadata)``.
            metadata: goes along in the message's metadata.
        """
        from agentcore._streams import stream_message

        return True, stream_message(self, response_gen, metadata)

    def get_agent_stream_messages(self, agent: Any, stream_id: str) -> StreamReader:
        """Read a stream of any agent: yields ``(text, metadata)`` for each chunk as it comes.

        For ``for``, and in ``async def`` code for ``async for``.

        Raises:
            StreamNotFoundError: there is no such stream, or it is no longer kept.
        """
        from agentcore._runtime import runtime_with
        from agentcore._system import runtime_for

        runtime = runtime_with(stream_id) or runtime_for(self, agent)
        return runtime.read_stream(agent, stream_id)


class UserProxyAgent(ConversableAgent):
    """An agent that stands for a human: by default it asks one at every message."""

    _default_mode = "ALWAYS"


class _Muted:
    """Whom an agent does not answer."""

    def __init__(self, everyone: bool) -> None:
        self._everyone = everyone
        self._except: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return (name in self._except) != self._everyone

    def mute(self, name: str) -> None:
        """Do not answer ``name``."""
        (self._except.discard if self._everyone else self._except.add)(name)

    def unmute(self, name: str) -> None:
        """Answer ``name`` again."""
        (self._except.add if self._everyone else self._except.discard)(name)


_OPTIONS = ("clear_history", "silent", "max_turns", "until", "timeout")


def _for_turn(options: dict[str, Any]) -> dict[str, Any]:
    """Put the options of `initiate_chat` as a turn takes them."""
    from agentcore._conditions import as_condition

    options = dict(options)
    options["fresh"] = options.pop("clear_history", True)
    until = options.get("until")
    options["until"] = None if until is None else as_condition(until)
    return options


_UNTHINKING = ((), None, None, MAX_TOOL_ROUNDS, None, False, NO_SAMPLING)


def _mind(agent: ConversableAgent, tools: Iterable[Any], *given: Any) -> Mind:
    mind = Mind(tools, *given)
    bound_tools(agent, [each for each in mind.tools if not is_source(each)])  # says what is none
    return mind


def _checked_name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise ValueError(f"an agent's name is a non-empty str, not {name!r}")
    return name


def _limit(value: int | None) -> int:
    if value is None:
        return DEFAULT_LIMIT
    if type(value) is not int or value < UNLIMITED:
        raise ValueError(
            f"max_consecutive_auto_reply is 0 or more, or -1 for any number, not {value!r}"
        )
    return value


def _mode(value: str) -> HumanMode:
    try:
        return HumanMode(value)
    except ValueError:
        modes = ", ".join(mode.value for mode in HumanMode)
        raise ValueError(f"human_input_mode is one of {modes}, not {value!r}") from None


async def _nested_chats(self: Any, raw_message: Message, config: Any) -> tuple[bool, Any]:
    turn = self._own_turn()
    if not config or turn is None or turn.is_initiators:
        return False, None
    results = await run_chats_later(self, turn, config, raw_message)
    return True, results[-1].summary or None


def _same(value: Any) -> Any:
    return value
