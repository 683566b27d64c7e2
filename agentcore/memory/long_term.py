"""`Memory`: what agents learn of their users in one chat and know in the next."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, unquote

from agentcore.agents.model_lookup import Metered, model_for, steady
from agentcore.agents.quoted_passages import quoted, within_bound
from agentcore.base.retrieval_errors import FactNotFoundError
from agentcore.memory.fact import Fact
from agentcore.memory.mining import bare, contradicted, mine, said_in
from agentcore.protocol.usage import Usage
from agentcore.retrieval import Library, Passage

__all__ = ["Memory"]

_KIND: Final = {"kind": "memory"}  # in the metadata: a library may have documents beside
_OWNER: Final = "memory of "  # before the owner's name: facts are no documents of the owner's
_COMPARED: Final = 6  # known facts that a model is shown to find out which is no longer true
_LONGEST: Final = 1_000  # characters of a fact that a caller gives


class Memory:
    """What agents learn of their users in one chat and know in the next: ``memory=`` of an agent.

    It is kept in a `Library`, and belongs to owners: what one says is never told to another. Whose
    memory a message is about says its ``metadata["owner"]``, or that of an earlier message of the
    conversation; without any, the conversation's ``session=``; without that, the name of who wrote
    it. It pickles as its place, so that agents in several processes share it.

    Before the agent's model is asked, the facts that fit the last message are put before it as a
    quotation: ``limit`` facts and ``characters`` characters at the most. After it has answered, it
    is asked once more what the message says that is worth remembering, and where that is about the
    same as a known fact, whether it takes its place.

    Args:
        place: a folder or URL for a library of its own, or a `Library`.
        limit: how many facts a model is told, at the most.
        characters: how many characters of facts it is told, at the most.
        learns: whether it learns from chats, at the price of one more completion for each message
            that the model answers; otherwise it has only what `add` and `correct` are given.

    Raises:
        TypeError, ValueError: an argument is none of these.
    """

    def __init__(
        self,
        place: str | os.PathLike[str] | Library,
        *,
        limit: int = 8,
        characters: int = 1_000,
        learns: bool = True,
    ) -> None:
        for name, value in (("limit", limit), ("characters", characters)):
            if type(value) is not int or value < 1:
                raise ValueError(f"{name}= is a whole number, 1 or more, not {value!r}")
        library = Library(place) if isinstance(place, (str, os.PathLike)) else place
        if not isinstance(library, Library):
            raise TypeError(
                f"a memory has the place of a library, or a Library, not {place!r:.100}"
            )
        self._library = library
        self._limit = limit
        self._characters = characters
        self._learns = learns

    def __repr__(self) -> str:
        return f"Memory({self._library!r})"

    # --- by hand ------------------------------------------------------------------------------

    def facts(self, owner: str) -> tuple[Fact, ...]:
        """Return all that is remembered of an owner, what was learned first at first.

        Raises:
            LibraryError: the library cannot be read.
        """
        found = self._library.passages(where=_KIND, owner=_stored(owner))
        return tuple(sorted(_own(found, owner), key=lambda fact: (fact.learned, fact.id)))

    def add(self, text: str, *, owner: str, about: str = "") -> Fact:
        """Remember a fact, which a caller knows.

        Args:
            text: one sentence, of 1,000 characters at the most.
            owner: whose memory it is.
            about: the word or the matter that it is about.

        Raises:
            ValueError: it is no such text, or no owner.
            LibraryError: the library cannot be written.
        """
        return self._write(
            f"{quote(_checked_owner(owner), safe='')}/{uuid.uuid4().hex}", text, about
        )

    def correct(self, id: str, text: str) -> Fact:
        """Set the text of a fact.

        Args:
            id: names the fact.
            text: what is true.

        Raises:
            FactNotFoundError: there is no such fact.
            LibraryError: the library cannot be written.
        """
        return self._write(id, text, self._fact(id).about)

    def forget(self, owner: str, id: str | None = None) -> int:
        """Forget one fact of an owner, or everything that is remembered of the owner.

        Returns:
            how many facts were forgotten.

        Raises:
            FactNotFoundError: the owner has no fact of this id.
            LibraryError: the library cannot be written.
        """
        if id is None:
            facts = self.facts(owner)
        else:
            facts = (self._fact(id),)
            if facts[0].owner != owner:
                raise _no_fact(id)
        for fact in facts:
            self._library.delete(fact.id, owner=_stored(fact.owner))
        return len(facts)

    def search(self, text: str, *, owner: str, limit: int | None = None) -> tuple[Fact, ...]:
        """Return the facts of an owner that fit a text, the best first.

        Args:
            limit: how many, at the most; by default that of the memory.

        Raises:
            LibraryError: the library cannot be searched.
        """
        found = self._library.search(
            text, limit=limit or self._limit, where=_KIND, owner=_stored(owner)
        )
        return _own(found, owner)

    # --- in chats -----------------------------------------------------------------------------

    async def recall(self, text: str, *, owner: str) -> str:
        """Return the facts of an owner that fit a text, quoted, within the bounds of the memory.

        Raises:
            LibraryError: the library cannot be searched.
        """
        facts = await asyncio.to_thread(self.search, text, owner=owner)
        if not facts:
            return ""
        lines = within_bound([f"- {fact.text}" for fact in facts], self._characters)
        return "Known from earlier chats:\n" + quoted("memory", "\n".join(lines))

    async def learn(
        self, text: str | Iterable[Mapping[str, Any]], *, owner: str, model: Any
    ) -> tuple[Fact, ...]:
        """Let a model find out what a text says that is worth remembering, and remember it.

        Args:
            text: what the owner said; or the messages of a chat, of which those with the role
                ``assistant`` are left out.
            owner: whose memory it is.
            model: a model, or the name of one in the configuration.

        Returns:
            the facts that are new or were changed; none if the memory does not learn.

        Raises:
            OutputError: the model gave no answer of the form that was asked for, twice.
            ModelError: the model could not be asked.
            LibraryError: the library cannot be read or written.
        """
        if not self._learns:
            return ()
        said = text if isinstance(text, str) else said_in(text)
        if not said.strip():
            return ()
        asked = _metered(model)
        learned = [
            await self._learn(fact, owner, asked) for fact in await mine(said, asked, _forget_usage)
        ]
        return tuple(fact for fact in learned if fact is not None)

    async def _learn(self, text: str, owner: str, model: Any) -> Fact | None:
        """Remember a fact, in the place of the one that it contradicts; ``None`` if it is known."""
        known = await asyncio.to_thread(self.search, text, owner=owner, limit=_COMPARED)
        if any(bare(fact.text) == bare(text) for fact in known):
            return None
        old = await contradicted(text, known, model, _forget_usage)
        if old is None:
            return await asyncio.to_thread(self.add, text, owner=owner)
        return await asyncio.to_thread(self._write, old.id, text, old.about)

    # --- in the library -----------------------------------------------------------------------

    def _write(self, id: str, text: Any, about: str) -> Fact:
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
            raise ValueError(f"a fact is a text of 1 to {_LONGEST} characters, not {text!r:.100}")
        owner = unquote(id.partition("/")[0])
        fact = Fact(
            id, text.strip(), about, owner, datetime.now(UTC).isoformat(timespec="microseconds")
        )
        # With its text: of a library with short passages, one passage may have a part of it only.
        metadata = {**_KIND, "fact": fact.text, "about": fact.about, "learned": fact.learned}
        self._library.add_text(fact.text, source=id, metadata=metadata, owner=_stored(owner))
        return fact

    def _fact(self, id: Any) -> Fact:
        owner = unquote(id.partition("/")[0]) if isinstance(id, str) else ""
        for fact in self.facts(owner) if owner else ():
            if fact.id == id:
                return fact
        raise _no_fact(id)


def _own(passages: tuple[Passage, ...], owner: str) -> tuple[Fact, ...]:
    """Return the facts among passages that are the owner's own."""
    facts: dict[str, Fact] = {}
    for each in passages:
        if each.owner == _stored(owner):
            text, about, learned = (each.metadata[key] for key in ("fact", "about", "learned"))
            facts.setdefault(each.source, Fact(each.source, text, about, owner, learned))
    return tuple(facts.values())


def _stored(owner: str) -> str:
    return _OWNER + _checked_owner(owner)


def _checked_owner(owner: Any) -> str:
    if not isinstance(owner, str) or not owner:
        raise ValueError(f"an owner is a name, not {owner!r:.100}: everybody has no memory")
    return owner


def _no_fact(id: Any) -> FactNotFoundError:
    return FactNotFoundError(f"there is no fact {id!r:.100}: facts(owner) lists those of an owner")


def _metered(model: Any) -> Any:
    if isinstance(model, Metered):  # an agent's, which counts what it uses
        return model
    found = model_for(None, model)
    return Metered(found, sampling=steady(found))


def _forget_usage(usage: Usage) -> None:
    """Ignore the usage: the model that is given counts it."""
