"""The console script ``agentcore``, and ``python -m agentcore.cli``."""

from __future__ import annotations

import sys

from agentcore.base.errors import ExtraMissingError
from agentcore.base.extras import require_extra

__all__ = ["main"]


def main() -> None:
    """Run the command that the arguments name. Without the extra, say which one to install."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal may not know a letter of the data
    try:
        for package in ("typer", "rich"):
            require_extra(package, "data", "The command agentcore")
    except ExtraMissingError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    from agentcore.cli.app import app

    app(prog_name="agentcore")


if __name__ == "__main__":
    main()
