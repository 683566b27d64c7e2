"""Requests to a local model, and the reading of its answers.

Small models are bad at calling tools in the format of their chat templates, but they fill in JSON
well when a grammar enforces its schema. So a request with tools has a schema with a choice between
``{"tool": name, "arguments": {...}}`` and ``{"final_answer": text}``, and the earlier calls of the
conversation are written in the same format.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentcore.protocol.model_api import Completion, Output, Sampling, ToolCall, ToolSpec, Usage

__all__ = ["completion_of", "request_for"]

DEFAULT_MAX_TOKENS = 1024  # a small model may repeat itself without end

_RULES = """\
You can use these tools:
{tools}
Answer with one JSON object, in one of these two forms:
{{"tool": "<name>", "arguments": {{...}}}} to call a tool, whose result you are then given.
{{"final_answer": {answer}}} to answer the user.
Before you answer, see whether a tool can tell or do what is asked: then call it, even if you \
think that you know the answer. Only if none can, give the final answer at once. Never make up a \
result. When you have been given the result, give the final answer, and say in it what it is."""

# Added to the result of a tool, because small models forget the system message.
_NEXT = "\n\nIs that all that you need? Then give the final answer now."


def request_for(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[ToolSpec],
    output: Output | None,
    sampling: Sampling,
) -> dict[str, Any]:
    """Return the request in the format of OpenAI's chat completions, which the engine takes."""
    request: dict[str, Any] = {"max_tokens": DEFAULT_MAX_TOKENS, **sampling.as_dict()}
    request["messages"] = _in_turns(_told(messages, tools, output))
    schema = _choice(tools, output) if tools else None if output is None else dict(output.schema)
    if schema is not None:
        form = {"name": "answer" if output is None else output.name, "schema": schema}
        request["response_format"] = {"type": "json_schema", "json_schema": form}
    return request


# --- messages -----------------------------------------------------------------------------------


def _told(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[ToolSpec], output: Output | None
) -> Iterable[tuple[str, str]]:
    """Yield roles and texts. Calls and results become texts, as templates may not know them."""
    if tools:
        described = "\n".join(json.dumps(_described(tool)) for tool in tools)
        answer = '"<text>"' if output is None else "<JSON>"
        yield "system", _RULES.format(tools=described, answer=answer)
    names: dict[str, str] = {}
    for message in messages:
        role, text = str(message.get("role")), _text(message.get("content"))
        if role == "tool":
            name = names.get(str(message.get("tool_call_id")), "") or message.get("name") or "tool"
            last = message is messages[-1]
            yield "user", f"Result of {name}: {text}{_NEXT if last and tools else ''}"
            continue
        calls = [ToolCall.from_dict(call) for call in message.get("tool_calls") or ()]
        if role == "assistant" and tools and text and not calls:
            text = json.dumps({"final_answer": text}, ensure_ascii=False)
        names.update({call.id: call.name for call in calls})
        yield role, "\n".join([*([text] if text else ()), *map(_as_said, calls)])


def _described(tool: ToolSpec) -> dict[str, Any]:
    return {
        "tool": tool.name,
        "description": tool.description,
        "arguments": dict(tool.parameters),
    }


def _as_said(call: ToolCall) -> str:
    try:
        arguments = json.loads(call.arguments)
    except ValueError:
        arguments = call.arguments
    return json.dumps({"tool": call.name, "arguments": arguments}, ensure_ascii=False)


def _text(content: Any) -> str:
    """Return the text of a message's content, which may be a list of parts."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, Sequence):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return str(content)


def _in_turns(told: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Join successive messages of one role, and put all system texts first: templates want it."""
    system: list[str] = []
    turns: list[dict[str, str]] = []
    for role, text in told:
        if role in ("system", "developer"):
            system.append(text)
        elif turns and turns[-1]["role"] == role:
            turns[-1]["content"] += f"\n\n{text}"
        else:
            turns.append({"role": role, "content": text})
    if system:
        turns.insert(0, {"role": "system", "content": "\n\n".join(system)})
    return turns


# --- the form of the answer ---------------------------------------------------------------------


def _choice(tools: Sequence[ToolSpec], output: Output | None) -> dict[str, Any]:
    """Return the schema of an answer that is a call of one of the tools, or a final answer."""
    definitions: dict[str, Any] = {}
    forms = []
    for index, tool in enumerate(tools):
        arguments = _hoisted(tool.parameters, f"tool{index}.", definitions)
        forms.append(_object(tool={"const": tool.name}, arguments=arguments))
    schema = {"type": "string"} if output is None else _hoisted(output.schema, "", definitions)
    forms.append(_object(final_answer=schema))
    return {"anyOf": forms, **({"$defs": definitions} if definitions else {})}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _hoisted(schema: Mapping[str, Any], prefix: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Make a schema fit to be part of another: its definitions move to ``definitions``, renamed."""
    moved: dict[str, Any] = _renamed(schema, prefix)
    for word in ("$defs", "definitions"):
        for name, value in moved.pop(word, {}).items():
            definitions[f"{prefix}{name}"] = value
    return moved


def _renamed(value: Any, prefix: str) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _moved(each, prefix) if key == "$ref" else _renamed(each, prefix)
            for key, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_renamed(each, prefix) for each in value]
    return value


def _moved(reference: Any, prefix: str) -> Any:
    for word in ("#/$defs/", "#/definitions/"):
        if isinstance(reference, str) and reference.startswith(word):
            return f"#/$defs/{prefix}{reference.removeprefix(word)}"
    return reference


# --- the answer ---------------------------------------------------------------------------------


def completion_of(
    text: str, finish_reason: str, usage: Mapping[str, int], tools: Sequence[ToolSpec], model: str
) -> Completion:
    """Read a model's text as calls or an answer; a text that was cut off is returned unread."""
    cost = Usage(usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0))
    calls: tuple[ToolCall, ...] = ()
    if tools:
        text, calls = _meaning(text)
    if calls:
        finish_reason = "tool_calls"
    return Completion(text, calls, finish_reason, cost, model)


def _meaning(text: str) -> tuple[str, tuple[ToolCall, ...]]:
    try:
        said = json.loads(text)
    except ValueError:
        return text, ()
    if isinstance(said, dict) and isinstance(said.get("tool"), str):
        arguments = json.dumps(said.get("arguments", {}), ensure_ascii=False)
        return "", (ToolCall(f"call_{uuid.uuid4().hex[:24]}", said["tool"], arguments),)
    if isinstance(said, dict) and "final_answer" in said:
        answer = said["final_answer"]
        return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False), ()
    return text, ()
