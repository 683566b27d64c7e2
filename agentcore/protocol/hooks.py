"""Hooks: functions of the user's that may change what an agent sends, receives, shows or calls.

A hook is registered at a *point*. Each point has a name of its own and one of AutoGen 0.2. Under
the latter a hook is given what AutoGen would give it: texts and dicts instead of messages.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from agentcore.base.checks import did_you_mean
from agentcore.base.errors import BudgetSpentError, MessageError, RuleError
from agentcore.base.steps import Steps
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ChatTimeoutError, ReplyTypeError, as_rule_error
from agentcore.protocol.hook_points import (
    BEFORE_MODEL,
    BEFORE_SEND,
    BEFORE_TOOL,
    ON_RECEIVED,
    POINTS,
    call_of,
)
from agentcore.protocol.message import Message, as_message

__all__ = ["Hook", "Hooks", "make_hook"]

# They have a meaning of their own for the turn: they stop the conversation, and fail nothing.
PASS = (GeneratorExit, BudgetSpentError, ChatTimeoutError)


@attrs.frozen
class Hook:
    """A function registered at a point.

    Attributes:
        point: the name that it was registered under.
        name: the function's name, for errors.
        function: the function.
        by_position: the values that it is called with by position, by their names.
        by_name: the parameters that it is called with by name, and the names of their values.
    """

    point: str
    name: str
    function: Callable[..., Any]
    by_position: tuple[str, ...]
    by_name: tuple[tuple[str, str], ...]

    def run(self, agent: str, **values: Any) -> Steps:
        """Return the steps that call it, and await what it returns if need be.

        Raises:
            ReplyError: it raised.
        """
        try:
            given = [values[name] for name in self.by_position]
            named = {parameter: values[name] for parameter, name in self.by_name}
            result = self.function(*given, **named)
            if inspect.isawaitable(result):
                result = yield result
        except PASS:
            raise
        except BaseException as error:
            what = f"the hook {self.name} ({self.point})"
            failure = as_rule_error(error, agent, self.name, what)
            raise failure from failure.__cause__
        return result

    def wrong(self, agent: str, result: Any, wanted: str) -> ReplyTypeError:
        """Make the error for a hook that returned something that it must not."""
        forgot = "; it forgot to return it?" if result is None else ""
        return ReplyTypeError(
            f"the hook {self.name} ({self.point}) of agent {agent!r} returned {result!r:.200}; "
            f"it returns {wanted}{forgot}",
            agent=agent,
            rule=self.name,
        )


def make_hook(point: Any, function: Any) -> Hook:
    """Make a hook of a function, and find out how it is to be called.

    Raises:
        RuleError: there is no such point, it is no function, or its parameters do not fit.
    """
    known = POINTS.get(point) if isinstance(point, str) else None
    if known is None:
        hint = did_you_mean(point, POINTS) if isinstance(point, str) else ""
        raise RuleError(f"there is no hook {point!r}{hint}; hooks are {', '.join(POINTS)}")
    if not callable(function):
        raise RuleError(f"the hook {point} is no function but {function!r}")
    name = getattr(function, "__name__", type(function).__name__)
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # a function written in C
        return Hook(point, name, function, (known.main,), ())
    call = call_of(known, parameters)
    if call is None:
        raise RuleError(
            f"the hook {name} ({point}) has the parameters ({', '.join(map(str, parameters))}); "
            f"a hook there takes what it names of {', '.join(known.offers)}, or {known.main} alone"
        )
    return Hook(point, name, function, *call)


class Hooks:
    """The hooks of one agent. Methods return the steps in which those of a point are called.

    A hook is given what the one registered before it returned.
    """

    def __init__(self, hooks: Iterable[Hook] = ()) -> None:
        self._at: dict[str, tuple[Hook, ...]] = {}
        for hook in hooks:
            self.add(hook)

    def add(self, hook: Hook) -> None:
        """Add a hook behind those that are there.

        Raises:
            RuleError: the function is registered at this point already.
        """
        place = POINTS[hook.point].place
        there = self._at.get(place, ())
        if any(each.function == hook.function for each in there):
            raise RuleError(f"the hook {hook.name} is registered already ({hook.point})")
        self._at[place] = (*there, hook)

    def has(self, place: str) -> bool:
        """Return whether there are hooks at a point."""
        return place in self._at

    def before_send(self, agent: Any, message: Message, recipient: Any, silent: bool) -> Steps:
        """Return the steps that let the hooks change what the agent is about to send."""
        for hook in self._at.get(BEFORE_SEND, ()):
            given = _as_given(message) if POINTS[hook.point].plain else message
            values = {"sender": agent, "recipient": recipient, "silent": silent}
            result = yield from hook.run(agent.name, message=given, **values)
            message = _message_of(hook, agent.name, message, result)
        return message

    def on_received(self, agent: Any, message: Message, sender: AgentRef) -> Steps:
        """Return the steps that let the hooks change a message that the agent has got."""
        for hook in self._at.get(ON_RECEIVED, ()):
            if POINTS[hook.point].plain:
                if message.tool_calls or not message.content:
                    continue  # as in AutoGen, where there is no content to process
                content = dict(message)["content"]
                result = yield from hook.run(agent.name, content=content)
                if not isinstance(result, str | list):
                    raise hook.wrong(agent.name, result, "the content: a text or a list of parts")
            else:
                result = yield from hook.run(agent.name, message=message, sender=sender)
            message = _message_of(hook, agent.name, message, result)
        return message

    def before_model(self, agent: Any, messages: Iterable[Any], sender: AgentRef) -> Steps:
        """Return the steps that let the hooks change what the model is shown, as dicts."""
        shown = list(messages)
        for hook in self._at.get(BEFORE_MODEL, ()):
            given = copy.deepcopy(shown)  # theirs to change, as in AutoGen
            result = yield from hook.run(agent.name, messages=given, sender=sender)
            if not isinstance(result, list | tuple) or not all(map(_is_shown, result)):
                wanted = "a list of messages: dicts with role and content"
                raise hook.wrong(agent.name, result, wanted)
            shown = [{"role": "user", **each} for each in result]
        return shown

    def before_tool(self, agent: Any, name: str, arguments: dict[str, Any]) -> Steps:
        """Return the steps that let the hooks change the arguments of a call.

        Returns:
            the arguments as JSON text.
        """
        text = json.dumps(arguments)
        for hook in self._at.get(BEFORE_TOOL, ()):
            call: Any = {"name": name, "arguments": text}
            values = {"name": name, "arguments": json.loads(text), "tool_input": call}
            result = yield from hook.run(agent.name, **values)
            if POINTS[hook.point].plain and isinstance(result, Mapping):
                result = result.get("arguments")
                if isinstance(result, str):
                    text = result
                    continue
            try:
                assert isinstance(result, Mapping)
                text = json.dumps(dict(result))
            except (AssertionError, TypeError, ValueError) as error:
                wanted = f"the arguments of {name}, as a dict{_because(error)}"
                raise hook.wrong(agent.name, result, wanted) from error
        return text


def _is_shown(value: Any) -> bool:
    return isinstance(value, Mapping) and ("content" in value or "tool_calls" in value)


def _because(error: BaseException) -> str:
    return f" ({error})" if str(error) else ""


def _as_given(message: Message) -> Any:
    """Return what a user may have written to send this message: a text, or a dict."""
    return message.content if message.is_text else dict(message)


def _message_of(hook: Hook, agent: str, before: Message, result: Any) -> Message:
    """Make a message of what a hook returned; a content alone keeps the rest of the message."""
    try:
        if isinstance(result, str | list | tuple):
            if before.is_text and isinstance(result, str):
                return as_message(result)
            return Message(**{**dict(before), "content": result})
        return as_message(result)
    except MessageError as error:
        wanted = f"a message: a str, a dict or a Message ({error})"
        raise hook.wrong(agent, result, wanted) from error
