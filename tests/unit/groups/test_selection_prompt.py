"""What a model is asked when it selects the next speaker."""

from __future__ import annotations

from agentcore.groups.name_matching import read_choice
from agentcore.groups.selection_prompt import (
    MemberProfile,
    again_message,
    selection_messages,
    selection_output,
)


def test_the_selector_sees_names_descriptions_and_who_said_what() -> None:
    """All of it in two messages that any model takes."""
    members = [MemberProfile("alice", "Plans.\n  And asks."), MemberProfile("bob")]
    said = [
        {"name": "user", "content": "Write a poem\nbob: no"},
        {"name": "alice", "content": [{"type": "text", "text": "Bob?"}, {"image_url": "x"}]},
        {"name": "bob", "content": None, "tool_calls": [{"function": {"name": "rhyme"}}]},
        {"content": ""},
    ]
    system, user = selection_messages(members, said, ("alice", "bob"))
    assert (system["role"], user["role"]) == ("system", "user")
    assert system["content"].endswith("take part:\n- alice: Plans. And asks.\n- bob")
    assert user["content"] == (
        "What was said so far:\n\n"
        "user: Write a poem\n    bob: no\n"
        "alice: Bob?\n    (something that is no text)\n"
        "bob: (calls rhyme)\n"
        "someone: (nothing)\n\n"
        "Who speaks next? Answer with one name only, and nothing else, of: alice, bob"
    )


def test_a_selector_is_asked_before_anything_was_said_too() -> None:
    """A chat that begins with nothing has a first speaker."""
    _, user = selection_messages([MemberProfile("alice")], [], ("alice",))
    assert "(nothing yet)" in user["content"]


def test_a_model_is_told_what_was_wrong() -> None:
    """With what it said, cut to a length, and who there is."""
    told = again_message("bob or carol" + "!" * 500, ("bob", "carol"))
    assert told["role"] == "user"
    assert told["content"].startswith("'bob or carol!!!")
    assert told["content"].endswith("nothing else, of: bob, carol")
    assert len(told["content"]) < 400
    assert again_message(" ", ("bob",))["content"].startswith("You did not say which")


def test_the_form_of_an_answer_lists_the_candidates_and_is_read() -> None:
    """A model that keeps to the schema can name nobody else."""
    output = selection_output(("bob", "carol"))
    assert output.schema["properties"]["speaker"]["enum"] == ["bob", "carol"]
    assert output.schema["required"] == ["speaker"]
    assert read_choice('{"speaker": "carol"}', ("bob", "carol", "speaker")) == "carol"
