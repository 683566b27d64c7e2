"""The frozen containers, by example; their laws are in ``tests/properties``."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from collections import OrderedDict, defaultdict, namedtuple
from types import MappingProxyType
from typing import Any

import pytest

from agentcore.base.frozen import EMPTY, FrozenDict, FrozenList, freeze, isolate, unpicklable_path
from agentcore.errors import MessageTypeError
from agentcore.protocol.message import Message

Point = namedtuple("Point", "x y")


class Box:
    """An object of which nothing is known."""

    def __init__(self) -> None:
        self.items: list[int] = []


DICT_CHANGES: dict[str, Any] = {
    "set an item": lambda it: it.__setitem__("a", 1),
    "delete an item": lambda it: it.__delitem__("a"),
    "|=": lambda it: it.__ior__({"b": 1}),
    "clear": lambda it: it.clear(),
    "pop": lambda it: it.pop("a"),
    "pop with a default": lambda it: it.pop("z", None),
    "popitem": lambda it: it.popitem(),
    "setdefault": lambda it: it.setdefault("b", 1),
    "setdefault of a key it has": lambda it: it.setdefault("a", 1),
    "update": lambda it: it.update(b=1),
    "set an attribute": lambda it: setattr(it, "a", 1),
}
LIST_CHANGES: dict[str, Any] = {
    "set an item": lambda it: it.__setitem__(0, 9),
    "set a slice": lambda it: it.__setitem__(slice(None), []),
    "delete an item": lambda it: it.__delitem__(0),
    "+=": lambda it: it.__iadd__([9]),
    "*=": lambda it: it.__imul__(2),
    "append": lambda it: it.append(9),
    "clear": lambda it: it.clear(),
    "extend": lambda it: it.extend([9]),
    "insert": lambda it: it.insert(0, 9),
    "pop": lambda it: it.pop(),
    "remove": lambda it: it.remove(2),
    "reverse": lambda it: it.reverse(),
    "sort": lambda it: it.sort(),
    "set an attribute": lambda it: setattr(it, "a", 1),
}


@pytest.mark.parametrize("change", DICT_CHANGES.values(), ids=DICT_CHANGES)
def test_a_frozen_dict_refuses_every_change(change: Any) -> None:
    """An error, and it is as it was."""
    it = FrozenDict({"a": [2]})
    with pytest.raises((TypeError, AttributeError)):
        change(it)
    assert it == {"a": [2]}


@pytest.mark.parametrize("change", LIST_CHANGES.values(), ids=LIST_CHANGES)
def test_a_frozen_list_refuses_every_change(change: Any) -> None:
    """Likewise."""
    it = FrozenList([2, 1])
    with pytest.raises((TypeError, AttributeError)):
        change(it)
    assert it == [2, 1]


@pytest.mark.parametrize(
    ("kind", "reading", "frozen"), [(dict, MappingProxyType, FrozenDict), (list, tuple, FrozenList)]
)
def test_no_method_that_changes_is_forgotten(kind: type, reading: type, frozen: type) -> None:
    """Whatever a dict or a list has beyond its read-only cousin is refused, or known to be safe."""
    safe = {"fromkeys", "copy", "__reversed__"}
    beyond = set(dir(kind)) - set(dir(reading)) - safe
    assert "clear" in beyond
    assert beyond <= set(vars(frozen))


def test_a_refusal_says_what_to_do() -> None:
    """Make a copy; and which kind of one."""
    with pytest.raises(TypeError, match=r"immutable: make your own copy with dict\(\.\.\.\)"):
        FrozenDict()["a"] = 1
    with pytest.raises(TypeError, match=r"immutable: make your own copy with list\(\.\.\.\)"):
        FrozenList().append(1)


def test_an_own_copy_can_be_changed() -> None:
    """However it is made: by its class, `copy`, an operator or a slice."""
    frozen_dict, frozen_list = FrozenDict(a=1), FrozenList([1])
    for own in (dict(frozen_dict), frozen_dict.copy(), frozen_dict | {}):
        own["b"] = 2
    for mine in (list(frozen_list), frozen_list.copy(), frozen_list * 1, frozen_list[:]):
        mine.append(2)
    assert frozen_dict == {"a": 1}
    assert frozen_list == [1]


def test_all_containers_in_a_value_are_frozen() -> None:
    """At any depth, in keys' values, lists and tuples."""
    frozen, opaque = freeze({"a": [{"b": ([],)}], "s": {1, 2}})
    assert not opaque
    assert type(frozen) is FrozenDict
    assert type(frozen["a"]) is FrozenList
    assert type(frozen["a"][0]) is FrozenDict
    assert type(frozen["a"][0]["b"]) is tuple
    assert type(frozen["a"][0]["b"][0]) is FrozenList
    assert type(frozen["s"]) is frozenset


@pytest.mark.parametrize(
    "value", [OrderedDict(a=[1]), defaultdict(list, a=[1]), MappingProxyType({"a": [1]})], ids=repr
)
def test_any_mapping_becomes_a_frozen_dict(value: Any) -> None:
    """Equal to what it was, and picklable, which not every mapping is."""
    frozen, opaque = freeze(value)
    assert (type(frozen), opaque) == (FrozenDict, False)
    assert frozen == {"a": [1]}
    assert pickle.loads(pickle.dumps(frozen)) == frozen


def test_what_cannot_stay_in_a_set_goes_into_a_list() -> None:
    """A message can stand in a set; the frozen dict made of it could not."""
    message = Message("hi")
    frozen, opaque = freeze({message})
    assert not opaque
    assert type(frozen) is FrozenList
    assert message in frozen
    assert freeze({"a": [1]}.items())[0] == [("a", [1])]


def test_unknown_objects_are_left_as_they_are_and_told_of() -> None:
    """So are named tuples, whose class matters."""
    box, point = Box(), Point([1], 2)
    assert freeze([box]) == ([box], True)
    assert freeze([box])[0][0] is box
    assert freeze(point)[0] is point
    assert freeze(point)[1]
    assert freeze({"deep": [({"x": box},)]})[1]


def test_isolation_copies_what_may_change() -> None:
    """An unknown object is copied, wherever it stands, and stays frozen around it."""
    frozen, _ = freeze({"a": [Box()]})
    other = isolate(frozen)
    assert (type(other), type(other["a"])) == (FrozenDict, FrozenList)
    other["a"][0].items.append(1)
    assert frozen["a"][0].items == []


def test_isolation_shares_what_cannot_be_copied() -> None:
    """A lock has no copy: it is the same one, as within any process."""
    lock = threading.Lock()
    frozen, _ = freeze([lock])
    assert isolate(frozen)[0] is lock


def test_isolation_keeps_what_is_shared_within_a_value() -> None:
    """One object in two places is one object in the copy too."""
    box = Box()
    frozen, _ = freeze([box, {"again": box}])
    other = isolate(frozen)
    assert other[0] is other[1]["again"]
    assert other[0] is not box


@pytest.mark.parametrize("kind", ["dict", "list"])
def test_a_container_that_holds_itself_is_refused(kind: str) -> None:
    """With an error of this library, not a RecursionError."""
    value: Any = {} if kind == "dict" else []
    if kind == "dict":
        value["me"] = [value]
    else:
        value.append({"me": value})
    with pytest.raises(MessageTypeError, match="holds itself"):
        freeze(value)


def test_nothing_is_wrong_with_what_can_be_pickled() -> None:
    """No path, for atoms, containers and objects."""
    assert unpicklable_path({"a": [1, (None, "x")], "s": {2.5}, "b": Box()}) is None


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda bad: bad, "$"),
        (lambda bad: {"metadata": {"x": [0, 1, bad]}}, "$.metadata.x[2]"),
        (lambda bad: {"metadata": {"lock": bad}}, "$.metadata.lock"),
        (lambda bad: ({"a": 1}, {"b": (bad,)}), "$[1].b[0]"),
        (lambda bad: [[bad, bad]], "$[0][0]"),
        (lambda bad: FrozenDict(a=FrozenList([bad])), "$.a[0]"),
        (lambda bad: Point(1, bad), "$[1]"),
        (lambda bad: {"a": {bad}}, "$.a[0]"),
    ],
)
def test_the_path_leads_to_what_cannot_be_pickled(make: Any, path: str) -> None:
    """To the innermost place, by keys and indexes, the first if there are several."""
    assert unpicklable_path(make(threading.Lock())) == path


def test_a_container_of_a_class_that_cannot_be_pickled_is_named_itself() -> None:
    """Nothing in it is wrong, only the class, which no other process can import."""
    hidden = namedtuple("hidden", "x")
    assert unpicklable_path({"a": [hidden(1)]}) == "$.a[0]"
    assert unpicklable_path({"a": {lambda: None: 1}}) == "$.a"


def test_the_empty_dict_is_frozen_and_shared() -> None:
    """One for all messages without metadata."""
    assert EMPTY == {}
    assert copy.copy(EMPTY) is EMPTY
    assert json.dumps(EMPTY) == "{}"
