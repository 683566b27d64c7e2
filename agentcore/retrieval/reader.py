"""`LibraryReader`: answers questions from a library, with a model and without an agent."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Final

import attrs
from attrs.validators import ge, instance_of

from agentcore.agents.model_lookup import Metered, steady
from agentcore.agents.quoted_passages import quoted_passages
from agentcore.agents.structured_output import ask_model
from agentcore.base import logger
from agentcore.base.errors import ModelError, OutputError
from agentcore.base.steps import run_async
from agentcore.models.calls import completing, model_name, streaming
from agentcore.protocol.model_api import Delta, Sampling
from agentcore.protocol.retriever import Retriever
from agentcore.protocol.usage import NO_USAGE, Usage
from agentcore.retrieval.library_answer import LibraryAnswer
from agentcore.retrieval.passage import Passage
from agentcore.retrieval.prompts import ANSWER, CHECK, NOT_FOUND, asked_about, rewriting

__all__ = ["Evidence", "LibraryReader"]

# Called with a step's kind, what was done, and what came of it.
OnStep = Callable[[str, str, str], object]
_QUESTION_TOKENS: Final = 120  # for a question that is written again
_ENOUGH: Final = 0.7  # of the words of a quote: a passage that has these is where it is from
_LONGEST_QUESTION: Final = 500  # characters; a model that writes more has written no question


@attrs.frozen
class _Saying:
    """Where passages say the answer to a question.

    Attributes:
        quote: the words of a passage that say the answer; empty if none does.
        passages: the numbers of the passages that are needed for the answer.
    """

    quote: str
    passages: list[int]


@attrs.frozen
class Evidence:
    """What was found on a question, before it is answered.

    Attributes:
        question: the question, self-contained.
        passages: what the search gave, the best first.
        cited: those of them that say the answer; none if the documents do not have it.
        usage: the tokens that it took to find out.
    """

    question: str
    passages: tuple[Passage, ...]
    cited: tuple[Passage, ...]
    usage: Usage = NO_USAGE

    @property
    def found(self) -> bool:
        """Whether the documents have the answer."""
        return bool(self.cited)


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
    limit: int = attrs.field(default=4, kw_only=True, validator=[instance_of(int), ge(1)])
    characters: int = attrs.field(default=6_000, kw_only=True, validator=[instance_of(int), ge(1)])

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
            completion = await self._model().complete(self._asking(evidence))
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
            return Evidence(asked, (), (), usage)
        cited, spent = await self._cited(asked, passages)
        _tell(on_step, "review", "Do the passages say the answer?", _numbers(cited, passages))
        return Evidence(asked, passages, cited, usage + spent)

    async def search(self, query: str, owner: str = "") -> tuple[Passage, ...]:
        """Return the passages that fit, of everybody and of an owner, the best first."""
        found: Any = await asyncio.to_thread(
            self.library.search, query, limit=self.limit, owner=owner or None
        )
        if inspect.isawaitable(found):
            found = await found
        return tuple(found)

    async def stream(self, evidence: Evidence) -> AsyncIterator[Delta]:
        """Yield the answer piece by piece; the last piece has the whole completion.

        Raises:
            ModelError: the model could not be asked, or did not come to an end.
        """
        messages, sampling = self._asking(evidence), steady(self.model)
        if not callable(getattr(self.model, "stream", None)):
            whole = await run_async(completing(self.model, messages, sampling=sampling))
            yield Delta(whole.text, whole)
            return
        ended = False
        async with aclosing(_awaited(streaming(self.model, messages, sampling=sampling))) as source:
            async for delta in source:
                ended = delta.completion is not None
                yield delta
        if not ended:
            name = model_name(self.model)
            raise ModelError(f"the stream of model {name} ended before its answer", model=name)

    def _asking(self, evidence: Evidence) -> list[dict[str, Any]]:
        quoted = quoted_passages(evidence.cited, self.characters)
        return asked_about(quoted, evidence.question, ANSWER)

    async def _self_contained(
        self, question: str, history: Sequence[Mapping[str, Any]]
    ) -> tuple[str, Usage]:
        if not history:
            return question, NO_USAGE
        limit = Sampling(max_tokens=_QUESTION_TOKENS)
        completion = await self._model().complete(rewriting(question, history), sampling=limit)
        first = completion.text.strip().partition("\n")[0]
        written = re.sub(r"^(?:new )?question\s*:\s*", "", first, flags=re.IGNORECASE).strip(
            "\"'` "
        )
        if not written or len(written) > max(_LONGEST_QUESTION, 2 * len(question)):
            return question, completion.usage
        return written, completion.usage

    async def _cited(
        self, question: str, passages: tuple[Passage, ...]
    ) -> tuple[tuple[Passage, ...], Usage]:
        """Return the passages that say the answer, as the model names them."""
        spent = [NO_USAGE]
        asked = asked_about(quoted_passages(passages, self.characters), question, CHECK)
        model: Any = self._model()
        try:
            saying = await run_async(ask_model(model, asked, _Saying, note=spent.append))
        except OutputError as error:
            logger.warning("whether passages say the answer is not known: {}", error)
            return (), sum(spent, NO_USAGE)
        return _passages_of(saying, passages), sum(spent, NO_USAGE)

    def _model(self) -> Metered:
        return Metered(self.model, sampling=steady(self.model))


async def _awaited(source: AsyncIterator[Delta] | Iterator[Delta]) -> AsyncGenerator[Delta]:
    """Yield the pieces of a stream that is async, or is not."""
    if isinstance(source, AsyncIterator):
        async for delta in source:
            yield delta
    else:
        for delta in source:
            yield delta


def _passages_of(saying: _Saying, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Return the passages that say the answer; none, if no passage has the words of the quote.

    Small models name a wrong number, and make words up: it counts where the words are.
    """
    words = _words(saying.quote)
    quoted = [each for each in passages if words and _share(words, each.text) >= _ENOUGH]
    if not quoted:
        return ()
    named = [passages[n - 1] for n in saying.passages if 0 < n <= len(passages)]
    return tuple(each for each in passages if each in named or each is quoted[0])


def _share(words: Sequence[str], text: str) -> float:
    known = frozenset(_words(text))
    return sum(word in known for word in words) / len(words)


def _words(text: str) -> list[str]:
    """Return the words of a text; of Chinese and Japanese, which have no blanks, the characters."""
    return re.findall(r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+", text.casefold())


def _numbers(cited: Sequence[Passage], passages: Sequence[Passage]) -> str:
    numbers = [f"[{passages.index(each) + 1}]" for each in cited]
    return f"yes: {' '.join(numbers)}" if numbers else "no"


def _tell(on_step: OnStep | None, kind: str, text: str, output: str) -> None:
    if on_step is not None:
        on_step(kind, text, output)
