"""The question that a model is asked when it selects the next speaker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from agentcore.groups.answer_forms import ANSWER_KEY
from agentcore.groups.selector import DEFAULT_SELECTOR, Selector
from agentcore.protocol.model_api import Output

__all__ = ["MemberProfile", "SelectionQuestion", "roles_of", "selection_output"]

LEADS = (
    "You lead a conversation of several, and choose who speaks next. You take no part in it "
    "yourself. These take part:\n{roles}"
)
AGAIN = "{said} which one of them speaks. Answer with one name only, and nothing else, of: {names}"


@attrs.frozen
class MemberProfile:
    """What the model is told of a member.

    Attributes:
        name: the agent's name.
        description: what the agent is for, or can do; may be empty.
    """

    name: str
    description: str = ""


@attrs.frozen
class SelectionQuestion:
    """The question who speaks next, in OpenAI's shape.

    The whole conversation is quoted in one user message, for two reasons. Models that know only
    two roles can be asked, too. And no member can put words into another's mouth: the second and
    all further lines of what it said are indented.

    Attributes:
        members: all members of the group, in order.
        candidates: the names of the members who may speak next.
        selector: the words, if they are the user's own.
        system: the system message of the group's agent, which stands first; may be empty.
    """

    members: Sequence[MemberProfile]
    candidates: tuple[str, ...]
    selector: Selector = DEFAULT_SELECTOR
    system: str = ""

    def messages(self, said: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the messages that ask.

        Args:
            said: what was said, in order: mappings with ``name`` and ``content``; one without a
                name, as a summary has none, stands as it is.
        """
        selector = self.selector
        told = self._filled(LEADS if selector.message is None else selector.message)
        lead = "\n\n".join(text for text in (self.system, told) if text)
        quoted = "\n".join(map(_said, said)) or "(nothing yet)"
        asked = [f"What was said so far:\n\n{quoted}"]
        asked += [self._filled(selector.prompt)] if selector.prompt else []
        first = [{"role": "system", "content": lead}] if lead else []
        if selector.role == "user":
            return [*first, {"role": "user", "content": "\n\n".join(asked)}]
        return [
            *first,
            {"role": "user", "content": asked[0]},
            *({"role": selector.role, "content": text} for text in asked[1:]),
        ]

    def again(self, text: str, several: bool) -> dict[str, Any]:
        """Return the message that asks again.

        Args:
            text: the answer that named nobody, or several.
            several: whether it named several.
        """
        own = self.selector.several if several else self.selector.nobody
        if own is not None:
            return {"role": self.selector.role, "content": self._filled(own)}
        said = f"{text.strip()[:200]!r} does not say" if text.strip() else "You did not say"
        content = AGAIN.format(said=said, names=", ".join(self.candidates))
        return {"role": self.selector.role, "content": content}

    def _filled(self, template: str) -> str:
        # Not str.format: a text may have other braces, as those of an example in JSON.
        filled = template.replace("{agentlist}", ", ".join(self.candidates))
        return filled.replace("{roles}", roles_of(self.members))


def roles_of(members: Sequence[MemberProfile]) -> str:
    """Return the members and their descriptions, one a line."""
    return "\n".join(map(_line, members))


def selection_output(candidates: tuple[str, ...]) -> Output:
    """Give the JSON schema of the answer, for models with structured output."""
    schema = {
        "type": "object",
        "properties": {ANSWER_KEY: {"type": "string", "enum": list(candidates)}},
        "required": [ANSWER_KEY],
        "additionalProperties": False,
    }
    return Output("next_speaker", schema)


def _line(member: MemberProfile) -> str:
    what = " ".join(member.description.split())
    return f"- {member.name}: {what}" if what else f"- {member.name}"


def _said(message: Mapping[str, Any]) -> str:
    text = "\n".join(_texts(message)).strip() or "(nothing)"
    name = message.get("name")
    lines = text if name is None else f"{name}: {text}"
    return "\n    ".join(lines.splitlines())


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    content = message.get("content")
    for part in [content] if isinstance(content, str) else content or ():
        text = part.get("text") if isinstance(part, Mapping) else part
        yield text if isinstance(text, str) else "(something that is no text)"
    calls = [call["function"]["name"] for call in message.get("tool_calls") or ()]
    if calls:
        yield f"(calls {', '.join(calls)})"
