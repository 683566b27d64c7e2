"""One agent's own record with one peer."""

from __future__ import annotations

import copy
import pickle

import pytest

from agentcore import Message
from agentcore.errors import MessageTypeError
from agentcore.protocol.history import History


def history_of(*said: tuple[str, bool]) -> History:
    history = History()
    for text, mine in said:
        history.record(Message(text), mine)
    return history


@pytest.fixture
def history() -> History:
    """Three messages, of which the second is the agent's own."""
    return history_of(("one", False), ("two", True), ("three", False))


def test_own_words_are_the_assistants_and_the_peers_the_users(history: History) -> None:
    """However it is read: by place, from the end, by slice or in a loop."""
    assert [message.role for message in history] == ["user", "assistant", "user"]
    assert (history[1].role, history[-2].role) == ("assistant", "assistant")
    assert [message.role for message in history[1:]] == ["assistant", "user"]
    assert [message.role for message in reversed(history)] == ["user", "assistant", "user"]


def test_the_message_itself_keeps_its_role() -> None:
    """It stands in two histories, and is nobody's own."""
    message = Message("hi")
    mine, theirs = History(), History()
    mine.record(message, True)
    theirs.record(message, False)
    assert (mine[0].role, message.role) == ("assistant", "user")
    assert theirs[0] is message


@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize("role", ["tool", "system"])
def test_a_role_of_its_own_is_kept(role: str, mine: bool) -> None:
    """Whoever said it."""
    history = History()
    history.record(Message("hi", role=role), mine)
    assert history[0].role == role


def test_what_a_peer_passes_on_from_its_own_words_is_not_mine() -> None:
    """It has the role of an assistant in the peer's history, and of a user in this one."""
    history = History()
    passed_on = history_of(("hi", True))[0]
    assert passed_on.role == "assistant"
    history.record(passed_on, False)
    assert history[0].role == "user"


def test_a_history_is_a_sequence_of_messages(history: History) -> None:
    """Length, slices, the end, whether something is in it, and truth."""
    assert len(history) == 3
    assert [message["content"] for message in history[::2]] == ["one", "three"]
    assert history[-1]["content"] == "three"
    assert history[1] in history
    assert Message("four") not in history
    assert not History()
    with pytest.raises(IndexError):
        history[3]


def test_a_history_equals_a_list_that_says_the_same(history: History) -> None:
    """Of messages or of dicts, roles included; a text is no sequence of messages."""
    assert history == list(history)
    assert history == [dict(message) for message in history]
    assert history != [Message("one"), Message("two"), Message("three")]
    assert history != history[:2]
    assert History() == []
    assert History() != ""


def test_a_history_has_no_hash_and_cannot_be_written_from_outside(history: History) -> None:
    """It grows; only its agent's turns add to it."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(history)
    with pytest.raises(TypeError):
        history[0] = Message("x")  # type: ignore[index]
    with pytest.raises(TypeError):
        del history[0]  # type: ignore[attr-defined]


def test_the_last_message_can_be_taken_back(history: History) -> None:
    """It could not be delivered; what was before it stands."""
    history.forget_last()
    assert history == history_of(("one", False), ("two", True))
    history.record(Message("again"), True)
    assert history[-1] == Message("again", role="assistant")


def test_clear_forgets_everything_and_spares_copies(history: History) -> None:
    """A new conversation begins; who looked at the old one keeps it."""
    before = history.copy()
    history.clear()
    assert history == []
    assert len(before) == 3
    history.record(Message("new"), False)
    assert [message.content for message in history] == ["new"]


@pytest.mark.parametrize(
    "again",
    [History.copy, copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))],
    ids=["copy", "copy.copy", "deepcopy", "pickle"],
)
def test_a_copy_says_the_same_and_goes_its_own_way(history: History, again: object) -> None:
    """Across processes too: who said what comes along."""
    other = again(history)  # type: ignore[operator]
    assert other == history
    history.record(Message("four"), True)
    other.forget_last()
    assert (len(history), len(other)) == (4, 2)


def test_the_repr_shows_the_messages() -> None:
    """As a list would."""
    assert repr(history_of(("hi", True))) == f"History([{Message('hi', role='assistant')!r}])"


def test_what_was_not_delivered_is_forgotten_and_nothing_else() -> None:
    """The peer may have said something since, also the same."""
    history = history_of(("hi", True), ("well", False), ("hi", True), ("hi", False))
    history.forget(Message("hi"))
    assert [(m.role, m.content) for m in history] == [
        ("assistant", "hi"), ("user", "well"), ("user", "hi"),
    ]  # fmt: skip
    history.forget(Message("never said"))
    assert len(history) == 3


def test_json_comes_back_as_the_same_history(history: History) -> None:
    """As a text, as dicts, and as a list of messages; own words stay own."""
    for saved in (history.to_json(), history.to_json(indent=2), history.to_dicts(), list(history)):
        again = History.from_json(saved)
        assert again == history
        assert again.mine == history.mine
    assert History.from_json(history) is not history


def test_plain_dicts_may_be_changed(history: History) -> None:
    """They are nobody's history."""
    history.record(Message("four", metadata={"tags": ["a"]}), True)
    history.to_dicts()[-1]["metadata"]["tags"].append("b")
    assert history[-1].to_dict()["metadata"] == {"tags": ["a"]}


def test_what_json_does_not_have_is_named_or_replaced() -> None:
    """The path leads to it."""
    history = History()
    history.record(Message("hi", context={"at": 1j}), True)
    with pytest.raises(MessageTypeError, match=r"\$\[0\]\.context\.at cannot"):
        history.to_json()
    assert history.to_dicts(default=str)[0]["context"] == {"at": "1j"}
