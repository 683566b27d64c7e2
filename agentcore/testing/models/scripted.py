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
from agentcore.protocol.model_api import Completion, Delta, Output, Sampling, ToolSpec
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
    """Give a list to which each `ScriptedModel` is added that is made within ``with``.

    It holds for all threads of the process.
    """
    global _watched
    before, _watched = _watched, []
    try:
        yield _watched
    finally:
        _watched = before


class ScriptedModel:
    """A model whose answers stand in a script, for tests: ``ScriptedModel("hi", "bye")``.

    Each call uses the next item of the script. An item is one of: a text; a `Completion`; a
    `ToolCall` or a list of them; a mapping, a list, or an attrs, dataclass or pydantic value, which
    is answered as JSON; an exception, which is raised; `Streamed`, `Delayed` or `Expect`; or a
    function of ``(messages, tools, output)``, plain or ``async def``, that returns any of these.

    A call that finds no item raises a `ScriptError`. `check` raises one if an item was not used, a
    call found no item, or an expectation did not hold, whether or not the agent caught that error.
    ``with`` checks at its end. Under pytest, each test checks all models that were made in it,
    except those that it has checked itself.

    Copies share the script: a copy that was pickled, for example to a host of Ray, uses the same
    items, and `check` and `calls` include it, as long as all processes are on one machine. A model
    that an agent makes for itself in another process is not checked here.

    Args:
        script: the items.
        then: the answer to all calls after the last item; by default such a call is an error.
        name: the model's name.
        alternates, names_in_text: see `ChatModel`.

    Raises:
        TypeError: an item is no answer of a model.
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
        """Make a model with a script for each key, for agents that ask in no certain order.

        Args:
            key: gives the key of a call, for example from the system message.
            scripts: a list of items for each key.
            then: as for the class, for each key.
            options: further arguments of the class.
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
        """Answer a call: see `ChatModel.complete`.

        Returns:
            The completion; or a coroutine for it, if the item takes time.

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
        """Give the pieces and the completion, from ``step`` on, and wait where the script says so.

        Raises:
            ModelError: ``timeout`` seconds are over.
        """
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
        """All calls in order, those of copies in other processes included."""
        return self._script.calls()

    @property
    def left(self) -> int:
        """The number of items that were not used."""
        return self._script.left()

    def check(self) -> None:
        """Check that each item was used, and that no call failed.

        Raises:
            ScriptError: items are left, or a call found no item or another question was expected.
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
