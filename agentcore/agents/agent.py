"""Agents: what the user writes."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

from agentcore.agents.agent_options import (
    HABITS,
    HumanInputMode,
    check_types,
    checked_model,
    checked_name,
    human_mode,
)
from agentcore.agents.chat_messages import histories_from
from agentcore.agents.history_limit import HistoryLimitLike, checked_history_limit
from agentcore.agents.history_policies import PolicyLike
from agentcore.agents.memory import AgentMemory, checked_limit
from agentcore.agents.model_options import MAX_TOOL_ROUNDS, ModelOptions, is_source
from agentcore.agents.own_turn import own_turn
from agentcore.agents.rule_methods import RuleMethods
from agentcore.agents.several_conversations import SeveralMethods
from agentcore.agents.stream_rounds import run_calls_of_stream
from agentcore.agents.streaming import ChunkLike, stream_message
from agentcore.agents.thinking import deliberate
from agentcore.agents.tool_methods import ToolMethods
from agentcore.base.extras import require_extra
from agentcore.base.keywords import refusing_unknown_keywords
from agentcore.base.steps import Steps
from agentcore.protocol.agent_ref import AgentLike, AgentRef
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.history import History
from agentcore.protocol.long_term_memory import LongTermMemory
from agentcore.protocol.message import Message, MessageLike, as_message
from agentcore.protocol.model_api import NO_SAMPLING, ChatModel, Sampling
from agentcore.protocol.rules import (
    chain_of_class,
    is_plain,
)
from agentcore.runtime.connecting import runtime_for, runtime_with
from agentcore.runtime.console import ask_at_console
from agentcore.runtime.mailbox import Mailbox
from agentcore.runtime.streams.reader import StreamReader
from agentcore.runtime.turns.turn import Turn
from agentcore.tools.approval import Approval
from agentcore.tools.decorator import tools_of_class
from agentcore.tools.tool import ToolLike, ToolSource

__all__ = ["ConversableAgent", "UserProxyAgent"]


class ConversableAgent(SeveralMethods, RuleMethods, ToolMethods):
    """An agent: derive from it, and give it reply rules with ``@agent_reply``.

    Args:
        name: unique in its system.
        llm: the model that answers where no rule does: a `ChatModel`, or the name of one in the
            configuration (``[models.NAME]``); kept as ``self.llm``.
        retrieval: a `Library` (kept as ``self.retrieval``): the passages that fit the last message
            are put before it when the model is asked, 4 of them and 4,000 characters at the most.
            Anything without ``search`` is kept for the agent's own rules.
        system_message: kept as ``self.system_message``.
        is_termination_msg: whether a message is the last; by default if it ends with ``TERMINATE``.
        max_consecutive_auto_reply: automatic replies in a row to one peer in one conversation;
            ``None`` means 100, -1 any number, 0 never to answer automatically.
        human_input_mode: ``NEVER`` asks nobody; ``TERMINATE`` asks a human when the limit is
            reached or the message is terminal; ``ALWAYS`` asks at every message.
        default_auto_reply: sent when no rule is final; ``None`` ends the conversation instead.
        description: for people, and for models that choose a speaker.
        tools: what the model may call, beside the methods with ``@tool``: functions, `Tool`
            objects, MCP servers.
        executor: the agent that runs the calls that this one's model proposes, instead of itself.
        approve: a predicate of the `ToolRequest`, or ``True`` for a human, where a tool has none.
        max_tool_rounds: how often in one turn the model may propose calls.
        history_policy: what of a long history the model is shown: `keep_last`, `summarise`, or a
            function of the messages and the model; without one, all of it.
        stream: whether the model's answers are streams, to be read as they are made.
        sampling: over what the model is set to.
        show_thinking: whether what the model thinks aloud stays in its answers.
        chat_messages: what was said before: for each peer a list of messages, in which the agent's
            own have the role ``assistant``, or what `History.to_json` returned.
        history_limit: how many messages of a history, and histories with how many peers, it
            remembers: a number of messages, or a `HistoryLimit`.
        handoffs: agents that the model may hand the conversation off to; it is offered a tool
            ``transfer_to_NAME`` for each, with that agent's description.
        memory: a `Memory`: what it has learned of an owner in earlier chats is put before the last
            message when the model is asked, and the model then finds out what is new.

    Raises:
        ValueError, TypeError, ToolError: an argument is none of these. ``MessageError``: nor is a
            message of ``chat_messages``.
    """

    _tool_names: tuple[str, ...] = ()
    _default_mode: ClassVar[HumanInputMode] = "NEVER"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._chain = chain_of_class(cls)
        cls._plain_chain = is_plain(cls._chain)
        cls._tool_names = tools_of_class(cls)

    @partial(refusing_unknown_keywords, habits=HABITS)
    def __init__(
        self,
        name: str,
        llm: ChatModel | str | None = None,
        retrieval: Any = None,
        system_message: str | None = "",
        is_termination_msg: Callable[[Message], Any] | None = None,
        max_consecutive_auto_reply: int | None = None,
        human_input_mode: HumanInputMode | None = None,
        *,
        default_auto_reply: MessageLike | None = None,
        description: str | None = None,
        tools: Iterable[ToolLike | ToolSource] = (),
        executor: AgentLike | None = None,
        approve: Approval = None,
        max_tool_rounds: int = MAX_TOOL_ROUNDS,
        history_policy: PolicyLike | None = None,
        stream: bool = False,
        sampling: Sampling | Mapping[str, Any] = NO_SAMPLING,
        show_thinking: bool = False,
        chat_messages: Mapping[Any, Any] | None = None,
        history_limit: HistoryLimitLike | None = None,
        handoffs: Iterable[AgentLike | Handoff] = (),
        memory: LongTermMemory | None = None,
    ) -> None:
        self.name = checked_name(name)
        check_types(system_message, is_termination_msg)
        self.llm = checked_model(llm)
        if tools or self._tool_names:
            require_extra("jsonschema", "tools", "an agent with tools")
        self.retrieval = retrieval
        self.system_message = system_message or ""
        self.description = self.system_message if description is None else description
        self.default_auto_reply = (
            None if default_auto_reply is None else as_message(default_auto_reply)
        )
        self._memory = AgentMemory(
            checked_limit(max_consecutive_auto_reply),
            human_mode(human_input_mode or self._default_mode),
            is_termination_msg,
            checked_history_limit(history_limit),
        )
        if chat_messages is not None:
            self._messages.update(histories_from(chat_messages))
        self._mailbox: Mailbox | None = None
        self._address = ""  # given by the first system that hosts the object
        given = (tools, executor, approve, max_tool_rounds, history_policy, stream, sampling)
        self._model_options = ModelOptions.of_agent(self, *given, show_thinking, handoffs, memory)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    def __hash__(self) -> int:
        return hash(self.name)  # that of its ref, which is equal to it

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Cross to another process: a hosted agent stays where it is, and its ref goes."""
        if self._mailbox is not None:
            return _same, (self._mailbox.ref,)
        return super().__reduce_ex__(protocol)

    def describe(self) -> str:
        """Give the description, for whoever has only a ref: ``ref.call("describe")``."""
        return self.description

    def on_close(self) -> None:
        """End what the agent has of its own, as processes and files; override it where it has any.

        It is called once the agent is closed, or the system is closed in which it lives. A turn of
        the agent may still be running then. An error that it raises is logged. On Ray it is called
        when the agent is closed, but not when the system is, which ends the host processes.
        """

    def _profile(self) -> tuple[str, frozenset[str], bool]:
        """Return what a group asks of its members.

        That is the description, the names of their tools, and whether these are all tools: a
        source, as an MCP server is, has others.
        """
        options = self._model_options
        complete = options is None or not any(map(is_source, options.tools))
        has_tools = self._tool_names or options is not None
        return self.description, frozenset(self._plain() if has_tools else ()), complete

    async def _run_calls_of_stream(self, tools: Any, calls: Any) -> list[Any]:
        return await run_calls_of_stream(self, own_turn(self), tools, calls)

    def _deliberate(
        self, turn: Turn, message: Message, history: History, peer: AgentRef
    ) -> Steps | None:
        return deliberate(self, turn, message, history, peer)

    # --- what it is asked ---------------------------------------------------------------------

    def get_human_input(self, prompt: str) -> str | None:
        """Ask a human; override it to ask elsewhere than at a console.

        By default the question appears at the console of the process that began the conversation.

        Returns:
            what was typed; an empty text skips, ``exit`` or ``None`` ends the conversation.
        """
        turn = own_turn(self)
        if turn is None:
            return ask_at_console(prompt)
        return turn.runtime.ask_human(turn.inherited.console, prompt)

    # --- streams --------------------------------------------------------------------------------

    def stream_reply(
        self, response_gen: Iterable[ChunkLike] | AsyncIterable[ChunkLike], **metadata: Any
    ) -> tuple[bool, Message]:
        """Answer with a stream: ``return self.stream_reply(chunks)``.

        Nothing of ``response_gen`` runs before somebody reads, and then only a little further
        than they are, at the most.

        Args:
            response_gen: an iterable, generator or async iterable of chunks, each a str or
                ``(str, metadata)``.
            metadata: goes along in the message's metadata.
        """
        return True, stream_message(self, response_gen, metadata)

    def get_agent_stream_messages(self, agent: AgentLike, stream_id: str) -> StreamReader:
        """Read a stream of any agent: yields ``(text, metadata)`` for each chunk as it comes.

        For ``for``, and in ``async def`` code for ``async for``.

        Raises:
            StreamNotFoundError: there is no such stream, or it is no longer kept.
        """
        runtime = runtime_with(stream_id) or runtime_for(self, agent)
        return runtime.read_stream(agent, stream_id)


class UserProxyAgent(ConversableAgent):
    """An agent that stands for a human: by default it asks one at every message."""

    _default_mode = "ALWAYS"


def _same(value: Any) -> Any:
    return value
