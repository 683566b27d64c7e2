"""`AnalysisRegistry`: the agent by whose name an analysis is found."""

from __future__ import annotations

from typing import Any

from agentcore.agents.agent import ConversableAgent
from agentcore.data.analysis.settings import Settings
from agentcore.data.analysis.source import Source

__all__ = ["AnalysisRegistry"]


class AnalysisRegistry(ConversableAgent):
    """Keeps what the sessions of an analysis share: its settings, and the files that were added.

    Whoever knows its name finds the analysis, from any process. It answers no questions: that is
    what the sessions are for, each an `AnalysisAgent`.
    """

    def __init__(self, name: str, settings: Settings, placement: dict[str, Any] | None) -> None:
        super().__init__(name, description="Keeps the files of an analysis.")
        self._settings = settings
        self._placement = placement
        self._sources: list[Source] = []

    def settings(self) -> tuple[Settings, dict[str, Any] | None]:
        """Return how sessions work, and where they live."""
        return self._settings, self._placement

    def add_source(self, source: Source) -> None:
        """Keep files that were added. Those of the same names are read as said last."""
        self._sources = [each for each in self._sources if not _same_files(each, source)]
        self._sources.append(source)

    def sources(self, session: str, owner: str) -> tuple[Source, ...]:
        """Return the files that a session has."""
        return tuple(source for source in self._sources if source.is_for(session, owner))

    def forget_session(self, session: str, owner: str) -> None:
        """Forget the files that were added to one session only."""
        self._sources = [
            source for source in self._sources if (source.session, source.owner) != (session, owner)
        ]


def _same_files(one: Source, other: Source) -> bool:
    return (one.paths, one.session, one.owner) == (other.paths, other.session, other.owner)
