"""The public methods of agents about their reply rules."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from agentcore.agents.chat_sequence import nested_chats
from agentcore.agents.history_methods import HistoryMethods
from agentcore.agents.offline_reply import a_offline_reply, offline_reply
from agentcore.agents.planned_chat import planned
from agentcore.protocol.agent_ref import AgentLike, AgentRef, get_agent_name
from agentcore.protocol.hooks import Hooks, make_hook
from agentcore.protocol.kinds import kinds_of
from agentcore.protocol.message import Message, MessageLike
from agentcore.protocol.rules import ReplyRule, Senders, chain_for, is_plain, make_rule

__all__ = ["RuleMethods"]


class RuleMethods(HistoryMethods):
    """A base of `ConversableAgent`: its methods about the chain of its reply rules."""

    _part_of_agent = True
    _chain: tuple[ReplyRule, ...] = ()
    _plain_chain = True
    _hooks: Hooks | None = None
    _resets: tuple[tuple[ReplyRule, Any, Callable[[Any], Any] | None], ...] = ()

    def rules_for(self, sender: AgentLike) -> tuple[ReplyRule, ...]:
        """Give the rules that would be tried for a message of ``sender``, in order."""
        if self._plain_chain:
            return self._chain
        if type(sender) is not AgentRef:
            kinds = kinds_of(type(sender)) if hasattr(sender, "_messages") else ()
            sender = AgentRef(get_agent_name(sender), "", kinds=kinds)
        return chain_for(self._chain, self, sender)

    def register_reply(
        self,
        trigger: Senders,
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

    def register_hook(self, hookable_method: str, hook: Callable[..., Any]) -> None:
        """Let a function change what this agent sends, receives, shows its model or calls.

        Several at one point are called in the order of registration, each with what the one before
        returned. A function may be ``async def``; it takes what it names of these values, or the
        first of them alone:

        - ``before_send``: ``message``, ``recipient``, ``sender`` (this agent), ``silent``. What it
          returns is sent and recorded, a reply or the first message of a conversation.
        - ``on_received``: ``message``, ``sender``. What it returns is recorded and answered here;
          the transcript and the sender's history keep what was said.
        - ``before_model``: ``messages``, dicts with ``role`` and ``content``, and ``sender``. What
          it returns is what the model is shown; nothing is recorded.
        - ``before_tool``: ``arguments``, a dict, and ``name``. What it returns is checked, and the
          tool is called with it.

        The names of AutoGen mean the same: ``process_message_before_send``,
        ``process_last_received_message``, ``process_all_messages_before_reply`` and
        ``safeguard_tool_inputs``. Their functions are given what AutoGen gives: a message as a text
        or dict, the content alone, the messages, a dict with ``name`` and ``arguments``.

        A function that raises fails the conversation with a `ReplyError` whose ``rule`` names it;
        one that returns something else, with a `ReplyTypeError`.

        Args:
            hookable_method: the name of the point.
            hook: the function.

        Raises:
            RuleError: there is no such point, the function takes something else, or it is
                registered there already.

        Example::

            def sign(message):
                return {**message, "content": f"{message['content']} (from the desk)"}

            agent.register_hook("before_send", sign)
        """
        made = make_hook(hookable_method, hook)
        if self._hooks is None:
            self._hooks = Hooks()
        self._hooks.add(made)

    def generate_reply(
        self, messages: Iterable[MessageLike] | None = None, sender: AgentLike | None = None
    ) -> Message | None:
        """Ask the rules for a reply, outside of any conversation; nothing is recorded or sent.

        Args:
            messages: what the rules see; the history with ``sender`` if not given.
            sender: whose message is answered; without one, only rules for anyone are asked.

        Returns:
            the reply; of a `Handoff`, the message that the other agent would get.

        Raises:
            ValueError: neither was given.
            TurnError: a rule that was asked is ``async def``, or needs a conversation.
            ReplyTypeError: a rule returned what is no reply.
        """
        agent: Any = self  # it has what a model needs, too: see `Thinker`
        return offline_reply(agent, messages, sender)

    async def a_generate_reply(
        self, messages: Iterable[MessageLike] | None = None, sender: AgentLike | None = None
    ) -> Message | None:
        """`generate_reply` for ``async def`` callers, which asks ``async def`` rules too."""
        agent: Any = self
        return await a_offline_reply(agent, messages, sender)

    def register_nested_chats(
        self, chats: Iterable[Mapping[str, Any]], trigger: Senders = None, position: int = 0
    ) -> None:
        """Add a rule that has a sequence of chats first, and replies with the last summary.

        It answers no one within these chats, so that what their recipients say does not set it
        off again. The agent may itself have begun the conversation that it answers in.

        Args:
            chats: as of `initiate_chats`; a chat without ``message`` begins with the message that
                is being answered. A function gives the message of what it names of ``recipient``,
                ``messages`` (the history that is being answered), ``sender`` and ``carryover``; if
                it gives nothing, there is no such chat.
            trigger: whom it answers, as `agent_reply` takes it.
            position: its place in the chain; 0 is tried first.

        Raises:
            TypeError, ValueError: an entry is wrong.
        """
        self.register_reply(trigger, nested_chats, position, planned(chats), _same)

    def reset(self) -> None:
        """Forget every history, answer everyone again, and restore the configs of rules."""
        self.clear_history()
        self._memory.muted = None
        resets = []
        for known, config, restore in self._resets:
            initial = copy.copy(config)
            # A function that returns None has restored the copy in place.
            restored = None if restore is None else restore(initial)
            fresh = attrs.evolve(known, config=initial if restored is None else restored)
            # By identity: one function may be registered twice, with two configs.
            self._chain = tuple(fresh if rule is known else rule for rule in self._chain)
            resets.append((fresh, config, restore))
        self._resets = tuple(resets)


def _same(value: Any) -> Any:
    return value
