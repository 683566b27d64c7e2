"""What many conformance tests are run with: a plain rule and an ``async def`` rule."""

from __future__ import annotations

import pytest

__all__ = ["DEF_AND_ASYNC_DEF"]

DEF_AND_ASYNC_DEF = pytest.mark.parametrize("later", [False, True], ids=["def", "async def"])
