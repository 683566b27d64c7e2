"""`RetrievalAgent`: an agent that answers from a library."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import attrs

from agentcore.agents.agent import ConversableAgent
from agentcore.agents.message_owner import owner_of
from agentcore.agents.model_lookup import charge, model_for
from agentcore.agents.thought import answer_metadata
from agentcore.base.errors import ModelError
from agentcore.base.retrieval_errors import LibraryError
from agentcore.protocol.agent_ref import AgentRef
from agentcore.protocol.message import Message
from agentcore.protocol.message_text import text_of
from agentcore.protocol.retriever import Retriever
from agentcore.protocol.rules import agent_reply
from agentcore.protocol.usage import NO_USAGE, Usage
from agentcore.retrieval.prompts import NOT_FOUND
from agentcore.retrieval.reader import Evidence, LibraryReader

__all__ = ["RetrievalAgent"]


class RetrievalAgent(ConversableAgent):
    """An agent that answers questions from the documents of a library.

    Its reply is a stream, unless ``stream=False``. The reply's metadata has ``contexts``, the texts
    of the passages that the model was shown, ``sources``, the document of each, ``found``, and
    ``question``, as it was searched for. If the documents have no answer, the reply says so, and
    ``found`` is false. See `LibraryReader` for how it answers.

    It finds everybody's documents, and those of the owner that ``metadata["owner"]`` of the message
    or of an earlier one names.

    Args:
        name: unique in its system.
        llm: the model, or the name of one in the configuration.
        library: a `Library`.
        limit: how many passages the model is shown for a question, at the most.
        characters: how many characters of passages it is shown, at the most.
        owner: whose documents it finds beside those of everybody. A message that names another
            owner is then not answered, but raises.
        stream: whether the reply is a stream.
        options: further arguments of `ConversableAgent`.

    Raises:
        TypeError, ValueError: an argument is none of these.
    """

    def __init__(
        self,
        name: str,
        llm: Any = None,
        library: Retriever | None = None,
        *,
        limit: int = 4,
        characters: int = 6_000,
        owner: str = "",
        stream: bool = True,
        **options: Any,
    ) -> None:
        library = options.pop("retrieval", None) if library is None else library
        if not isinstance(library, Retriever):
            raise TypeError(f'library= is a Library, as Library("./library"), not {library!r:.200}')
        options.setdefault("description", "Answers questions from documents.")
        super().__init__(name, llm=llm, **options)
        self.library = library
        self._reader = LibraryReader(None, library, limit=limit, characters=characters)
        self._owner = owner
        self._streams = stream

    @agent_reply()
    async def answer_from_documents(
        self, raw_message: Message, messages: Sequence[Mapping[str, Any]], sender: AgentRef
    ) -> tuple[bool, Message]:
        """Answer a question from the library."""
        if self.llm is None:
            raise ModelError(f"agent {self.name!r} answers with a model: give it llm=")
        reader = attrs.evolve(self._reader, model=model_for(self, self.llm))
        history = [each for each in list(messages)[:-1] if _was_said(each)]
        evidence = await reader.find(
            text_of(raw_message), history=history, owner=self._owner_for(messages)
        )
        metadata = {
            "contexts": [passage.text for passage in evidence.passages],
            "sources": [passage.source for passage in evidence.passages],
            "found": evidence.found,
            "question": evidence.question,
        }
        if self._streams:
            return self.stream_reply(self._pieces(reader, evidence, evidence.usage), **metadata)
        said = [piece async for piece in self._pieces(reader, evidence, NO_USAGE)]
        text = "".join(piece for piece, _ in said)
        return True, Message(text, metadata={**said[-1][1], **metadata})

    def _owner_for(self, messages: Sequence[Mapping[str, Any]]) -> str:
        named = owner_of(messages)
        if self._owner and named not in ("", self._owner):
            raise LibraryError(f"agent {self.name!r} answers for another owner than {named!r}")
        return self._owner or named

    async def _pieces(
        self, reader: LibraryReader, evidence: Evidence, used: Usage
    ) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield the answer piece by piece, and last its metadata.

        Args:
            used: the tokens that the turn took before, where the stream is to count them.
        """
        if not evidence.found:
            yield NOT_FOUND, {}
            return
        async for delta in reader.stream(evidence):
            if delta.text:
                yield delta.text, {}
            if delta.completion is not None:
                charge(delta.completion.usage, self)
                whole = attrs.evolve(delta.completion, usage=used + delta.completion.usage)
                yield "", answer_metadata(whole)


def _was_said(message: Mapping[str, Any]) -> bool:
    """Return whether a message has a text: a stream that nobody read has none."""
    metadata = message.get("metadata") or {}
    return bool(message.get("content")) and message["content"] != metadata.get("stream_id")
