"""A warning for calls that block an event loop, and so everything else that runs on it."""

from __future__ import annotations

import asyncio
import sys
import threading
import warnings
from types import FrameType
from typing import Final

__all__ = ["warn_if_loop_is_blocked"]

# What to write in place of a method, by its name.
ASYNC_FORMS: Final = {
    "initiate_chat": "await agent.a_initiate_chat(...)",
    "initiate_chats": "await agent.a_initiate_chats(...)",
    "send": "await agent.a_send(...)",
    "ask_all": "await agent.a_ask_all(...)",
    "call": "await ref.a_call(...)",
    "result": "await chat",
    "__next__": "async for text, metadata in agent.get_agent_stream_messages(...)",
}
ANY_FORM: Final = "the method of the same name that begins with a_, and await it"


def warn_if_loop_is_blocked() -> None:
    """Warn with a ``RuntimeWarning`` if the calling thread runs an event loop.

    It is no error, since the conversation goes on elsewhere, and the answer comes. In a notebook
    there is no warning: its cells always run on an event loop, which has nothing else to do.
    """
    if asyncio._get_running_loop() is None or _is_in_notebook():
        return
    frame: FrameType | None = sys._getframe(1)
    called, level = "", 2
    while frame is not None and _is_ours(frame):
        called = frame.f_code.co_name
        frame, level = frame.f_back, level + 1
    warnings.warn(
        f"{'a stream' if called == '__next__' else called}: this blocks the event loop, and with "
        f"it all that runs on it, until the answer is there; in async def code, write "
        f"{ASYNC_FORMS.get(called, ANY_FORM)}",
        RuntimeWarning,
        stacklevel=level,
    )


def _is_ours(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__", ""))
    return module.startswith("agentcore.") and not module.startswith("agentcore.testing.")


def _is_in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    main = threading.current_thread() is threading.main_thread()
    return shell is not None and shell() is not None and main
