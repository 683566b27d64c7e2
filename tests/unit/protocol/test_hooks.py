"""Hooks: what they are given, and what may come of them."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from agentcore.base.errors import RuleError
from agentcore.base.steps import Steps, run_now
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.chat_errors import ReplyTypeError
from agentcore.protocol.hooks import Hooks, make_hook
from agentcore.protocol.message import Message

BOB = AgentRef("bob", "s")


@attrs.define
class Alice:
    """An agent, as hooks see it."""

    name: str = "alice"


def hooked(*named: tuple[str, Any]) -> Hooks:
    """Return hooks at points."""
    return Hooks(make_hook(point, function) for point, function in named)


def done(steps: Steps) -> Any:
    """Return the value of steps that never wait."""

    def wait(awaitable: Any) -> Any:
        raise AssertionError("it waits")

    return run_now(steps, wait)


def test_hooks_at_one_point_are_called_in_the_order_of_registration() -> None:
    """Each is given what the one before returned, under whichever name it was registered."""
    hooks = hooked(
        ("before_send", lambda message: f"{message.content}1"),
        ("process_message_before_send", lambda sender, message, recipient, silent: f"{message}2"),
        ("before_send", lambda message: {"content": f"{message['content']}3", "name": "x"}),
    )
    sent = done(hooks.before_send(Alice(), Message.text("m"), BOB, False))
    assert (sent.content, sent.name) == ("m123", "x")


def test_a_text_replaces_the_content_and_keeps_the_rest_of_the_message() -> None:
    """Metadata and tool calls are not lost."""
    hooks = hooked(("on_received", lambda message: "other"))
    before = Message("one", metadata={"k": 1}, name="n")
    after = done(hooks.on_received(Alice(), before, BOB))
    assert after == Message("other", metadata={"k": 1}, name="n")


def test_a_message_without_content_is_not_given_to_a_hook_on_the_content() -> None:
    """As in AutoGen."""
    hooks = hooked(("process_last_received_message", lambda content: content.upper()))
    call = Message(tool_calls=[{"id": "1", "function": {"name": "f", "arguments": "{}"}}])
    assert done(hooks.on_received(Alice(), call, BOB)) == call


def test_what_a_hook_does_to_the_messages_for_the_model_changes_no_history() -> None:
    """It is given copies, to their depth."""
    shown = [{"role": "user", "content": [{"type": "text", "text": "a"}]}]

    def spoil(messages: Any) -> Any:
        messages[0]["content"][0]["text"] = "b"
        return [*messages, {"content": "and"}]

    after = done(hooked(("before_model", spoil)).before_model(Alice(), shown, BOB))
    assert shown[0]["content"] == [{"type": "text", "text": "a"}]
    assert [each["content"] for each in after] == [[{"type": "text", "text": "b"}], "and"]
    assert after[1]["role"] == "user"


@pytest.mark.parametrize(
    ("point", "function"),
    [
        ("before_send", lambda sender, text, recipient, silent: f"{text.content}!"),
        ("before_send", lambda *given: f"{given[0].content}!"),
        ("before_send", lambda **given: f"{given['message'].content}!"),
        ("before_send", lambda text, more="!": f"{text.content}{more}"),
        ("before_send", lambda text, more="!", *, sender: f"{text.content}{more}"),
        ("process_message_before_send", lambda a, b, c, d: f"{b}!"),
        ("process_message_before_send", lambda *given: f"{given[1]}!"),
    ],
)
def test_a_hook_takes_what_it_names_or_the_message_alone(point: str, function: Any) -> None:
    """By name, by position, or with any number of parameters."""
    hooks = hooked((point, function))
    assert done(hooks.before_send(Alice(), Message.text("m"), BOB, False)).content == "m!"


@pytest.mark.parametrize(
    ("point", "function", "words"),
    [
        ("before_sned", lambda message: message, "did you mean 'before_send'"),
        (None, lambda message: message, "there is no hook None"),
        ("before_send", "text", "is no function"),
        ("before_send", lambda: "m", r"has the parameters \(\)"),
        ("before_send", lambda one, two: "m", "takes what it names of message, recipient"),
        ("before_send", lambda message, other: "m", "or message alone"),
        ("before_send", lambda sender: "m", "or message alone"),
        ("on_received", lambda message, *, other: "m", "other"),
    ],
)
def test_what_cannot_be_a_hook_is_refused_when_it_is_registered(
    point: Any, function: Any, words: str
) -> None:
    """The error says what a hook at that point takes."""
    with pytest.raises(RuleError, match=words):
        make_hook(point, function)


def test_a_function_is_registered_once_at_a_point() -> None:
    """Under either name of the point."""
    hooks = hooked(("before_send", repr_of))
    with pytest.raises(RuleError, match="repr_of is registered already"):
        hooks.add(make_hook("process_message_before_send", repr_of))


def repr_of(message: Any) -> str:
    """Return the message as Python source."""
    return repr(message)


@pytest.mark.parametrize(
    ("point", "result"),
    [("before_model", None), ("before_model", "text"), ("before_model", [1]),
     ("before_tool", None), ("before_tool", {"a": object()}), ("safeguard_tool_inputs", {})],
)  # fmt: skip
def test_a_result_of_a_wrong_type_is_an_error_that_names_the_hook(point: str, result: Any) -> None:
    """And says what a hook there returns."""
    hooks = hooked((point, lambda value: result))
    steps = (
        hooks.before_model(Alice(), [], BOB)
        if point == "before_model"
        else hooks.before_tool(Alice(), "add", {"a": 1})
    )
    with pytest.raises(ReplyTypeError, match=rf"<lambda> \({point}\) of agent 'alice' returned"):
        done(steps)
