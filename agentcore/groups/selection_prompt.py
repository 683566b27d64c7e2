"""The question that a model is asked when it selects the next speaker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from agentcore.groups.answer_forms import ANSWER_KEY
from agentcore.protocol.model_api import Output

__all__ = ["MemberProfile", "again_message", "selection_messages", "selection_output"]


@attrs.frozen
class MemberProfile:
    """What the model is told of a member.

    Attributes:
        name: the agent's name.
        description: what the agent is for, or can do; may be empty.
    """

    name: str
    description: str = ""


def selection_messages(
    members: Sequence[MemberProfile],
    messages: Sequence[Mapping[str, Any]],
    candidates: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Give the question as one system message and one user message, in OpenAI's shape.

    The whole conversation is quoted in the user message, for two reasons. Models that know only
    two roles can be asked, too. And no member can put words into another's mouth: the second and
    all further lines of what it said are indented.

    Args:
        members: all members of the group, in order.
        messages: what was said, in order: mappings with ``name`` and ``content``.
        candidates: the names of the members who may speak next.
    """
    cast = "\n".join(_line(member) for member in members)
    system = (
        "You lead a conversation of several, and choose who speaks next. You take no part in it "
        f"yourself. These take part:\n{cast}"
    )
    said = "\n".join(_said(message) for message in messages) or "(nothing yet)"
    asked = f"What was said so far:\n\n{said}\n\nWho speaks next? {_one_of(candidates)}"
    return [{"role": "system", "content": system}, {"role": "user", "content": asked}]


def again_message(text: str, candidates: tuple[str, ...]) -> dict[str, Any]:
    """Give the user message that asks again, after the answer ``text`` named nobody or several."""
    said = f"{text.strip()[:200]!r} does not say" if text.strip() else "You did not say"
    return {"role": "user", "content": f"{said} which one of them speaks. {_one_of(candidates)}"}


def selection_output(candidates: tuple[str, ...]) -> Output:
    """Give the JSON schema of the answer, for models with structured output."""
    schema = {
        "type": "object",
        "properties": {ANSWER_KEY: {"type": "string", "enum": list(candidates)}},
        "required": [ANSWER_KEY],
        "additionalProperties": False,
    }
    return Output("next_speaker", schema)


def _one_of(candidates: tuple[str, ...]) -> str:
    return f"Answer with one name only, and nothing else, of: {', '.join(candidates)}"


def _line(member: MemberProfile) -> str:
    what = " ".join(member.description.split())
    return f"- {member.name}: {what}" if what else f"- {member.name}"


def _said(message: Mapping[str, Any]) -> str:
    text = "\n".join(_texts(message)).strip() or "(nothing)"
    return f"{message.get('name') or 'someone'}: " + "\n    ".join(text.splitlines())


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    content = message.get("content")
    for part in [content] if isinstance(content, str) else content or ():
        text = part.get("text") if isinstance(part, Mapping) else part
        yield text if isinstance(text, str) else "(something that is no text)"
    calls = [call["function"]["name"] for call in message.get("tool_calls") or ()]
    if calls:
        yield f"(calls {', '.join(calls)})"
