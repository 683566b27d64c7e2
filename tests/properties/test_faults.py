"""Messages that are lost, doubled, late, and agents that die: every conversation still ends."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentcore import AgentNotFoundError, ChatError, StopKind
from agentcore.backend import open_system
from agentcore.testing import InlineBackend, InlineSettings
from agentcore.testing._faults import Fault
from agentcore.testing._scripted import Consults
from agentcore.testing.strategies import consultations, faults, schedules
from tests.properties.players import Talker


@given(faults(), schedules(), st.integers(1, 12))
def test_every_conversation_ends_with_a_typed_reason_whatever_befalls_its_messages(
    planned: Any, choose: Any, limit: int
) -> None:
    """A loss or a death is an error with the partial result; what is late or double is harmless."""
    with open_system(InlineBackend(choose=choose, faults=planned)) as system:
        first = system.spawn(Talker, "first", max_consecutive_auto_reply=limit)
        second = system.spawn(Talker, "second", max_consecutive_auto_reply=limit)
        chat = first.start_chat(second, "begin", silent=True)
        try:
            result = chat.result()
        except ChatError as error:
            result = error.result  # type: ignore[assignment]
            assert result.stop.kind is StopKind.FAILED
        else:
            assert result.stop.kind is StopKind.MAX_AUTO_REPLY
            assert result.turns == 1 + 2 * limit
        senders = [entry.sender for entry in result.transcript]
        assert senders == ["first", "second"] * (len(senders) // 2) + ["first"] * (len(senders) % 2)


@given(faults(Fault.DUPLICATE, Fault.DELAY, most=6), schedules(), st.integers(1, 12))
def test_what_comes_twice_or_late_changes_nothing(planned: Any, choose: Any, limit: int) -> None:
    """The transcript, and what each agent recorded, are as if nothing had befallen."""
    with open_system(InlineBackend(choose=choose, faults=planned)) as system:
        first = system.spawn(Talker, "first", max_consecutive_auto_reply=limit)
        second = system.spawn(Talker, "second", max_consecutive_auto_reply=limit)
        result = first.initiate_chat(second, "begin", silent=True)
        assert result.turns == 1 + 2 * limit
        said = [entry.content for entry in result.transcript]
        for agent, peer in ((first, "second"), (second, "first")):
            assert [m.content for m in agent.call("get_chat_messages", peer)] == said


@given(consultations(), faults(Fault.DROP, Fault.CRASH, most=2), schedules())
def test_agents_that_wait_for_each_other_are_told_of_a_loss(
    peers: dict[str, tuple[tuple[str, ...], bool]], planned: Any, choose: Any
) -> None:
    """Nested or not, in a circle or not: nobody waits for ever."""
    with open_system(InlineBackend(choose=choose, faults=planned)) as system:
        for name, (asked, later) in peers.items():
            system.spawn(Consults, name, asked, later)
        users = [Talker(f"user{i}", max_consecutive_auto_reply=0) for i in range(3)]
        chats = [user.start_chat("a0", "2?", silent=True) for user in users if system.agents()]
        for chat in chats:
            try:
                assert chat.result().stop.kind in StopKind
            except ChatError as error:
                stop = error.result and error.result.stop.kind
                assert stop in (None, StopKind.FAILED)
            except AgentNotFoundError:
                assert "a0" not in [ref.name for ref in system.agents()]


def outcomes(
    peers: dict[str, tuple[tuple[str, ...], bool]], settings: InlineSettings
) -> list[tuple[str, Any, tuple[Any, ...]]]:
    """Let three users ask one agent at once; give kind, error and transcript of each."""
    with open_system(InlineBackend(settings)) as system:
        for name, (asked, later) in peers.items():
            system.spawn(Consults, name, asked, later)
        users = system.spawn_many(Consults, [f"user{i}" for i in range(3)])
        chats = [user.start_chat("a0", "2?", silent=True) for user in users]
        found = []
        for chat in chats:
            error, result = None, None
            try:
                result = chat.result()
            except (ChatError, AgentNotFoundError) as raised:
                error = type(raised)
                result = getattr(raised, "result", None)
            lines = (
                [(e.sender, e.recipient, e.content, e.depth) for e in result.transcript or ()]
                if result
                else []
            )
            found.append((str(result.stop) if result else "", error, tuple(lines)))
        if not settings.crash:  # the turn of an agent that died may still wait for another
            assert not system._runtime.chats
        assert not system._runtime._tickets
        return found


odds = st.sampled_from([0.0, 0.0, 0.1, 0.4])


@given(
    consultations(),
    st.builds(
        InlineSettings, seed=st.integers(0, 1000), drop=odds, duplicate=odds, delay=odds, crash=odds
    ),
)
def test_the_same_seed_gives_the_same_failures(
    peers: dict[str, tuple[tuple[str, ...], bool]], settings: InlineSettings
) -> None:
    """To the letter, whatever befalls; and nothing is left that anyone would wait for."""
    assert outcomes(peers, settings) == outcomes(peers, settings)


@given(consultations(), st.integers(0, 1000))
def test_in_circles_of_waits_too_what_comes_twice_or_late_changes_no_answer(
    peers: dict[str, tuple[tuple[str, ...], bool]], seed: int
) -> None:
    """Every agent takes each turn once, also where conversations of the same two are nested."""
    plain = outcomes(peers, InlineSettings(seed=seed))
    doubled = outcomes(peers, InlineSettings(seed=seed, duplicate=0.5, delay=0.2))
    assert [each[2] for each in doubled] == [each[2] for each in plain]
    assert all(error is None for _, error, _ in doubled)
