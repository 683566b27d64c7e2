"""`Selector`: what is refused of it when it is made."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import GroupChat, Selector


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"message": "{role}"}, ValueError, "did you mean 'roles'"),
        ({"prompt": 3}, TypeError, "is a text, not 3"),
        ({"several": ["{agentlist}"]}, TypeError, "is a text"),
        ({"retries": -1}, ValueError, "0 or more, not -1"),
        ({"retries": True}, ValueError, "0 or more, not True"),
        ({"role": "tool"}, ValueError, "one of user, system"),
    ],
)
def test_a_selector_is_checked_when_it_is_made(
    given: dict[str, Any], error: type[Exception], told: str
) -> None:
    """A wrong one would otherwise be found out in the middle of a chat."""
    with pytest.raises(error, match=told):
        Selector(**given)


def test_a_group_takes_a_selector_or_a_dict_of_its_arguments() -> None:
    """Anything else is refused with what there is."""
    given: Any = {"speaker_selection": "round_robin"}
    assert GroupChat(["a"], selector={"retries": 3}, **given).plan.selector.retries == 3
    with pytest.raises(TypeError, match="no 'retry'; did you mean 'retries'"):
        GroupChat(["a"], selector={"retry": 3}, **given)
    with pytest.raises(TypeError, match=r"selector= is a Selector\("):
        GroupChat(["a"], selector="Who?", **given)
