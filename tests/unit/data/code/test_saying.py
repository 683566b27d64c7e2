"""Long outputs, said in a few sentences."""

from __future__ import annotations

import asyncio

from agentcore.agents.model_lookup import Metered
from agentcore.data.code.saying import numbers_not_in, said_briefly
from agentcore.testing import ScriptedModel

OUTPUT = "region total\n" + "\n".join(f"r{number} {number * 1.5}" for number in range(1_000))


def test_numbers_may_be_rounded_but_not_made_up() -> None:
    """Thousands marks are no other number."""
    assert numbers_not_in("3.14 and 1,200", "3.14159 1200.0") == ()
    assert numbers_not_in("about 7 of 3.2", "3.14159") == ("7", "3.2")


def test_what_the_model_says_of_an_output_is_the_answer() -> None:
    """If its numbers are in the output."""
    model = Metered(ScriptedModel("The largest is r999 with 1498.5."))
    text, _ = asyncio.run(said_briefly(model, "Which is largest?", OUTPUT))
    assert text == "The largest is r999 with 1498.5."


def test_words_with_a_number_of_their_own_do_not_count() -> None:
    """The output itself is the answer then."""
    model = Metered(ScriptedModel("The mean is 12345.678."))
    text, _ = asyncio.run(said_briefly(model, "Which is largest?", OUTPUT))
    assert text.startswith("region total")
    assert "characters in all" in text
