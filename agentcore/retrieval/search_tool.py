"""`search_library`: a library as a tool that a model calls."""

from __future__ import annotations

import inspect
from typing import Any, Final

import attrs

from agentcore.agents.message_owner import owner_of
from agentcore.agents.quoted_passages import quoted_passages
from agentcore.protocol.retriever import Retriever
from agentcore.runtime.turns.turn import current_turn
from agentcore.tools.tool import Tool

__all__ = ["search_library"]

_DESCRIPTION: Final = (
    "Search the documents. Returns the passages that fit best, quoted, each with its source."
)
_PARAMETERS: Final = {
    "type": "object",
    "properties": {"query": {"type": "string", "description": "what to search for, in words"}},
    "required": ["query"],
    "additionalProperties": False,
}


def search_library(
    library: Retriever,
    *,
    limit: int = 4,
    characters: int = 4_000,
    owner: str | None = None,
    name: str = "search_library",
    description: str = _DESCRIPTION,
) -> Tool:
    """Return a tool that searches a library: ``tools=[search_library(library)]``.

    Args:
        library: a `Library`.
        limit: how many passages a call returns, at the most.
        characters: how many characters of passages, at the most.
        owner: whose documents it finds beside those of everybody. By default the owner that the
            ``metadata["owner"]`` of the message names which the agent is answering.
        name: the tool's name.
        description: what the model is told of it: say what the documents are about.

    Raises:
        TypeError: it is no library.
        ToolError: the name is not valid.
    """
    if not isinstance(library, Retriever):
        raise TypeError(f"search_library takes a Library, not {library!r:.200}")
    return Tool(name, description, _PARAMETERS, _Search(library, limit, characters, owner))


@attrs.frozen
class _Search:
    """The function of the tool; it pickles as the library does."""

    library: Retriever
    limit: int
    characters: int
    owner: str | None

    def __call__(self, query: str) -> Any:
        owner = _owner_now() if self.owner is None else self.owner
        found = self.library.search(query, limit=self.limit, owner=owner or None)
        return self._later(found) if inspect.isawaitable(found) else self._told(found)

    async def _later(self, found: Any) -> str:
        return self._told(await found)

    def _told(self, found: Any) -> str:
        if not found:
            return "No passage was found."
        return quoted_passages(list(found)[: self.limit], self.characters)


def _owner_now() -> str:
    """Return the owner of the message that is being answered; empty if it has none."""
    history: Any = getattr(current_turn(), "history", None)
    return "" if history is None else owner_of(history)
