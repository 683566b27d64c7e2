"""`LibraryReader`: answers questions from a library, with a model and without an agent."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from agentcore.agents.model_lookup import Metered
from agentcore.agents.quoted_passages import quoted_passages
from agentcore.agents.structured_output import ask_model
from agentcore.base import logger
from agentcore.base.errors import ModelError, OutputError
from agentcore.base.steps import run_async
from agentcore.models.calls import model_name, streaming
from agentcore.protocol.model_api import NO_SAMPLING, Completion, Delta, Sampling
from agentcore.protocol.retriever import Retriever
from agentcore.protocol.usage import NO_USAGE, Usage
from agentcore.retrieval.library_answer import LibraryAnswer
from agentcore.retrieval.passage import Passage
from agentcore.retrieval.prompts import ANSWER, CHECK, NOT_FOUND, asked_about, rewriting

__all__ = ["Evidence", "LibraryReader"]

# Called with a step's kind, what was done, and what came of it.
OnStep = Callable[[str, str, str], object]
_QUESTION_TOKENS: Final = 120  # for a question that is written again
_LONGEST_QUESTION: Final = 500  # characters; a model that writes more has written no question


@attrs.frozen
class _Saying:
    """Where a passage says the answer to a question.

    Attributes:
        quote: the words of a passage that say the answer; empty if none does.
        passage: the number of the passage; 0 if none does.
    """

    quote: str
    passage: int


@attrs.frozen
class Evidence:
    """What was found on a question, before it is answered.

    Attributes:
        question: the question, self-contained.
        passages: what the search gave, the best first.
        found: whether one of them says the answer.
        usage: the tokens that it took to find out.
    """

    question: str
    passages: tuple[Passage, ...]
    found: bool
    usage: Usage = NO_USAGE


@attrs.frozen
class LibraryReader:
    """Answers questions from a library, with a model.

    A follow-up question is made self-contained with the chat's history. The model then says, in a
    constrained form, whether the passages that the search gives say the answer. Only then does it
    answer, from them alone.

    Attributes:
        model: the model.
        library: a `Library`, or any `Retriever`.
        limit: how many passages the model is shown, at the most.
        characters: how many characters of passages it is shown, at the most.
    """

    model: Any
    library: Retriever
    limit: int = attrs.field(default=4, kw_only=True, validator=attrs.validators.ge(1))
    characters: int = attrs.field(default=6_000, kw_only=True, validator=attrs.validators.ge(200))

    async def answer(
        self,
        question: str,
        *,
        history: Sequence[Mapping[str, Any]] = (),
        owner: str = "",
        on_step: OnStep | None = None,
    ) -> LibraryAnswer:
        """Answer a question.

        Args:
            question: the question.
            history: earlier messages with ``role`` and ``content``, for what "and in May?" means.
            owner: whose documents are searched beside those of everybody.
            on_step: called with each step when it is done: its kind (``search``, ``review``,
                ``answer``), what was done, and what came of it.

        Returns:
            the answer; if the documents have none, ``found`` is false, and the text says so.

        Raises:
            LibraryError: the library cannot be searched.
            ModelError: the model could not be asked.
        """
        evidence = await self.find(question, history=history, owner=owner, on_step=on_step)
        usage = evidence.usage
        text = NOT_FOUND
        if evidence.found:
            completion = await Metered(self.model).complete(
                self._asking(evidence), sampling=self._sampling()
            )
            usage += completion.usage
            text = completion.text.strip()
        _tell(on_step, "answer", evidence.question, text)
        return LibraryAnswer(text, evidence.passages, evidence.found, evidence.question, usage)

    async def find(
        self,
        question: str,
        *,
        history: Sequence[Mapping[str, Any]] = (),
        owner: str = "",
        on_step: OnStep | None = None,
    ) -> Evidence:
        """Search, and let the model say whether what was found says the answer; see `answer`."""
        asked, usage = await self._self_contained(question, history)
        passages = await self.search(asked, owner)
        sources = dict.fromkeys(passage.source for passage in passages)
        _tell(on_step, "search", asked, ", ".join(sources) or "nothing was found")
        if not passages:
            return Evidence(asked, (), False, usage)
        quote, spent = await self._quote(asked, passages)
        _tell(on_step, "review", "Do the passages say the answer?", quote or "they do not")
        return Evidence(asked, passages, bool(quote), usage + spent)

    async def search(self, query: str, owner: str = "") -> tuple[Passage, ...]:
        """Return the passages that fit, of everybody and of an owner, the best first."""
        found: Any = await asyncio.to_thread(
            self.library.search, query, limit=self.limit, owner=owner or None
        )
        if inspect.isawaitable(found):
            found = await found
        return tuple(found)

    async def stream(self, evidence: Evidence) -> AsyncIterator[Delta]:
        """Yield the answer piece by piece; the last piece has the whole completion."""
        messages = self._asking(evidence)
        if not callable(getattr(self.model, "stream", None)):
            whole: Completion = await Metered(self.model).complete(
                messages, sampling=self._sampling()
            )
            yield Delta(whole.text, whole)
            return
        source: Any = streaming(self.model, messages, sampling=self._sampling())
        ended = False
        try:
            if hasattr(source, "__anext__"):
                async for delta in source:
                    ended = delta.completion is not None
                    yield delta
            else:
                for delta in source:
                    ended = delta.completion is not None
                    yield delta
        finally:
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()
        if not ended:
            name = model_name(self.model)
            raise ModelError(f"the stream of model {name} ended before its answer", model=name)

    def _asking(self, evidence: Evidence) -> list[dict[str, Any]]:
        quoted = quoted_passages(evidence.passages, self.characters)
        return asked_about(quoted, evidence.question, ANSWER)

    def _sampling(self) -> Sampling:
        # Servers have their own settings, which some of them let nobody change.
        return Sampling(temperature=0) if getattr(self.model, "hosted", False) else NO_SAMPLING

    async def _self_contained(
        self, question: str, history: Sequence[Mapping[str, Any]]
    ) -> tuple[str, Usage]:
        if not history:
            return question, NO_USAGE
        sampling = attrs.evolve(self._sampling(), max_tokens=_QUESTION_TOKENS)
        asked = rewriting(question, history)
        completion = await Metered(self.model).complete(asked, sampling=sampling)
        lines = completion.text.strip().splitlines()
        written = re.sub(r"^(?:question|q)\s*:\s*", "", lines[0].strip(), flags=re.I) if lines else ""
        written = written.strip("\"'` ")
        if not written or len(written) > max(_LONGEST_QUESTION, 2 * len(question)):
            return question, completion.usage
        return written, completion.usage

    async def _quote(self, question: str, passages: Sequence[Passage]) -> tuple[str, Usage]:
        """Return the words that say the answer, as the model names them; empty if none do."""
        spent = [NO_USAGE]
        quoted = quoted_passages(passages, self.characters)
        asked = asked_about(quoted, question, CHECK)
        model = _Still(self.model, self._sampling())
        try:
            saying = await run_async(ask_model(model, asked, _Saying, note=spent.append))
        except OutputError as error:
            logger.warning("whether passages say the answer is not known: {}", error)
            return "", sum(spent, NO_USAGE)
        usage = sum(spent, NO_USAGE)
        if not saying.quote.strip() or not 0 < saying.passage <= len(passages):
            return "", usage
        return saying.quote.strip(), usage


@attrs.frozen
class _Still:
    """A model that is asked with settings of its own, and counted as the turn's."""

    model: Any
    sampling: Sampling

    @property
    def name(self) -> str:
        return model_name(self.model)

    async def complete(self, messages: Any, **options: Any) -> Completion:
        return await Metered(self.model).complete(messages, sampling=self.sampling, **options)


def _tell(on_step: OnStep | None, kind: str, text: str, output: str) -> None:
    if on_step is not None:
        on_step(kind, text, output)
