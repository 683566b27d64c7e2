"""The version of this distribution, where every package can read it."""

from typing import Final

__all__ = ["VERSION"]

VERSION: Final = "0.1.0"  # the same as in pyproject.toml
