"""AutoGen's arguments of group chats, as somebody who comes from there writes them."""

from __future__ import annotations

from typing import Any

import pytest

from agentcore import ConversableAgent, GroupChat

NAMES = ("amy", "bert", "cleo")


def plan_of(**options: Any) -> Any:
    """Return the plan of a group with these arguments."""
    if "speaker_selection_method" not in options:
        options.setdefault("speaker_selection", "round_robin")
    return GroupChat(NAMES, **options).plan


def test_the_names_of_the_selection_mean_ours() -> None:
    """The words for the selector, how often it is asked, and by which role."""
    plan = plan_of(
        speaker_selection_method="Round_Robin",
        select_speaker_message_template="Roles: {roles}. Of {agentlist}.",
        select_speaker_prompt_template=None,
        select_speaker_auto_multiple_template="One of {agentlist}.",
        select_speaker_auto_none_template="Any of {agentlist}.",
        max_retries_for_selecting_speaker=5,
        role_for_select_speaker_messages="system",
        admin_name="bert",
        func_call_filter=True,
        enable_clear_history=False,
    )
    selector = plan.selector
    assert (plan.strategy.name, plan.admin) == ("round_robin", "bert")
    assert (selector.message, selector.prompt) == ("Roles: {roles}. Of {agentlist}.", None)
    assert (selector.several, selector.nobody) == ("One of {agentlist}.", "Any of {agentlist}.")
    assert (selector.retries, selector.role) == (5, "system")


@pytest.mark.parametrize(
    ("options", "after"),
    [
        ({"allow_repeat_speaker": False}, ["bert cleo", "amy cleo", "amy bert"]),
        ({"allow_repeat_speaker": ["amy"]}, ["amy bert cleo", "amy cleo", "amy bert"]),
        ({"allow_repeat_speaker": True}, ["amy bert cleo"] * 3),
        ({"allow_repeat_speaker": None}, ["amy bert cleo"] * 3),
        (
            {
                "allowed_or_disallowed_speaker_transitions": {
                    "amy": [ConversableAgent("bert")],
                    ConversableAgent("bert"): ["cleo"],
                },
                "speaker_transitions_type": "allowed",
            },
            ["bert", "cleo", ""],
        ),
        (
            {
                "allowed_or_disallowed_speaker_transitions": {"amy": ["amy", "bert"]},
                "speaker_transitions_type": "disallowed",
            },
            ["cleo", "amy bert cleo", "amy bert cleo"],
        ),
    ],
)
def test_transitions_allowed_or_not_make_one_graph(
    options: dict[str, Any], after: list[str]
) -> None:
    """A member that a graph of what is not allowed does not have is followed by anyone."""
    transitions = plan_of(**options).transitions
    assert [" ".join(transitions.after(name)) for name in NAMES] == after


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"groupchat": None}, "the group and its manager in one"),
        ({"select_speaker_auto_verbose": True}, "logger.enable"),
        ({"select_speaker_transform_messages": 1}, "history_policy="),
        ({"func_call_filter": False}, "always goes to a member that has the tool"),
        ({"enable_clear_history": True}, "clear_history"),
        ({"speaker_transitions_type": "allowed"}, "goes with"),
        ({"allowed_or_disallowed_speaker_transitions": {}}, "'allowed' or 'disallowed', not None"),
        (
            {
                "allowed_or_disallowed_speaker_transitions": {"amy": ["bort"]},
                "speaker_transitions_type": "disallowed",
            },
            "mean 'bert'",
        ),
        ({"allow_repeat_speaker": "amy"}, "a bool, or agents"),
        ({"admin_name": "amy", "admin": "amy"}, "given admin= in AutoGen's name and in ours"),
        ({"select_speaker_prompt_template": "{agents}"}, "which is not filled in"),
        ({"select_speaker_prompt_templates": "?"}, "has no argument"),
    ],
)
def test_what_has_no_meaning_here_is_refused_with_what_has(
    options: dict[str, Any], told: str
) -> None:
    """Nothing is taken and ignored."""
    with pytest.raises((TypeError, ValueError), match=told):
        plan_of(**options)


def test_members_given_by_a_generator_are_read_once() -> None:
    """The graph without repeats needs the members, and so does the group."""
    group: Any = GroupChat(
        "team", (name for name in NAMES), speaker_selection="random", allow_repeat_speaker=False
    )
    assert group.members == NAMES


def test_a_member_that_may_never_speak_is_warned_of() -> None:
    """By its name; a graph that leads to all says nothing."""
    with pytest.warns(UserWarning, match="group 'group' cleo may never speak: no allowed_trans"):
        plan_of(allowed_transitions={"amy": ["bert"], "bert": ["amy"]})


@pytest.mark.parametrize("given", [3, "", ["alice"]])
def test_an_introduction_is_a_bool_or_a_text(given: Any) -> None:
    """Anything else is refused."""
    with pytest.raises(TypeError, match="send_introductions= is a bool, or a text"):
        plan_of(send_introductions=given)
