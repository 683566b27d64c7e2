"""Two places of one system in one process: what goes from one to the other is pickled."""

from __future__ import annotations

import pickle
from typing import Any

from agentcore import (
    AgentDiedError,
    AgentRef,
)
from agentcore.backend import CoreSettings, Runtime
from agentcore_thread import ThreadBackend, ThreadSettings


class Paired(ThreadBackend):
    """One of two places; what goes to the other is pickled, and arrives in order."""

    def __init__(self, place: str, places: dict[str, Paired], **settings: Any) -> None:
        super().__init__(ThreadSettings(), CoreSettings(**settings))
        self.places = places
        self.carried: list[Any] = []
        super().start(Runtime(self, self._core, "paired", place, strict=True))
        places[place] = self

    def start(self, runtime: Runtime | None = None) -> Runtime:
        return self.runtime

    def carry(self, place: str, item: Any) -> None:
        self.carried.append(item)
        other = self.places.get(place)
        if other is None:
            raise AgentDiedError(f"{place} is gone")
        other.runtime.receive(pickle.loads(pickle.dumps(item)))

    def find(self, name: str) -> AgentRef | None:
        refs = (each.runtime.ref_here(name) for each in self.places.values())
        return next((ref for ref in refs if ref is not None), None)

    def refs(self) -> list[AgentRef]:
        return [ref for each in self.places.values() for ref in each.runtime.refs_here()]
