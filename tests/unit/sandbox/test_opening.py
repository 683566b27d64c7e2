"""Which sandbox `open_sandbox` gives."""

from __future__ import annotations

import pickle

import pytest

from agentcore.errors import SandboxMissingError
from agentcore.sandbox import Limits, open_sandbox, opening


def test_without_a_sandbox_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """And why each kind cannot be used; nothing is run in this process's rights instead."""
    monkeypatch.setattr(opening, "why_not", lambda kind: f"no {kind} here")
    with pytest.raises(SandboxMissingError) as caught:
        open_sandbox()
    for words in ("no sandlock here", "no bubblewrap here", "agentcore-actors[sandbox]", "apt-get"):
        assert words in str(caught.value)


def test_the_first_kind_that_works_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sandlock before bubblewrap."""
    monkeypatch.setattr(opening, "why_not", lambda kind: None)
    assert open_sandbox().kind == "sandlock"
    monkeypatch.setattr(opening, "why_not", lambda kind: None if kind == "bubblewrap" else "no")
    assert open_sandbox("auto").kind == "bubblewrap"


def test_a_program_that_is_not_there_is_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried out, and fails."""
    monkeypatch.setenv("PATH", "/nowhere")
    opening.why_not.cache_clear()
    try:
        assert "bwrap" in (opening.why_not("bubblewrap") or "")
    finally:
        opening.why_not.cache_clear()


@pytest.mark.parametrize("unsafe", ["", "yes", "In this process's rights", True])
@pytest.mark.parametrize("kind", ["auto", "unsafe"])
def test_no_sandbox_only_by_the_exact_words(kind: str, unsafe: object) -> None:
    """Nobody comes to it by a slip."""
    with pytest.raises(ValueError, match="in this process's rights"):
        open_sandbox(kind, unsafe=unsafe)  # type: ignore[arg-type]


def test_the_words_give_no_sandbox() -> None:
    """With the kind `auto`, and with `unsafe`, but not beside another."""
    for kind in ("auto", "unsafe"):
        assert open_sandbox(kind, unsafe="in this process's rights").kind == "unsafe"
    with pytest.raises(ValueError, match="one of the two"):
        open_sandbox("sandlock", unsafe="in this process's rights")


def test_the_kind_unsafe_alone_says_the_words() -> None:
    """So that whoever wants it knows how."""
    with pytest.raises(ValueError, match="in this process's rights"):
        open_sandbox("unsafe")


def test_an_unknown_kind_is_refused_with_a_hint() -> None:
    """The near name, and those that there are."""
    with pytest.raises(ValueError, match="did you mean") as caught:
        open_sandbox("bubblewrp")
    assert "sandlock" in str(caught.value)


def test_sandboxes_and_limits_travel() -> None:
    """They are values."""
    sandbox = open_sandbox(unsafe="in this process's rights")
    assert pickle.loads(pickle.dumps((sandbox, Limits(seconds=1)))) == (sandbox, Limits(seconds=1))


@pytest.mark.parametrize(
    "wrong", [{"seconds": 0}, {"memory": -1}, {"processes": 0}, {"disk": 1.5}, {"output": "much"}]
)
def test_limits_that_are_none_are_refused(wrong: dict[str, object]) -> None:
    """Each is a number above zero."""
    with pytest.raises((TypeError, ValueError)):
        Limits(**wrong)  # type: ignore[arg-type]
