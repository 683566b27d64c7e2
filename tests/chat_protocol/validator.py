"""A strict validator of requests to a chat model, written from OpenAI's public API reference.

It takes no lenience of any server into account: what it lets pass, each server takes. It is used
in front of the fake server, and by properties on what agents send.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.chat_protocol.schema_rules import parameter_problems, strict_problems

__all__ = ["message_problems", "problems"]

NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_ID: Final = 40

_TOP: Final = frozenset(
    {
        "model",
        "messages",
        "tools",
        "tool_choice",
        "response_format",
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "seed",
        "stop",
        "stream",
        "stream_options",
        "n",
        "user",
        "parallel_tool_calls",
    }
)
_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "system": frozenset({"role", "content", "name"}),
    "developer": frozenset({"role", "content", "name"}),
    "user": frozenset({"role", "content", "name"}),
    "assistant": frozenset({"role", "content", "name", "tool_calls", "refusal"}),
    "tool": frozenset({"role", "content", "tool_call_id"}),
}
_PARTS: Final = frozenset({"text", "image_url", "input_audio", "file"})


def problems(
    body: Any, *, extra: frozenset[str] = frozenset(), more: frozenset[str] = frozenset()
) -> list[str]:
    """Say what is wrong with the body of a request; nothing if all is well.

    Args:
        body: the body, as ``json.loads`` gives it.
        extra: further keys that messages of the assistant and their calls may have.
        more: further keys that the body may have.
    """
    if not isinstance(body, dict):
        return ["the body is no object"]
    return [*_of_body(body, more), *message_problems(body.get("messages"), extra=extra)]


def message_problems(messages: Any, *, extra: frozenset[str] = frozenset()) -> list[str]:
    """Say what is wrong with the messages of a request."""
    if not isinstance(messages, list) or not messages:
        return ["messages: a list with one or more messages is needed"]
    return [*_of_text(messages), *_of_each(messages, extra), *_of_calls(messages)]


# --- the body -----------------------------------------------------------------------------------


def _of_body(body: dict[str, Any], more: frozenset[str]) -> Iterator[str]:
    for key in body.keys() - _TOP - more:
        yield f"unknown parameter {key!r}"
    if not isinstance(body.get("model"), str) or not body["model"]:
        yield "model: a name is needed"
    if "stream_options" in body and body.get("stream") is not True:
        yield "stream_options: only with stream"
    for key in ("max_tokens", "max_completion_tokens"):
        if key in body and (type(body[key]) is not int or body[key] < 1):
            yield f"{key}: {body[key]!r}"
    if len(body.get("stop") or ()) > 4:
        yield "stop: four texts at most"
    yield from _of_tools(body.get("tools"))
    yield from _of_format(body)


def _of_tools(tools: Any) -> Iterator[str]:
    if tools is None:
        return
    if not isinstance(tools, list) or not 1 <= len(tools) <= 128:
        yield "tools: 1 to 128 are allowed"
        return
    names = []
    for index, tool in enumerate(tools):
        where, function = f"tools[{index}]", tool.get("function")
        if tool.get("type") != "function" or not isinstance(function, dict):
            yield f"{where}: no function"
            continue
        for key in function.keys() - {"name", "description", "parameters", "strict"}:
            yield f"{where}: unknown key {key!r}"
        name = function.get("name")
        names.append(name)
        if not isinstance(name, str) or not NAME.fullmatch(name):
            yield f"{where}.name: {name!r}"
        if not isinstance(function.get("description", ""), str):
            yield f"{where}.description is no text"
        yield from parameter_problems(function.get("parameters"), f"{where}.parameters")
    if len(set(names)) < len(names):
        yield "tools: two have one name"


def _of_format(body: dict[str, Any]) -> Iterator[str]:
    form = body.get("response_format")
    if form is None:
        return
    if form.get("type") == "json_object":
        if "json" not in json.dumps(body["messages"]).lower():
            yield "response_format: the word JSON must be in the messages"
        return
    if form.get("type") != "json_schema":
        yield f"response_format: {form!r}"
        return
    schema = form.get("json_schema")
    if not isinstance(schema, dict) or not NAME.fullmatch(str(schema.get("name"))):
        yield "response_format: a name is needed"
    elif not isinstance(schema.get("schema"), dict):
        yield "response_format: a schema is needed"
    elif schema.get("strict"):
        yield from strict_problems(schema["schema"], "response_format", True)


# --- the messages -------------------------------------------------------------------------------


def _of_text(value: Any, where: str = "messages") -> Iterator[str]:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            yield f"{where}: no valid Unicode"
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _of_text(key, f"{where} (a key)")
            yield from _of_text(inner, f"{where}.{key!r}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _of_text(inner, f"{where}[{index}]")


def _of_each(messages: list[Any], extra: frozenset[str]) -> Iterator[str]:
    for index, message in enumerate(messages):
        where = f"messages[{index}]"
        role = message.get("role") if isinstance(message, dict) else None
        if role not in _KEYS:
            yield f"{where}: role {role!r}"
            continue
        allowed = _KEYS[role] | (extra if role == "assistant" else frozenset())
        for key in message.keys() - allowed:
            yield f"{where}: unknown key {key!r}"
        if "name" in message and not NAME.fullmatch(str(message["name"])):
            yield f"{where}.name: {message['name']!r}"
        yield from _of_content(message, where)
        if "tool_calls" in message:
            yield from _of_proposal(message["tool_calls"], where, extra)
        if role == "tool" and not _is_id(message.get("tool_call_id")):
            yield f"{where}.tool_call_id: {message.get('tool_call_id')!r}"


def _of_content(message: dict[str, Any], where: str) -> Iterator[str]:
    content, calls = message.get("content"), message.get("tool_calls")
    if content is None:
        if message["role"] != "assistant" or not calls:
            yield f"{where}: no content"
    elif isinstance(content, list):
        if not content:
            yield f"{where}: no parts"
        for part in content:
            if not isinstance(part, dict) or part.get("type") not in _PARTS:
                yield f"{where}: part {part!r}"
            elif part["type"] == "text" and not _says_something(part.get("text")):
                yield f"{where}: a part of text without text"
            elif message["role"] != "user" and part["type"] != "text":
                yield f"{where}: only a user may send {part['type']}"
    elif not isinstance(content, str):
        yield f"{where}: content {content!r}"
    elif not content.strip() and (content or not (message["role"] == "tool" or calls)):
        yield f"{where}: the content is empty"  # as Anthropic has it, also if it is white space


def _says_something(text: Any) -> bool:
    return isinstance(text, str) and bool(text.strip())


def _of_proposal(calls: Any, where: str, extra: frozenset[str]) -> Iterator[str]:
    if not isinstance(calls, list) or not calls:
        yield f"{where}.tool_calls: {calls!r}"
        return
    for number, call in enumerate(calls):
        at = f"{where}.tool_calls[{number}]"
        for key in call.keys() - {"id", "type", "function"} - extra:
            yield f"{at}: unknown key {key!r}"
        if not _is_id(call.get("id")):
            yield f"{at}.id: {call.get('id')!r}"
        if call.get("type") != "function":
            yield f"{at}.type: {call.get('type')!r}"
        function = call.get("function")
        if not isinstance(function, dict) or function.keys() - extra != {"name", "arguments"}:
            yield f"{at}.function: {function!r}"
            continue
        if not isinstance(function["name"], str) or not NAME.fullmatch(function["name"]):
            yield f"{at}.function.name: {function['name']!r}"
        if not _holds(lambda text: isinstance(_decoded(text), dict), function["arguments"]):
            yield f"{at}.function.arguments: {function['arguments']!r}"


def _is_id(id: Any) -> bool:
    return isinstance(id, str) and 1 <= len(id) <= LONGEST_ID


def _holds(check: Callable[[Any], bool], value: Any) -> bool:
    try:
        return check(value)
    except (TypeError, ValueError, RecursionError):
        return False


def _decoded(text: str) -> Any:
    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refuse)


def _of_calls(messages: list[Any]) -> Iterator[str]:
    """Say where calls are not followed by exactly their results, or an id names two calls."""
    named: set[str] = set()
    open_calls: set[str] = set()
    for index, message in enumerate(messages):
        if not isinstance(message, dict):
            continue
        if message.get("role") == "tool":
            id = message.get("tool_call_id")
            if id not in open_calls:
                yield f"messages[{index}]: the result of no call: {id!r}"
            open_calls.discard(str(id))
            continue
        if open_calls:
            yield f"messages[{index}]: the calls {sorted(open_calls)} have no result before it"
        open_calls = set()
        for call in message.get("tool_calls") or ():
            id = str(call.get("id"))
            if id in named:
                yield f"messages[{index}]: the id {id!r} names two calls"
            named.add(id)
            open_calls.add(id)
    if open_calls:
        yield f"the calls {sorted(open_calls)} have no result"
