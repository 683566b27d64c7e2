"""Serve agents over MCP: ``python -m agentcore.mcp package.module:function [--http PORT]``."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from agentcore.base.errors import ConfigError
from agentcore.base.named_objects import named_object
from agentcore.mcp.server import serve
from agentcore.runtime.connecting import connect
from agentcore.runtime.system import AgentSystem


def main(arguments: Sequence[str] | None = None) -> None:
    """Spawn the agents that a function spawns, and serve them."""
    parser = argparse.ArgumentParser(
        prog="python -m agentcore.mcp", description="Serve agents as tools of an MCP server."
    )
    parser.add_argument("function", help="takes a system and spawns agents, package.module:name")
    parser.add_argument("--http", type=int, metavar="PORT", help="serve streamable HTTP; 0: any")
    parser.add_argument("--host", default="127.0.0.1", help="where --http listens")
    parser.add_argument("--backend", help="thread or ray; by default, configuration decides")
    parser.add_argument("--name", default="agentcore", help="the server's name, for its clients")
    given = parser.parse_args(arguments)
    http = given.http is not None
    with contextlib.ExitStack() as stack:
        with contextlib.nullcontext() if http else _printed_as_errors():
            spawn = _function(given.function, parser.error)
            system = stack.enter_context(connect(given.backend))
            spawn(system)
        serve(
            system,
            "http" if http else "stdio",
            host=given.host,
            port=given.http or 0,
            name=given.name,
            ready=lambda url: print(f"serving {url}", file=sys.stderr, flush=True),
        )


@contextlib.contextmanager
def _printed_as_errors() -> Iterator[None]:
    """Keep what is printed, by whatever library, from the pipe that the client reads."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _function(path: str, fail: Callable[[str], Any]) -> Callable[[AgentSystem], Any]:
    try:
        found = named_object(path)
    except ConfigError as error:
        fail(str(error))
    if not callable(found):
        fail(f"{path!r} is no function")
    return found  # type: ignore[no-any-return]


if __name__ == "__main__":
    main()
