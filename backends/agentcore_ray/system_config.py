"""What every process of a system is told when it starts or joins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from agentcore.backend import CoreSettings
from agentcore_thread import ThreadSettings

__all__ = ["SystemConfig"]


@attrs.frozen
class SystemConfig:
    """The configuration of a system; the directory keeps it for drivers that join.

    Attributes:
        namespace: Ray's namespace of the system's processes.
        hosts: places of the hosts that agents share; the first is the relay of the drivers.
        threads: settings of the thread backend inside each host.
        core: settings of agentcore.
        lifetime: Ray's option for a system that outlives its driver; empty for others.
    """

    namespace: str
    hosts: tuple[str, ...]
    threads: ThreadSettings
    core: CoreSettings
    lifetime: Mapping[str, Any]

    @property
    def system(self) -> str:
        """The id of the system, which refs carry."""
        return f"ray:{self.namespace}"

    @property
    def relay(self) -> str:
        """The host that every driver polls."""
        return self.hosts[0]
