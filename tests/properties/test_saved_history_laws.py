"""What was said can be saved as JSON and read again, whatever it was."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentcore.protocol.history import History
from agentcore.protocol.message import as_message
from agentcore.testing.strategies import messages

spoken = st.lists(st.tuples(messages(), st.booleans()), max_size=5)


@given(spoken)
def test_a_history_is_the_same_after_it_was_saved_and_read(said: list[tuple[Any, bool]]) -> None:
    """By text, and message by message."""
    history = History()
    for message, mine in said:
        history.record(as_message(message), mine)
    again = History.from_json(history.to_json())
    assert again == history
    assert again.mine == history.mine
    assert json.loads(json.dumps([dict(each) for each in history])) == history.to_dicts()
