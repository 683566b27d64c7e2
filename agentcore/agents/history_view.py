"""An agent's history as a model is shown it: messages as the OpenAI API has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from agentcore.models.speaker_names import name_in_text
from agentcore.protocol.message import Message
from agentcore.protocol.message_text import calls_in_words

__all__ = ["OWN_FIELDS", "as_shown", "system_first"]

BREAK = "\n\n"
Shown = dict[str, Any]
CALL_KEYS = ("id", "type", "function")
# In the metadata of a proposal: the fields that its model put into it besides those of the OpenAI
# API, such as ``reasoning_content``, and which model it was.
OWN_FIELDS = "model_fields"


def as_shown(
    history: Iterable[Message],
    streamed: Callable[[str], str | None],
    names_in_text: bool = False,
    identity: str = "",
) -> list[Shown]:
    """Give a history as a model is shown it.

    Tool calls that the agent proposed are shown as such if all of their results follow, since the
    API refuses other sequences. All other calls and results are described in text.

    Args:
        history: the agent's own messages have the role ``assistant``.
        streamed: gives the text of a stream, by its id; ``None`` if it is not known.
        names_in_text: whether names of speakers are put into the text.
        identity: which model is shown it; see `model_identity`. Fields of its own that it put into
            a proposal are shown to it, and to no other model.
    """
    messages = list(history)
    shown: list[Shown] = []
    for index, message in enumerate(messages):
        after = messages[index + 1] if index + 1 < len(messages) else None
        before = messages[index - 1] if index else None
        if message.role == "assistant" and message.tool_calls and _answers(after, message):
            shown.append(_proposal(message, identity))
        elif message.role == "tool" and before is not None and _answers(message, before):
            shown.extend(_results(message))
        else:
            shown.append(_said(message, streamed, names_in_text))
    return shown


def _answers(results: Message | None, proposal: Message) -> bool:
    if results is None or results.role != "tool" or proposal.role != "assistant":
        return False
    asked = [call.get("id") for call in proposal.tool_calls or ()]
    return bool(asked) and asked == [each["tool_call_id"] for each in _results(results)]


def _proposal(message: Message, identity: str) -> Shown:
    calls = [dict(call) for call in message.tool_calls]
    own = message.metadata.get(OWN_FIELDS) or {}
    shown: Shown = {"role": "assistant", "content": message.content}
    if own and own.get("model") == identity:
        return {**own.get("fields", {}), **shown, "tool_calls": calls}
    plain = [{key: call[key] for key in CALL_KEYS if key in call} for call in calls]
    return shown | {"tool_calls": plain}


def _results(message: Message) -> list[Shown]:
    results = message.metadata.get("tool_results")
    if not results:
        results = [{"tool_call_id": message.tool_call_id, "content": message.content}]
    return [
        {"role": "tool", "tool_call_id": each["tool_call_id"], "content": each["content"]}
        for each in results
    ]


def _said(message: Message, streamed: Callable[[str], str | None], names_in_text: bool) -> Shown:
    content = message.content
    if message.metadata.get("stream") and content == message.metadata.get("stream_id"):
        content = streamed(str(message.metadata.get("stream_id"))) or "(an answer as a stream)"
    if message.tool_calls:
        content = calls_in_words(message)
    if message.role == "tool":
        content = f"(result of a call: {content})"
    role = message.role if message.role in ("assistant", "system") else "user"
    shown: Shown = {"role": role, "content": content}
    if message.name and role == "user":
        shown["name"] = message.name
        return name_in_text(shown) if names_in_text else shown
    return shown


def system_first(system: str, shown: Sequence[Shown]) -> list[Shown]:
    """Put one system message first: the agent's, and those of the history, joined."""
    texts = [system] if system else []
    texts += [each["content"] for each in shown if each["role"] == "system"]
    rest = [each for each in shown if each["role"] != "system"]
    return [{"role": "system", "content": BREAK.join(texts)}, *rest] if texts else rest
