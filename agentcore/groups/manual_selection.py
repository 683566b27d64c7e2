"""A human selects the next speaker: the question, and how the typed answer is read."""

from __future__ import annotations

from agentcore.groups.choice import Choice
from agentcore.groups.name_matching import read_choice

__all__ = ["manual_question", "read_answer"]


def manual_question(candidates: tuple[str, ...], following: str) -> str:
    """Give the question that a human is asked.

    Args:
        candidates: the names of the members who may speak next.
        following: the next in turn, whom an empty answer selects.
    """
    listed = "\n".join(f"  {number}. {name}" for number, name in enumerate(candidates, 1))
    return (
        f"Who speaks next?\n{listed}\nType a number or a name. Press enter for {following}, "
        "or type 'exit' to end the chat: "
    )


def read_answer(answer: str | None, candidates: tuple[str, ...], following: str) -> Choice | None:
    """Read what a human typed at `manual_question`.

    A number means a position in the list, even where a member's name is a number.

    Args:
        answer: the typed text; ``None`` if the console is closed.
        candidates: the names of the members who may speak next.
        following: the next in turn, whom an empty answer selects.

    Returns:
        The choice, whose name is ``None`` if the chat is to end; or ``None`` if the answer cannot
        be read and the human is to be asked again.
    """
    typed = None if answer is None else answer.strip()
    if typed is None or typed.casefold() == "exit":
        return Choice(None, "manual")
    if not typed:
        return Choice(following, "manual")
    number = typed.strip("#.()")
    if number.isdecimal():
        place = int(number)
        return Choice(candidates[place - 1], "manual") if 0 < place <= len(candidates) else None
    name = read_choice(typed, candidates)
    return None if name is None else Choice(name, "manual")
