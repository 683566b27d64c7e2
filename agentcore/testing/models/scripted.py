"""A model that answers from a script."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, contextmanager
from types import TracebackType
from typing import Any

from agentcore.base.errors import ModelError
from agentcore.models import Completion, Delta, Output, Sampling, ToolSpec
from agentcore.testing.models.script import NOTHING, Script
from agentcore.testing.models.script_items import (
    Asked,
    ScriptError,
    Steps,
    Wait,
    as_asked,
    counted,
)

__all__ = ["ScriptedModel", "scripts_watched"]

_DEFAULT = Sampling()
_watched: list[ScriptedModel] | None = None


@contextmanager
def scripts_watched() -> Iterator[list[ScriptedModel]]:
    """Give a list that each `ScriptedModel` made inside is added to, in whatever thread."""
    global _watched
    before, _watched = _watched, []
    try:
        yield _watched
    finally:
        _watched = before


class ScriptedModel:
    """A model whose answers stand in a script, for tests: ``ScriptedModel("hi", "bye")``.

    Each call takes the next item, which is one of: a text; a `Completion`; a `ToolCall` or a list
    of them; a mapping, list or attrs, dataclass or pydantic value, which is answered as JSON; an
    exception, which is raised; `Streamed`, `Delayed` or `Expect`; or a function of ``(messages,
    tools, output)``, plain or ``async def``, that returns any of these.

    A call that finds no item left is a `ScriptError`, and so is, by `check`, an item that was not
    asked for, or an expectation that did not hold, whatever the agent made of that error. ``with``
    checks at the end; under pytest each test checks all scripts that were made in it, but for those
    that it has checked itself.

    Copies share the script: one that was pickled, to a host of Ray say, takes from the same items,
    and `check` and `calls` know of it, as long as all processes are on one machine. Of a model that
    an agent makes for itself in another process, nobody here knows.

    Args:
        script: the items.
        then: answered again and again when the script is through; by default that is an error.
        name: of the model.
        alternates, names_in_text: see `ChatModel`.

    Raises:
        TypeError: something in the script is no answer.
    """

    def __init__(
        self,
        *script: Any,
        then: Any = NOTHING,
        name: str = "scripted",
        alternates: bool = False,
        names_in_text: bool = False,
    ) -> None:
        self.name = name
        self.alternates = alternates
        self.names_in_text = names_in_text
        self._begin(Script(name, {"": script}, None, then))

    @classmethod
    def by(
        cls,
        key: Callable[[Asked], str],
        scripts: Mapping[str, Sequence[Any]],
        *,
        then: Any = NOTHING,
        **options: Any,
    ) -> ScriptedModel:
        """Make one with a script for each key, for agents that ask in no certain order.

        Args:
            key: gives the key of a call, from its system message say.
            scripts: a list of items for each key.
            options: as for the class.
        """
        model = cls(**options)
        lanes = {each: tuple(script) for each, script in scripts.items()}
        model._begin(Script(model.name, lanes, key, then))
        return model

    def _begin(self, script: Script) -> None:
        self._script = script
        self.checked = False
        if _watched is not None and self not in _watched:
            _watched.append(self)

    def __repr__(self) -> str:
        return f"<ScriptedModel {self.name!r}, {self.left} answers left>"

    # --- answers --------------------------------------------------------------------------------

    def complete(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[ToolSpec] = (),
        output: Output | None = None,
        sampling: Sampling = _DEFAULT,
        timeout: float | None = None,
    ) -> Completion | Awaitable[Completion]:
        """Answer at once, or, if the item takes time, later: see `ChatModel.complete`.

        Raises:
            ScriptError: no item is left, or another question was expected.
        """
        asked = as_asked(messages, tools, output, sampling)
        steps = self._script.take(asked)
        step = self._next(steps)
        while isinstance(step, str):
            step = self._next(steps)
        if isinstance(step, Completion):
            return counted(step, asked, self.name)
        return self._complete_later(steps, step, asked, timeout)

    async def _complete_later(
        self, steps: Steps, step: Wait, asked: Asked, timeout: float | None
    ) -> Completion:
        played = [each async for each in self._played(steps, step, timeout)]
        return counted(played[-1], asked, self.name)  # type: ignore[arg-type]

    async def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        *,
        tools: Sequence[ToolSpec] = (),
        output: Output | None = None,
        sampling: Sampling = _DEFAULT,
        timeout: float | None = None,
    ) -> AsyncIterator[Delta]:
        """Answer piece by piece: see `ChatModel.stream`. Raises what `complete` raises."""
        asked = as_asked(messages, tools, output, sampling)
        steps = self._script.take(asked)
        async with aclosing(self._played(steps, self._next(steps), timeout)) as played:
            async for step in played:
                if isinstance(step, str):
                    yield Delta(step)
                else:
                    yield Delta(completion=counted(step, asked, self.name))

    async def _played(
        self, steps: Steps, step: str | Wait | Completion, timeout: float | None
    ) -> AsyncGenerator[str | Completion]:
        """Play on from a step, and wait where the script does."""
        end = None if timeout is None else asyncio.get_running_loop().time() + timeout
        while True:
            result = None
            if not isinstance(step, Wait):
                yield step
                if isinstance(step, Completion):
                    return
            else:
                try:
                    async with asyncio.timeout_at(end) as limit:
                        result = await (step.awaitable or asyncio.sleep(step.seconds))
                except TimeoutError as error:
                    if not limit.expired():
                        raise
                    text = f"model {self.name!r} did not answer within {timeout:g} s"
                    raise ModelError(text, model=self.name) from error
            step = self._next(steps, result)

    def _next(self, steps: Steps, result: Any = None) -> str | Wait | Completion:
        try:
            return steps.send(result)
        except ScriptError as error:
            self._script.fail(str(error))
            error.model = self.name
            raise

    # --- what came of it ------------------------------------------------------------------------

    @property
    def calls(self) -> tuple[Asked, ...]:
        """What was asked, in order; also of copies in other processes."""
        return self._script.calls()

    @property
    def left(self) -> int:
        """How many items have not been asked for."""
        return self._script.left()

    def check(self) -> None:
        """See that all went as the script has it.

        Raises:
            ScriptError: items are left, or there were calls that it has not.
        """
        __tracebackhide__ = True
        self.checked = True
        self._script.check()

    def __enter__(self) -> ScriptedModel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.checked = True
        if error is None:
            self.check()
