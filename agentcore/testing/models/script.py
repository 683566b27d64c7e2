"""A script: items that are taken one by one, in however many processes of a machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from agentcore.testing.models.journal import Journal
from agentcore.testing.models.script_items import Asked, ScriptError, Steps, check_item, play

__all__ = ["NOTHING", "Script"]

NOTHING: Any = object()


class Script:
    """The items of a `ScriptedModel`, and what became of them.

    Pickled, it is shared: from then on what is taken stands in files (`Journal`).

    Args:
        name: of the model, for errors.
        lanes: the items by key.
        key: gives the key of what is asked; ``None`` where there is one lane, called ``""``.
        then: the answer when a lane is through; ``NOTHING`` for none.

    Raises:
        TypeError: something in it is no answer.
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
        """Go to another process: from now on it is shared through files."""
        with self._lock:
            if self._journal is None:
                self._journal = self._written_down()
        private = ("_lock", "_calls", "_failures")  # the journal has these
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
        """Take the next item of the script, and begin to play it."""
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
        """Note what is wrong, for `check`."""
        with self._lock:
            if self._journal is not None:
                self._journal.fail(problem)
            else:
                self._failures.append(problem)

    def calls(self) -> tuple[Asked, ...]:
        """Give what was asked, in order; also of copies in other processes."""
        if self._journal is not None:
            return self._journal.calls()
        return tuple(asked for _, asked in self._calls)

    def left(self) -> int:
        """Say how many items have not been asked for."""
        return sum(len(items) for items in self._unasked().values())

    def _unasked(self) -> dict[str, tuple[Any, ...]]:
        taken = self._taken
        if self._journal is not None:
            taken = {lane: self._journal.claimed(lane) for lane in self._lanes}
        return {lane: script[taken[lane] :] for lane, script in self._lanes.items()}

    def check(self) -> None:
        """See that all went as the script has it.

        Raises:
            ScriptError: items are left, or there were calls that it has not.
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
