"""What a model is asked when it selects the next speaker."""

from __future__ import annotations

from agentcore.groups.name_matching import read_choice
from agentcore.groups.selection_prompt import (
    MemberProfile,
    SelectionQuestion,
    selection_output,
)
from agentcore.groups.selector import Selector


def test_the_selector_sees_names_descriptions_and_who_said_what() -> None:
    """All of it in two messages that any model takes."""
    members = [MemberProfile("alice", "Plans.\n  And asks."), MemberProfile("bob")]
    said = [
        {"name": "user", "content": "Write a poem\nbob: no"},
        {"name": "alice", "content": [{"type": "text", "text": "Bob?"}, {"image_url": "x"}]},
        {"name": "bob", "content": None, "tool_calls": [{"function": {"name": "rhyme"}}]},
        {"content": ""},
    ]
    system, user = SelectionQuestion(members, ("alice", "bob")).messages(said)
    assert (system["role"], user["role"]) == ("system", "user")
    assert system["content"].endswith("take part:\n- alice: Plans. And asks.\n- bob")
    assert user["content"] == (
        "What was said so far:\n\n"
        "user: Write a poem\n    bob: no\n"
        "alice: Bob?\n    (something that is no text)\n"
        "bob: (calls rhyme)\n"
        "(nothing)\n\n"
        "Who speaks next? Answer with one name only, and nothing else, of: alice, bob"
    )


def test_a_selector_is_asked_before_anything_was_said_too() -> None:
    """A chat that begins with nothing has a first speaker."""
    _, user = SelectionQuestion([MemberProfile("alice")], ("alice",)).messages([])
    assert "(nothing yet)" in user["content"]


def test_a_model_is_told_what_was_wrong() -> None:
    """With what it said, cut to a length, and who there is."""
    question = SelectionQuestion([], ("bob", "carol"))
    told = question.again("bob or carol" + "!" * 500, several=True)
    assert told["role"] == "user"
    assert told["content"].startswith("'bob or carol!!!")
    assert told["content"].endswith("nothing else, of: bob, carol")
    assert len(told["content"]) < 400
    assert question.again(" ", several=False)["content"].startswith("You did not say which")


def test_the_form_of_an_answer_lists_the_candidates_and_is_read() -> None:
    """A model that keeps to the schema can name nobody else."""
    output = selection_output(("bob", "carol"))
    assert output.schema["properties"]["speaker"]["enum"] == ["bob", "carol"]
    assert output.schema["required"] == ["speaker"]
    assert read_choice('{"speaker": "carol"}', ("bob", "carol", "speaker")) == "carol"


def test_the_words_may_be_the_users_own() -> None:
    """Placeholders are filled, and other braces stand as they are."""
    selector = Selector(
        message="Cast:\n{roles}",
        prompt='As {"speaker": "..."}, one of {agentlist}',
        several="One of {agentlist}!",
        nobody="Somebody of {agentlist}!",
        role="system",
    )
    members = [MemberProfile("alice", "plans"), MemberProfile("bob")]
    question = SelectionQuestion(members, ("alice", "bob"), selector, "Be fair.")
    assert question.messages([{"name": "user", "content": "go"}]) == [
        {"role": "system", "content": "Be fair.\n\nCast:\n- alice: plans\n- bob"},
        {"role": "user", "content": "What was said so far:\n\nuser: go"},
        {"role": "system", "content": 'As {"speaker": "..."}, one of alice, bob'},
    ]
    assert question.again("both", several=True)["content"] == "One of alice, bob!"
    assert question.again("", several=False)["content"] == "Somebody of alice, bob!"
