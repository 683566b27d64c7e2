"""Servers that differ from OpenAI's, as data: what each refuses, in which words, and what it sends.

The words are those of public reports. Nothing here asks a real server: a row says what a server was
seen to do, and not what it does today.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

from agentcore.models import ToolCall
from tests.chat_protocol import call_ways
from tests.chat_protocol.call_ways import Way, fragments_of
from tests.chat_protocol.server import Answer

__all__ = ["ANSWERS", "FAKES", "Fake", "Said", "replying"]

Body = dict[str, Any]


def _messages(body: Body, role: str) -> list[Body]:
    return [each for each in body["messages"] if each["role"] == role]


def _format(body: Body) -> str:
    return str(body.get("response_format", {}).get("type", ""))


def _beside_calls(body: Body) -> list[Any]:
    calling = [each for each in _messages(body, "assistant") if each.get("tool_calls")]
    return [each.get("content", "absent") for each in calling]


def _ids(body: Body) -> list[str]:
    calls = [call for each in body["messages"] for call in each.get("tool_calls") or ()]
    return [call["id"] for call in calls]


def _in_a_row(body: Body) -> bool:
    roles = [each["role"] for each in body["messages"] if each["role"] != "system"]
    return any(a == b == "user" for a, b in itertools.pairwise(roles))


CHECKS: dict[str, Callable[[Body], bool]] = {
    "json_schema": lambda body: _format(body) == "json_schema",
    "json_object": lambda body: _format(body) == "json_object",
    "strict": lambda body: "strict" in body.get("response_format", {}).get("json_schema", {}),
    "stream": lambda body: bool(body.get("stream")),
    "stream_options": lambda body: "stream_options" in body,
    "system": lambda body: bool(_messages(body, "system")),
    "rows of users": _in_a_row,
    "null content": lambda body: None in _beside_calls(body),
    "empty content": lambda body: "" in _beside_calls(body),
    "absent content": lambda body: "absent" in _beside_calls(body),
    "max_tokens": lambda body: "max_tokens" in body,
    "max_completion_tokens": lambda body: "max_completion_tokens" in body,
    "seed": lambda body: "seed" in body,
    "names": lambda body: any("name" in each for each in body["messages"]),
    "long ids": lambda body: any(len(id) != 9 or not id.isalnum() for id in _ids(body)),
    "thoughts": lambda body: any("reasoning_content" in each for each in body["messages"]),
}


@attrs.frozen
class Refusal:
    """What a server refuses, and how.

    Attributes:
        what: one of ``CHECKS``.
        status: the HTTP status.
        body: the body of its answer; a text is sent as it is.
    """

    what: str
    status: int
    body: Any


@attrs.frozen
class Fake:
    """One server.

    Attributes:
        refuses: what it does not take.
        dialect: the dialect that it is to be asked in; ``None`` if there is none for it.
        calls: the way in which it streams calls.
        ends: what ends a line of its streams.
        done: whether a stream ends with ``[DONE]``.
        finish: whether a stream has a finish reason; if not, it ends with ``[DONE]``.
        thoughts: the field that has what the model thinks.
        whole: whether it answers whole where a stream was asked for.
    """

    refuses: tuple[Refusal, ...] = ()
    dialect: str | None = None
    calls: Way = call_ways.by_the_book
    ends: str = "\n"
    done: bool = True
    finish: bool = True
    thoughts: str = "reasoning_content"
    whole: bool = False


def _openai(message: str, param: str | None = None, code: str | None = None) -> Body:
    return {
        "error": {
            "message": message, "type": "invalid_request_error", "param": param, "code": code,
        }
    }  # fmt: skip


def _pydantic(*place: Any, says: str = "Extra inputs are not permitted") -> Body:
    return {"detail": [{"type": "extra_forbidden", "loc": ["body", *place], "msg": says}]}


def _google(message: str) -> list[Body]:
    return [{"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}]


FAKES: Mapping[str, Fake] = {
    "openai": Fake(
        (
            Refusal("max_tokens", 400, _openai(
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
                "'max_completion_tokens' instead.", "max_tokens", "unsupported_parameter")),
        ), dialect="openai"),
    "openai, of old models": Fake(
        (
            Refusal("json_schema", 400, _openai(
                "Invalid parameter: 'response_format' of type 'json_schema' is not supported with "
                "this model.", "response_format")),
            Refusal("system", 400, _openai(
                "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
                "messages[0].role", "unsupported_value")),
            Refusal("stream", 400, _openai(
                "Unsupported value: 'stream' does not support true with this model.", "stream",
                "unsupported_value")),
        )),
    "azure": Fake(
        (
            Refusal("stream_options", 400, {
                "detail": "Extra parameters ['stream_options'] are not allowed when "
                "extra-parameters is not set or set to be 'error'."}),
            Refusal("max_tokens", 400, {
                "error": {"code": "invalid_request_body", "message": "Unsupported parameter: "
                "'max_tokens' is not supported with this model. Use 'max_completion_tokens'."}}),
        )),
    "gemini": Fake(dialect="gemini", calls=call_ways.whole, ends="\r\n"),
    "gemma, at google": Fake(
        (
            Refusal("system", 400, _google(
                "Developer instruction is not enabled for models/gemma-3-27b-it")),
            Refusal("json_schema", 400, _google("JSON mode is not enabled for models/gemma-3")),
            Refusal("json_object", 400, _google("JSON mode is not enabled for models/gemma-3")),
        ), calls=call_ways.whole),
    "gemma, on vllm": Fake(
        (
            Refusal("system", 400, {
                "object": "error", "message": "System role not supported",
                "type": "BadRequestError", "param": None, "code": 400}),
            Refusal("rows of users", 400, {
                "error": {"message": "Conversation roles must alternate user/assistant/user/...",
                          "type": "BadRequestError", "param": None, "code": 400}}),
        ), dialect="gemma", calls=call_ways.id_repeated, thoughts="reasoning"),
    "a template that only knows two roles": Fake(
        (
            Refusal("system", 400, {
                "object": "error", "message": "Conversation roles must alternate "
                "user/assistant/user/assistant/...", "type": "invalid_request_error"}),
        )),
    "gemma, on sglang": Fake(
        (Refusal("system", 500, "Internal Server Error: System role not supported"),),
        calls=call_ways.with_nulls),
    "mistral": Fake(
        (
            Refusal("stream_options", 422, {
                "object": "error", "message": _pydantic("stream_options", "include_usage"),
                "type": "invalid_request_error", "param": None, "code": None}),
            Refusal("seed", 422, {"object": "error", "message": _pydantic("seed")}),
            Refusal("long ids", 400, {
                "object": "error", "message": "Tool call id was call_1 but must be a-z, A-Z, 0-9, "
                "with a length of 9.", "type": "invalid_function_call", "code": "3280"}),
        ), dialect="mistral", calls=call_ways.whole),
    "groq": Fake(
        (
            Refusal("names", 400, _openai("'messages.1' : property 'name' is unsupported")),
            Refusal("thoughts", 400, _openai(
                "'messages.1' : for 'role:assistant' the following must be satisfied[("
                "'messages.1' : property 'reasoning_content' is unsupported)]")),
            Refusal("stream_options", 400, _openai(
                "property 'stream_options' is unsupported, did you mean 'stream'?")),
            Refusal("json_schema", 400, _openai(
                "This model does not support response format `json_schema`. See supported "
                "models at the documentation")),
        ), calls=call_ways.whole, thoughts="reasoning"),
    "deepseek": Fake(
        (
            Refusal("json_schema", 400, _openai(
                "This response_format type is unavailable now", None, "invalid_request_error")),
        ), dialect="deepseek"),
    "deepseek, of old": Fake(
        (
            Refusal("json_schema", 422, "Failed to deserialize the JSON body into the target type: "
                    "response_format: response_format.type `json_schema` is unavailable now at "
                    "line 1 column 1193"),
            Refusal("thoughts", 400, _openai(
                "The reasoning_content is for display only. Please remove the reasoning_content "
                "from your message and try again.")),
        )),
    "qwen": Fake(
        (
            Refusal("json_schema", 400, _openai(
                "<400> InternalError.Algo.InvalidParameter: 'response_format.type' Input should be "
                "'text' or 'json_object'")),
        ), dialect="qwen", calls=call_ways.with_empty_texts),
    "ollama": Fake((), dialect="ollama", calls=call_ways.whole_at_zero, thoughts="reasoning"),
    "lm studio": Fake(
        (
            Refusal("json_object", 400, {
                "error": "'response_format.type' must be 'json_schema' or 'text'"}),
            Refusal("null content", 400, {
                "error": "Invalid 'content': 'content' field must be a string or an array of "
                "objects."}),
        ), dialect="lmstudio"),
    "a proxy in rust": Fake(
        (
            Refusal("null content", 422, "Failed to deserialize: messages[2].content: invalid "
                    "type: null, expected a string"),
            Refusal("absent content", 422, "Failed to deserialize: missing field `content`"),
        ), ends="\r"),
    "bedrock, behind a gateway": Fake(
        (
            Refusal("null content", 400, {"error": {
                "message": "Provider returned error", "code": 400, "metadata": {
                    "raw": json.dumps({"message": "The content field in the Message object at "
                                       "messages.2 is required"})}}}),
            Refusal("empty content", 400, {"error": {
                "message": "Provider returned error", "code": 400, "metadata": {
                    "raw": "The text field in the ContentBlock object at messages.2.content.0 is "
                    "blank. It must not be empty"}}}),
        )),
    "fastapi": Fake(
        (
            Refusal("max_completion_tokens", 422, _pydantic("max_completion_tokens")),
            Refusal("strict", 422, _pydantic("response_format", "json_schema", "strict")),
            Refusal("names", 422, _pydantic("messages", 1, "name")),
            Refusal("thoughts", 422, _pydantic("messages", 1, "assistant", "reasoning_content")),
            Refusal("null content", 422, _pydantic(
                "messages", 2, "content", says="Input should be a valid string")),
        ), finish=False),
    "llama.cpp, of old": Fake(
        (
            Refusal("stream", 500, {"error": {
                "code": 500, "message": "Cannot use tools with stream", "type": "server_error"}}),
            Refusal("json_schema", 400, {"error": {
                "code": 400, "message": "Failed to parse grammar", "type": "invalid_request"}}),
        )),
    "fails within the answer": Fake(
        (
            Refusal("system", 200, {"error": {"message": "System role not supported"}}),
            Refusal("rows of users", 200, {"error": {
                "code": "server_error", "message": "Jinja Exception: After the optional system "
                "message, conversation roles must alternate user and assistant."}}),
        ), done=False),
    "numbers all calls 0": Fake(calls=call_ways.all_zero, done=False),
    "makes up ids": Fake(calls=call_ways.new_ids, whole=False, finish=False),
    "answers whole": Fake(whole=True),
}  # fmt: skip


@attrs.frozen
class Said:
    """An answer, whatever the server's way to send it."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    thoughts: str = ""
    signature: str = ""


ANSWERS: Mapping[str, Said] = {
    "a text": Said("Grüße \U0001f600\u2028, \"quoted\"\n\ndata: no event"),
    "a call": Said("", (ToolCall.of("call_1", "add", a=1, b="ü\U0001f600"),)),
    "two calls and thoughts": Said(
        "I look.", (ToolCall.of("call_1", "add", a=1), ToolCall.of("call_2", "sub", a={"b": []})),
        "First this,\nthen that \U0001f600."),
    "two calls of one tool": Said(
        "", (ToolCall.of("call_1", "add", a=1), ToolCall.of("call_2", "add", a=1))),
    "a signed call": Said("", (ToolCall.of("call_1", "add"),), "", "c2lnbmVk"),
}  # fmt: skip


def replying(fake: Fake, said: Said, cut: int = 0) -> Callable[[Body], Answer]:
    """Make a server's way to answer.

    Args:
        fake: the server.
        said: what it answers if it does not refuse.
        cut: the bytes of each piece of a stream; 0 for an event each.
    """

    def reply(body: Body) -> Answer:
        for refusal in fake.refuses:
            if CHECKS[refusal.what](body):
                said_so = refusal.body
                text = said_so if isinstance(said_so, str) else json.dumps(said_so)
                if body.get("stream") and refusal.status == 200:
                    text = f"data: {text}\n\n"
                return Answer(text, refusal.status)
        if not body.get("stream") or fake.whole:
            return Answer(json.dumps(_whole(fake, said)))
        lines = [line.encode() for line in _events(fake, said)]
        if cut:
            stream = b"".join(lines)
            lines = [stream[at : at + cut] for at in range(0, len(stream), cut)]
        return Answer(lines, headers={"Content-Type": "text/event-stream"})

    return reply


def _signed(said: Said, call: Body) -> Body:
    signature = {"extra_content": {"google": {"thought_signature": said.signature}}}
    return {**call, **(signature if said.signature else {})}


def _whole(fake: Fake, said: Said) -> Body:
    message: Body = {"role": "assistant", "content": said.text or None}
    if said.calls:
        message["tool_calls"] = [_signed(said, call.as_dict()) for call in said.calls]
    if said.thoughts:
        message[fake.thoughts] = said.thoughts
    reason = "tool_calls" if said.calls else "stop"
    return {"model": "served", "choices": [{"message": message, "finish_reason": reason}]}


def _events(fake: Fake, said: Said) -> Iterator[str]:
    deltas: list[Body] = [{"role": "assistant", "content": ""}]
    deltas += [{fake.thoughts: piece} for piece in said.thoughts]
    deltas += [{"content": piece} for piece in said.text]
    for number, call in enumerate(said.calls):
        pieces = fragments_of(call.arguments, [3, 3, 7])
        for place, fragment in enumerate(fake.calls(number, call, pieces)):
            deltas.append({"tool_calls": [_signed(said, fragment) if not place else fragment]})
    yield f": a comment{fake.ends}{fake.ends}"
    for delta in deltas:
        yield _event(fake, {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    if fake.finish:
        reason = "tool_calls" if said.calls else "stop"
        yield _event(fake, {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    if fake.done or not fake.finish:
        yield f"data: [DONE]{fake.ends}{fake.ends}"


def _event(fake: Fake, body: Body) -> str:
    text = json.dumps({"model": "served", **body}, ensure_ascii=False)
    return f"data: {text}{fake.ends}{fake.ends}"
