"""The types of what ``connect()`` takes, for editors and type checkers.

The core imports no backend, so the settings of those that belong to this distribution are written
here a second time; a test compares them with the backends' own classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from agentcore.models.settings import ModelSettings
from agentcore.protocol.model_api import ChatModel

__all__ = [
    "CoreOptions",
    "InlineOptions",
    "RayOptions",
    "ShippedOptions",
    "ThreadOptions",
    "WrongOption",
]


class CoreOptions(TypedDict, total=False):
    """The settings that every backend shares: see `CoreSettings`; and `connect`'s ``console``."""

    console: Any
    max_turns: int
    max_depth: int
    stream_keep_seconds: float
    stream_keep_chunks: int
    silent: bool
    models: Mapping[str, ModelSettings | ChatModel | Mapping[str, Any]]


class InlineOptions(CoreOptions, total=False):
    """The options of ``connect("inline")``."""

    seed: int
    strict: bool
    drop: float
    duplicate: float
    delay: float
    crash: float


class ThreadOptions(CoreOptions, total=False):
    """The options of ``connect("thread")``."""

    workers: int
    max_workers: int
    strict: bool


class RayOptions(CoreOptions, total=False):
    """The options of ``connect("ray")``."""

    hosts: int
    address: str | None
    namespace: str
    detached: bool
    workers: int
    max_workers: int


class ShippedOptions(InlineOptions, ThreadOptions, RayOptions, total=False):
    """The options of ``connect()`` where configuration says which of these backends it is."""


class WrongOption:
    """What type checkers see as the result of `connect` with an option that the backend has not.

    It has no attribute, so they report an error where the system is used. It is never made: at run
    time `connect` raises ``ConfigError``. Without it the call would pass, as one of a backend that
    the checker does not know.
    """
