"""What the engine raises, and what is tried again."""

from __future__ import annotations

import pytest

from agentcore.errors import LibraryError
from agentcore.retrieval.engine import engine_errors, retried


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (RuntimeError("IO: No space left on device (os error 28), /x.rs:1"), "the disk is full"),
        (OSError("Permission denied"), "it cannot be written (Permission denied)"),
        (ValueError("bad input, /home/x.rs:12"), "bad input"),
        (RuntimeError(""), "RuntimeError"),
    ],
)
def test_an_error_of_the_engine_is_one_of_the_library(raised: Exception, said: str) -> None:
    """With what was not done, and why, and without lines of its sources."""
    with pytest.raises(LibraryError) as caught, engine_errors("it was not added"):
        raise raised
    assert str(caught.value) == f"it was not added: {said}"
    assert caught.value.__cause__ is raised


def test_a_conflict_is_tried_again_and_nothing_else() -> None:
    """As often as it needs within reason."""
    raised = [RuntimeError("Retryable commit conflict for version 3")] * 2
    assert retried(lambda: _raise_or(raised, "done")) == "done"
    with pytest.raises(ValueError, match="other"):
        retried(lambda: _raise_or([ValueError("other"), ValueError("again")], "done"))


def _raise_or(errors: list[Exception], value: str) -> str:
    if errors:
        raise errors.pop(0)
    return value
