"""One request and its answer; after a refusal, the request once more in another dialect.

A server that refuses a request mostly says what it does not know. If that can be said otherwise, it
is asked again, and the dialect is remembered for it once it has answered.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import attrs

from agentcore.base import logger
from agentcore.base.extras import import_extra
from agentcore.models.openai.answer import AnswerBody
from agentcore.models.openai.assembly import ServerFailure
from agentcore.models.openai.client import Access, client_for, limits
from agentcore.models.openai.dialects import Dialect
from agentcore.models.openai.errors import Failures, words_of_error
from agentcore.models.openai.learned import as_learned, learn
from agentcore.models.openai.refusals import changes_for, may_be_refusal
from agentcore.models.openai.too_long import is_too_long

__all__ = ["Exchange", "Reading"]

_MOST_ATTEMPTS: Final = 6
_DRAIN_SECONDS: Final = 0.1


@attrs.define
class Reading:
    """An answer that is being read.

    Attributes:
        answer: what came so far.
        is_over: whether all of it was read.
        texts: the texts that were read and not given to anybody yet.
    """

    response: Any
    _pieces: AsyncIterator[bytes]
    answer: AnswerBody = attrs.field(factory=AnswerBody)
    is_over: bool = False
    texts: list[str] = attrs.field(factory=list)

    async def read_on(self) -> None:
        """Read the next piece of the body.

        Raises:
            ServerFailure: it says that the server failed.
            ValueError: it is no part of an answer.
        """
        piece = await anext(self._pieces, None)
        if piece is None:
            self.is_over = True
            self.texts += self.answer.end()
            return
        self.texts += self.answer.add(piece)
        if self.answer.is_done:
            self.is_over = True
            # Only a body that was read to its end leaves the connection for the next request.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_DRAIN_SECONDS):
                    async for _ in self._pieces:
                        pass

    async def close(self) -> None:
        """Close the response."""
        await self.response.aclose()


@attrs.frozen
class Exchange:
    """One request to a model.

    Attributes:
        model: the name of the model.
        access: how to reach the server.
        failures: makes the errors of this request.
        body: makes the body of the request in a dialect.
        dialect: gives the dialect of a server by its address, if nothing is learned of it.
        attempt_seconds: the time-out of an attempt; ``None`` for the SDK's default.
    """

    model: str
    access: Access
    failures: Failures
    body: Callable[[Dialect], dict[str, Any]]
    dialect: Callable[[str], Dialect]
    attempt_seconds: float | None

    async def begin(self) -> Reading:
        """Ask, and read the answer up to its first text.

        Raises:
            OpenAIError: of the SDK, the server's first refusal if asking otherwise did not help.
            ServerFailure: the same within an answer.
        """
        openai = import_extra("openai", "openai", "OpenAIModel")
        client = await client_for(self.access)
        url = str(client.base_url)
        dialect = as_learned(self.dialect(url), url, self.model)
        tried, changes, first = [dialect], dict[str, Any](), None
        while True:
            try:
                reading = await self._attempt(client, self.body(dialect))
            except (openai.APIError, ServerFailure) as error:
                change = self._change_after(error, dialect, tried)
                if change is None and first is not None and _is_about_form(error):
                    raise first  # noqa: B904 - its own cause is the true one
                if change is None:
                    raise
                first = first or error
                changes |= change
                dialect = attrs.evolve(dialect, **change)
                tried.append(dialect)
            else:
                if changes:
                    learn(url, self.model, changes)
                    logger.info("{} is asked with {} from now on", self.failures.where, changes)
                return reading

    def _change_after(
        self, error: Exception, dialect: Dialect, tried: list[Dialect]
    ) -> Mapping[str, Any] | None:
        """Return what to change after a refusal: what its words ask for and alters the request."""
        if not _is_about_form(error) or len(tried) >= _MOST_ATTEMPTS:
            return None
        status, words = words_of_error(error)
        body = self.body(dialect)
        for change in changes_for(status, " ".join([words.text, *sorted(words.codes)])):
            changed = attrs.evolve(dialect, **change)
            if changed not in tried and self.body(changed) != body:
                return change
        return None

    async def _attempt(self, client: Any, body: dict[str, Any]) -> Reading:
        options: dict[str, Any] = {"stream": True} if body.get("stream") else {}
        if self.attempt_seconds is not None:
            options["timeout"] = limits(self.attempt_seconds)
        # The SDK sends `extra_body` as it is, also what it does not know.
        raw = await client.chat.completions.with_raw_response.create(
            model=self.model, messages=[], extra_body=body, **options
        )
        response = raw.http_response
        reading = Reading(response, aiter(response.aiter_bytes()))
        try:
            while not reading.is_over and not reading.texts:
                await reading.read_on()
        except BaseException:
            await reading.close()
            raise
        return reading


def _is_about_form(error: Exception) -> bool:
    status, words = words_of_error(error)
    return may_be_refusal(status) and not is_too_long(status, words.codes, words.text)
