"""Which member runs the tool calls of a message."""

from __future__ import annotations

import pytest

from agentcore.groups.chooser import member_with_tool


@pytest.mark.parametrize(
    ("calls", "speaker", "expected"),
    [
        (["add"], None, "bob"),
        (["add"], "carol", "carol"),
        (["add"], "alice", "bob"),
        (["add", "find"], "bob", "carol"),
        (["add", "add"], None, "bob"),
        (["fly"], "bob", None),
        (["add", "fly"], None, None),
        ([], "bob", None),
    ],
)
def test_calls_go_to_a_member_that_has_all_the_tools(
    calls: list[str], speaker: str | None, expected: str | None
) -> None:
    """The speaker itself if it has them, else the first in members' order; nobody may have."""
    tools = {
        "alice": frozenset[str](),
        "bob": frozenset({"add"}),
        "carol": frozenset({"add", "find"}),
    }
    assert member_with_tool(calls, tools, speaker) == expected
