"""A script: items that are used one after the other, also by several processes of one machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from agentcore.testing.models.journal import Journal
from agentcore.testing.models.script_items import Asked, ScriptError, Steps, check_item, play

__all__ = ["NOTHING", "Script"]

NOTHING: Any = object()


class Script:
    """The items of a `ScriptedModel`, and the record of their use.

    A script that is pickled is shared with its copies: from then on the record is a `Journal`.

    Args:
        name: the model's name, for errors.
        lanes: the items for each key; a lane is the list of items of one key.
        key: gives the key of a call; ``None`` if there is one lane, whose key is ``""``.
        then: the answer after the last item of a lane; ``NOTHING`` if there is none.

    Raises:
        TypeError: an item is no answer of a model.
    """

    def __init__(
        self,
        name: str,
        lanes: Mapping[str, tuple[Any, ...]],
        key: Callable[[Asked], str] | None = None,
        then: Any = NOTHING,
    ) -> None:
        self.name = name
        self._lanes = dict(lanes)
        self._key = key
        self._then = () if then is NOTHING else (then,)
        for item in [*self._then, *(item for items in self._lanes.values() for item in items)]:
            check_item(item)
        self._taken = dict.fromkeys(self._lanes, 0)
        self._calls: list[tuple[str, Asked]] = []
        self._failures: list[str] = []
        self._journal: Journal | None = None
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, Any]:
        """Give what is pickled; the script is shared through a journal from now on."""
        with self._lock:
            if self._journal is None:
                self._journal = self._written_down()
        private = ("_lock", "_calls", "_failures")  # the journal has the calls and failures
        return {key: value for key, value in self.__dict__.items() if key not in private}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _calls=[], _failures=[], _lock=threading.Lock())

    def _written_down(self) -> Journal:
        journal = Journal.begin()
        for lane, asked in self._calls:
            journal.claim(lane, asked)
        for problem in self._failures:
            journal.fail(problem)
        return journal

    def take(self, asked: Asked) -> Steps:
        """Use the next item for a call, and give its steps.

        Raises:
            ScriptError: no item is left.
        """
        lane = "" if self._key is None else self._key(asked)
        script = self._lanes.get(lane, ())
        with self._lock:
            number = self._claim(lane, asked)
        if number < len(script):
            return play(script[number], asked)
        if self._then:
            return play(self._then[0], asked)
        which = f" for {lane!r}" if self._key is not None else ""
        problem = (
            f"model {self.name!r} was asked once more than its script{which} has answers "
            f"({len(script)}): {asked.shown}"
        )
        self.fail(problem)
        raise ScriptError(problem, model=self.name)

    def _claim(self, lane: str, asked: Asked) -> int:
        number = self._taken.get(lane, 0)
        if self._journal is not None:
            number = self._journal.claim(lane, asked, number)
        else:
            self._calls.append((lane, asked))
        self._taken[lane] = number + 1
        return number

    def fail(self, problem: str) -> None:
        """Note a problem, which `check` raises."""
        with self._lock:
            if self._journal is not None:
                self._journal.fail(problem)
            else:
                self._failures.append(problem)

    def calls(self) -> tuple[Asked, ...]:
        """Give all calls in order, those of copies in other processes included."""
        if self._journal is not None:
            return self._journal.calls()
        return tuple(asked for _, asked in self._calls)

    def left(self) -> int:
        """Give the number of items that were not used."""
        return sum(len(items) for items in self._unasked().values())

    def _unasked(self) -> dict[str, tuple[Any, ...]]:
        taken = self._taken
        if self._journal is not None:
            taken = {lane: self._journal.claimed(lane) for lane in self._lanes}
        return {lane: script[taken[lane] :] for lane, script in self._lanes.items()}

    def check(self) -> None:
        """Check that each item was used, and that no call failed.

        Raises:
            ScriptError: items are left, or a call found no item or another question was expected.
        """
        __tracebackhide__ = True
        failures = self._failures if self._journal is None else self._journal.failures()
        if failures:
            raise ScriptError(failures[0], model=self.name)
        for lane, items in self._unasked().items():
            if items:
                which = f" for {lane!r}" if self._key is not None else ""
                raise ScriptError(
                    f"model {self.name!r} was not asked for {len(items)} of the "
                    f"{len(self._lanes[lane])} answers of its script{which}; the next is "
                    f"{items[0]!r}",
                    model=self.name,
                )
