"""`GroupChat`: the agent that is a conversation of several agents."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final, Literal, TypeAlias, Unpack

from agentcore.agents.agent import ConversableAgent
from agentcore.agents.agent_options import HABITS, AgentOptions
from agentcore.agents.model_lookup import wait_for_model
from agentcore.base.checks import did_you_mean, several
from agentcore.base.errors import AgentNotFoundError, TurnError
from agentcore.base.keywords import constructor_keywords
from agentcore.base.plain_data import Default
from agentcore.base.steps import Steps
from agentcore.groups.autogen_names import read_autogen_names
from agentcore.groups.choice import Choice
from agentcore.groups.chooser import Chooser, Profiles
from agentcore.groups.group_log import GROUP_MESSAGES, GroupLog
from agentcore.groups.plan import GroupPlan
from agentcore.groups.selector import DEFAULT_SELECTOR, Selector
from agentcore.groups.session import Session
from agentcore.protocol.agent_ref import AgentLike, AgentRef, get_agent_name
from agentcore.protocol.chat_options import Until
from agentcore.protocol.decisions import InSteps
from agentcore.protocol.message import Message, MessageLike
from agentcore.protocol.rules import agent_reply
from agentcore.protocol.sessions import as_peer
from agentcore.runtime.turns.reply import ReplyTurn
from agentcore.runtime.turns.turn import current_turn

__all__ = ["GroupChat"]

# What ``speaker_selection=`` takes. A function returns a member, `None`, or an awaitable of these.
SpeakerSelection: TypeAlias = (
    Literal["auto", "round_robin", "random", "manual"] | Callable[..., Any]
)

# The defaults of what AutoGen has by another name, to tell whether both were given.
DEFAULTS: Final[Mapping[str, Any]] = {
    "speaker_selection": "auto",
    "selector": DEFAULT_SELECTOR,
}


class GroupChat(ConversableAgent):
    """An agent that is a conversation of several agents: a message to it reaches all of them.

    Spawn it with its members, and begin a chat with it as with any agent::

        team = system.spawn(GroupChat, "team", [alice, bob, carol], max_round=6)
        user.initiate_chat(team, "Plan our trip.")

    One member speaks at a time. Each member gets every message once, in the same order, in its
    history with the group; the message's ``name`` says who said it. The agent that began the chat
    is answered with the last message, if it is no member. The metadata of that message has
    ``group``: the number of rounds, why the group stopped, and who spoke last. A member that
    began the chat has had every message already: it is not answered, and its conversation stops
    for the reason for which the group stopped.

    Each message of a member spends one turn of the budget. The group stops at the first of these:
    ``max_round`` is reached; nobody may speak (``NO_SPEAKER``); a member says nothing, or has
    reached its limit of replies; a message ends the conversation; ``until`` holds; the budget is
    spent.

    Args:
        name: the agent's name, unique in its system; may be left out if it is not spawned.
        agents: the members, in order: refs, names or agent objects.
        max_round: the number of messages that the members may say, 1 or more.
        speaker_selection: who speaks next. ``auto`` asks the model given as ``llm=``;
            ``round_robin`` and ``random`` ask nobody; ``manual`` asks a human. A function is
            called with those of ``last_speaker``, ``messages`` and ``candidates`` that it has
            parameters for, and returns a member, one of these words, or ``None`` to end the chat.
        allowed_transitions: for a speaker, the members who may speak next; by default anyone may.
        admin: the member whose human is asked by ``manual``, and who speaks after another member
            failed.
        on_failure: what happens when a member fails: ``stop`` fails the group's conversation,
            too; ``continue`` goes on without that member.
        until: a condition that stops the members' conversation, as in ``initiate_chat``.
        seed: the seed of ``random``.
        selector: how the model of ``auto`` is asked who speaks next: a `Selector`, or a dict of
            its arguments. The model is told ``system_message=`` as well, and asked with
            ``sampling=`` and with what ``history_policy=`` leaves of what was said.
        send_introductions: whether each member is told first who takes part, and what for; or a
            text that tells it, in which ``{roles}`` stands for names and descriptions.
        messages: what was said before, each message with its ``name``, or JSON of it: the first
            chat goes on from there, and tells it to the members.
        options: further arguments of `ConversableAgent`, such as ``llm`` or ``description``; and
            those of AutoGen's group chats, by the names that they have there.

    Attributes:
        plan: the checked arguments, a frozen ``GroupPlan``.

    Raises:
        ValueError, TypeError: an argument cannot be used, or names no member.
        SpeakerError: the function cannot be called with what a group gives it.
    """

    def __init__(
        self,
        name: str | Iterable[AgentLike],
        agents: Iterable[AgentLike] | None = None,
        *,
        max_round: int = 10,
        speaker_selection: SpeakerSelection = "auto",
        allowed_transitions: Mapping[Any, Iterable[AgentLike]] | None = None,
        admin: AgentLike | None = None,
        on_failure: Literal["stop", "continue"] = "stop",
        until: Until | None = None,
        seed: int = 0,
        selector: Selector | Mapping[str, Any] = DEFAULT_SELECTOR,
        send_introductions: bool | str = False,
        messages: Iterable[MessageLike] | str = (),
        **options: Unpack[AgentOptions],
    ) -> None:
        if agents is None and not isinstance(name, str):
            name, agents = "group", name
        if agents is not None:
            agents = several(agents, "the members of a group are a list of agents")
        arguments: dict[str, Any] = {
            "max_round": max_round,
            "speaker_selection": speaker_selection,
            "allowed_transitions": allowed_transitions,
            "admin": admin,
            "on_failure": on_failure,
            "until": until,
            "seed": seed,
            "selector": selector,
            "send_introductions": send_introductions,
        }
        rest: dict[str, Any] = dict(options)
        given = {key for key, value in arguments.items() if value != DEFAULTS.get(key)}
        arguments |= read_autogen_names(rest, given, agents or ())
        known = constructor_keywords(type(self))
        for key in rest:
            if key not in known:
                hint = f": {HABITS[key]}" if key in HABITS else did_you_mean(key, known)
                raise TypeError(f"GroupChat has no argument {key!r}{hint}")
        rest.setdefault("max_consecutive_auto_reply", -1)
        super().__init__(name, **rest)  # type: ignore[arg-type]  # it raises for what is no name
        has_model = self.llm is not None
        self.plan = GroupPlan.of(self.name, agents, has_model=has_model, **arguments)
        self._profiles: Profiles = {}
        self._log = GroupLog.read(messages or (), f"messages= of group {self.name!r}")
        self._logs: dict[str, GroupLog] = {}  # those of sessions

    @property
    def members(self) -> tuple[Any, ...]:
        """The members, in order, as they were given."""
        return self.plan.members

    @property
    def max_round(self) -> int:
        """The number of messages that the members may say."""
        return self.plan.max_round

    @property
    def admin(self) -> str | None:
        """The name of the member whose human is asked, if there is one."""
        return self.plan.admin

    # --- what was said --------------------------------------------------------------------------

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said in the group, and by whom, since a chat with it last began anew."""
        return tuple(self._log.messages)

    def get_messages(self) -> tuple[Message, ...]:
        """Return `messages`, for whoever has only a ref: ``ref.call("get_messages")``."""
        return self.messages

    def resume(self, messages: Iterable[MessageLike] | str) -> tuple[str | None, Message | None]:
        """Go on from messages that were saved, in place of what was said until now.

        The next chat tells them to the members, whose histories with the group begin anew. If it
        begins with the last of them again, that is not said twice.

        Args:
            messages: dicts with ``name`` and ``content``, or JSON of them.

        Returns:
            who said the last message, and that message; ``None`` of each if there is none.

        Raises:
            MessageError: it is no such list.
        """
        self._log = GroupLog.read(messages, f"what group {self.name!r} was to resume")
        last = self._log.messages[-1] if self._log.messages else None
        return (None if last is None else last.name), last

    def next_speaker(self) -> str | None:
        """Return who would be chosen now to speak next; ``None`` if nobody would.

        It may ask a model or a human, and ``random`` draws: the next run may choose otherwise.

        Raises:
            TurnError: members have to be asked, which is for turns: ``ref.call("next_speaker")``.
        """
        turn = current_turn()
        if turn is not None:
            with self._seated(turn.runtime) as (refs, gone):
                return self._next_of(Chooser(self.plan, self, refs, self._profiles, gone))
        nobody: Any = dict.fromkeys(self.plan.transitions.members)  # refs are for asking members
        return self._next_of(Chooser(self.plan, self, nobody, {}))

    def _next_of(self, chooser: Chooser) -> str | None:
        log = self._log.messages
        chosen = chooser.choose(log, (log[-1].name or "") if log else "")
        if inspect.iscoroutine(chosen):
            chosen = wait_for_model(chosen)
        return chosen.name if isinstance(chosen, Choice) else chosen

    def save_state(self, default: Default | None = None) -> dict[str, Any]:
        """Return what the group remembers, `messages` included; see `ConversableAgent`."""
        return super().save_state(default) | {GROUP_MESSAGES: self._log.saved(default)}

    def load_state(self, state: str | Mapping[str, Any]) -> None:
        """Remember what `save_state` returned; the next chat goes on as after `resume`."""
        if isinstance(state, str):
            with suppress(ValueError):  # which is refused below
                state = json.loads(state)
        log = GroupLog.of_state(state if isinstance(state, Mapping) else {}, self.name)
        super().load_state(state)
        self._log = log

    def clear_history(self, peer: AgentLike | None = None) -> None:
        """Clear the history with ``peer``; with none, all histories and what was said."""
        super().clear_history(peer)
        if peer is None:
            self._log = GroupLog()

    # --- a run ----------------------------------------------------------------------------------

    @agent_reply()
    def run(self, raw_message: Message, sender: AgentRef) -> Any:
        """Let the members converse about a message; this is the group's reply rule.

        Raises:
            TurnError: the rule was asked outside of a turn of the group.
        """
        turn = current_turn()
        if not isinstance(turn, ReplyTurn) or turn.mailbox.agent is not self:
            raise TurnError(
                f"the group {self.name!r} answers in conversations only: its members speak in "
                "turns; use initiate_chat or send, not generate_reply"
            )
        return InSteps(self._converse(turn, raw_message, sender))

    def _converse(self, turn: ReplyTurn, raw_message: Message, sender: AgentRef) -> Steps:
        session = turn.inherited.session
        log = self._logs.setdefault(session, GroupLog()) if session else self._log
        with self._seated(turn.runtime) as (found, gone):
            refs = {name: as_peer(ref, session, turn.mailbox.ref) for name, ref in found.items()}
            chooser = Chooser(self.plan, self, refs, self._profiles, gone)
            return (yield from Session(chooser, turn, raw_message, sender.name, log).run())

    @contextmanager
    def _seated(self, runtime: Any) -> Iterator[tuple[dict[str, AgentRef], set[str]]]:
        """Give refs of the members, by name, and the names of those that do not exist."""
        refs: dict[str, AgentRef] = {}
        gone: set[str] = set()
        borrowed: list[str] = []
        try:
            for member in self.plan.members:
                try:
                    ref = runtime.resolve(member)
                except AgentNotFoundError:
                    if self.plan.on_failure != "continue":
                        raise
                    gone.add(get_agent_name(member))
                    continue
                if not isinstance(member, str | AgentRef):
                    borrowed.append(ref.address)
                refs[ref.name] = ref
            yield refs, gone
        finally:
            for address in borrowed:  # agent objects are hosted only as long as the run takes
                runtime.release(address)
