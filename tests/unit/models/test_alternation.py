"""Messages in turns, for models that refuse two of one role in a row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentcore.models.alternation import GOES_ON, NO_ANSWER, alternated, joined

CALLS = {"tool_calls": [{"id": "1"}]}


def said(role: str, content: Any, **more: Any) -> dict[str, Any]:
    """Give a message."""
    return {"role": role, "content": content, **more}


@pytest.mark.parametrize(
    ("messages", "turns"),
    [
        ([said("user", "a"), said("user", "b")], [said("user", "a\n\nb")]),
        ([said("user", "a"), said("assistant", "b")],
         [said("user", "a"), said("assistant", "b"), said("user", GOES_ON)]),
        ([said("system", "s"), said("assistant", "b"), said("user", "c")],
         [said("system", "s"), said("user", GOES_ON), said("assistant", "b"), said("user", "c")]),
        ([said("system", "s"), said("system", "t"), said("user", "a")],
         [said("system", "s\n\nt"), said("user", "a")]),
        ([said("user", "a", name="x"), said("user", "b", name="y")],
         [said("user", "a", name="x"), said("user", "b", name="y")]),
        ([said("user", "a"), said("assistant", None, **CALLS), said("tool", "1"), said("tool", "2"),
          said("assistant", "b"), said("assistant", "c"), said("user", "d")],
         [said("user", "a"), said("assistant", None, **CALLS), said("tool", "1"), said("tool", "2"),
          said("assistant", "b\n\nc"), said("user", "d")]),
        ([said("user", "a"), said("assistant", None, **CALLS), said("tool", "1"),
          said("user", "b")],
         [said("user", "a"), said("assistant", None, **CALLS), said("tool", "1"),
          said("assistant", NO_ANSWER), said("user", "b")]),
        ([said("user", "a"), said("assistant", None, **CALLS), said("tool", "1")],
         [said("user", "a"), said("assistant", None, **CALLS), said("tool", "1")]),
        ([], []),
    ],
)  # fmt: skip
def test_messages_in_a_row_are_merged(messages: Any, turns: Any) -> None:
    """But not calls and results, nor what two speakers said."""
    assert alternated(messages) == turns


def test_parts_are_put_behind_each_other() -> None:
    """A text becomes one."""
    part = {"type": "image_url", "image_url": {"url": "u"}}
    assert joined("a", [part]) == [{"type": "text", "text": "a"}, part]
    assert joined([part], "") == [part]
    assert joined("", "a") == "a"


@given(st.lists(st.builds(said, st.sampled_from(["user", "assistant"]), st.sampled_from("ab"))))
def test_user_and_assistant_take_turns(messages: list[dict[str, Any]]) -> None:
    """The user begins and ends, and nothing that was said is lost."""
    turns = alternated(messages)
    roles = [each["role"] for each in turns]
    assert roles == (["user", "assistant"] * len(roles))[: len(roles)]
    assert roles[-1:] in ([], ["user"])
    words = "".join(each["content"] for each in turns).replace(GOES_ON, "")
    assert words.replace("\n", "") == "".join(each["content"] for each in messages)
