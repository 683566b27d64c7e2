"""The tree of errors: as its docstring draws it, and able to cross to another process."""

from __future__ import annotations

import builtins
import copy
import inspect
import pickle
import re
import sys
import threading
import types

import pytest

from agentcore import errors
from agentcore.protocol.message import Message
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.protocol.transcript import ChatResult, Entry

CLASSES: dict[str, type[errors.AgentCoreError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.AgentCoreError)
}


def drawn() -> dict[str, tuple[str, set[str]]]:
    """Read the tree in the docstring: of each class its parent and its built-in bases."""
    assert errors.__doc__ is not None
    tree: dict[str, tuple[str, set[str]]] = {}
    above: list[str] = ["AgentCoreError"]
    for line in errors.__doc__.splitlines():
        found = re.match(r"([ │]*)[├└]── (\w+) +(\w+)", line)
        if found is None:
            continue
        indent, name, word = found.groups()
        depth = (len(indent) - 4) // 4
        above[depth + 1 :] = [name]
        builtin = getattr(builtins, word, None)
        is_error = inspect.isclass(builtin) and issubclass(builtin, Exception)
        tree[name] = (above[depth], {word} if is_error else set())
    return tree


DRAWN = drawn()


def result() -> ChatResult:
    message = Message("hello", metadata={"x": [1]})
    return ChatResult(
        (Entry("alice", "bob", message),),
        StopReason(StopKind.FAILED, agent="bob", rule="answer", message=message),
    )


def attributes(kind: type[errors.AgentCoreError]) -> list[str]:
    """Name what the constructor of an error takes beside its text."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


def whole(kind: type[errors.AgentCoreError]) -> errors.AgentCoreError:
    """Make an error with everything that its class can carry."""
    values = {
        "agent": "bob",
        "rule": "answer",
        "traceback": "Traceback ...",
        "result": result(),
        "path": "$.metadata.lock",
        "server": "shop (stdio)",
        "model": "small",
        "file": "sales.csv",
        "source": "notes.md",
        "sql": "SELECT 1",
        "type": "KeyError",
        "retry_after": 17.5,
        "raw": "no JSON",
    }
    return kind("what happened", **{name: values[name] for name in attributes(kind)})


def crossed(error: errors.AgentCoreError) -> errors.AgentCoreError:
    other = pickle.loads(pickle.dumps(error))
    assert isinstance(other, errors.AgentCoreError)
    return other


def raised(error: errors.AgentCoreError, cause: BaseException) -> errors.AgentCoreError:
    """Raise the error because of the cause, as rules do."""
    with pytest.raises(type(error)) as caught:
        raise error from cause
    return caught.value


def test_the_drawn_tree_has_every_class() -> None:
    """No more and no less; and all of them are public."""
    assert {*DRAWN, "AgentCoreError"} == set(CLASSES)
    assert set(errors.__all__) == set(CLASSES)
    assert errors.__all__ == sorted(errors.__all__)


@pytest.mark.parametrize("name", DRAWN)
def test_a_class_stands_in_the_tree_where_it_is_drawn(name: str) -> None:
    """Under its parent, and beside the built-in error that is written next to it."""
    parent, builtin_bases = DRAWN[name]
    bases = {base.__name__ for base in CLASSES[name].__bases__}
    assert bases == {parent} | builtin_bases


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_every_class_says_what_it_is_for(kind: type[errors.AgentCoreError]) -> None:
    """A docstring of its own, not an inherited one."""
    assert kind.__dict__.get("__doc__")


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_every_error_crosses_whole(kind: type[errors.AgentCoreError]) -> None:
    """Class, text and attributes; each attribute that its constructor takes was given."""
    error = whole(kind)
    other = crossed(error)
    assert type(other) is kind
    assert other.args == error.args
    assert str(other) == "what happened"
    assert vars(other) == vars(error)
    assert set(vars(other)) >= set(attributes(kind))


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_every_error_has_its_attributes_without_being_given_them(
    kind: type[errors.AgentCoreError],
) -> None:
    """Whoever catches it can read them; and so it crosses."""
    error = kind("what happened")
    assert vars(crossed(error)) == vars(error)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_an_error_crosses_in_each_protocol_of_pickle(protocol: int) -> None:
    """Also one with a built-in error beside it in the tree that does its own pickling."""
    error = whole(errors.ChatTimeoutError)
    other = pickle.loads(pickle.dumps(error, protocol))
    assert (str(other), vars(other)) == (str(error), vars(error))


def test_the_result_comes_along() -> None:
    """With the transcript so far, and why it stopped."""
    other = crossed(whole(errors.ReplyError))
    assert isinstance(other, errors.ReplyError)
    assert other.result == result()


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
def test_a_cause_that_can_be_pickled_comes_along(kind: type[errors.AgentCoreError]) -> None:
    """As the cause, and so a traceback shows both."""
    other = crossed(raised(whole(kind), ValueError("why", 3)))
    assert type(other.__cause__) is ValueError
    assert other.__cause__.args == ("why", 3)


def test_a_chain_of_causes_comes_along_as_far_as_they_are_ours() -> None:
    """An error of this library that caused another keeps its own cause."""
    inner = raised(whole(errors.ReplyError), KeyError("deep"))
    other = crossed(raised(whole(errors.ChatError), inner))
    assert type(other.__cause__) is errors.ReplyError
    assert vars(other.__cause__) == vars(inner)
    assert type(other.__cause__.__cause__) is KeyError


class Unloadable(Exception):
    """An error whose pickle cannot be loaded: its constructor wants what args do not have."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def unpicklable_causes() -> list[BaseException]:
    class Local(Exception):
        """An error of a class that no other process can import."""

    return [RuntimeError(threading.Lock()), Local("x"), Unloadable("x", 3)]


@pytest.mark.parametrize("kind", CLASSES.values(), ids=CLASSES)
@pytest.mark.parametrize("cause", unpicklable_causes(), ids=lambda cause: type(cause).__name__)
def test_a_cause_that_cannot_cross_is_dropped(
    kind: type[errors.AgentCoreError], cause: BaseException
) -> None:
    """It never keeps the error from crossing; the rest is as it was."""
    error = raised(whole(kind), cause)
    other = crossed(error)
    assert other.__cause__ is None
    assert (str(other), vars(other)) == (str(error), vars(error))
    assert error.__cause__ is cause


def test_a_cause_unknown_where_it_arrives_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its class may be known here and not there."""
    module = types.ModuleType("only_here")
    kind = type("Gone", (Exception,), {"__module__": "only_here"})
    module.Gone = kind  # type: ignore[attr-defined]
    error = raised(whole(errors.ReplyError), kind("x"))
    with monkeypatch.context() as here:
        here.setitem(sys.modules, "only_here", module)
        data = pickle.dumps(error)
        assert type(pickle.loads(data).__cause__) is kind
    other = pickle.loads(data)
    assert other.__cause__ is None
    assert vars(other) == vars(error)


def test_an_error_without_a_cause_arrives_without() -> None:
    """Nothing is made up."""
    assert crossed(whole(errors.SpawnError)).__cause__ is None


def test_a_copy_is_as_a_crossing() -> None:
    """`copy.copy` goes the same way."""
    error = whole(errors.MessagePickleError)
    other = copy.copy(error)
    assert (type(other), str(other), vars(other)) == (type(error), str(error), vars(error))


def test_notes_come_along() -> None:
    """What somebody added to the error on its way up is part of it."""
    error = whole(errors.DepthError)
    error.add_note("while testing")
    assert crossed(error).__notes__ == ["while testing"]


def test_a_timeout_is_what_the_standard_library_calls_one() -> None:
    """Code that waits for anything catches it as such."""
    with pytest.raises(TimeoutError, match="what happened"):
        raise whole(errors.ChatTimeoutError)
