"""Mailboxes: a mailbox, a token, and what an agent may take while it waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
import pytest

from agentcore import AgentDiedError, AgentRef
from agentcore.backend import open_system
from agentcore.runtime.mailbox import KEEPS_TOKEN, Mailbox, PendingWait
from agentcore.testing import InlineBackend
from agentcore.testing.conformance.agents.player import Player

Taken = list[str]


@attrs.frozen
class Item:
    """Something for a mailbox, taken as a turn that does what it is given."""

    name: str
    taken: Taken
    chain: tuple[str, ...] = ()
    act: Callable[[], object] = lambda: None

    @staticmethod
    def take(mailbox: Mailbox, item: Item) -> object:
        """Take it."""
        item.taken.append(item.name)
        return item.act()

    def dead(self, name: str) -> None:
        """Its agent was closed."""
        self.taken.append(f"{self.name} found {name} dead")


@attrs.define
class Stage:
    """Mailboxes that are run by hand: what they ask to be run waits in a list."""

    backend: InlineBackend
    mailboxes: dict[str, Mailbox]
    taken: Taken

    def item(self, name: str, *chain: str, act: Callable[[], object] = lambda: None) -> Item:
        """Make an item that writes down when it is taken."""
        return Item(name, self.taken, chain, act)

    def post(self, mailbox: str, item: Item) -> None:
        """Put it into a mailbox, and schedule the mailbox if that asks for it."""
        onward = self.mailboxes[mailbox].post(item)
        if onward is not None:
            self.backend.schedule(onward)

    def run(self) -> Taken:
        """Run all there is to run; give what was taken since the last time."""
        while self.backend.scheduler.step():
            pass
        taken, self.taken[:] = list(self.taken), []
        return taken

    def wait(self, mailbox: str, *peers: str) -> PendingWait:
        """Let a turn of an agent wait for others, and give its token on."""
        wait = self.mailboxes[mailbox].wait_for(tuple(self.mailboxes[peer].ref for peer in peers))
        wait.wake = lambda: self.taken.append(f"{mailbox} goes on")
        self.mailboxes[mailbox].yield_token()
        return wait


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Four agents, on a schedule that is first come, first served."""
    backend = InlineBackend(choose=lambda n: 0)
    with open_system(backend) as system:
        system.spawn_many(Player, ("alice", "bob", "carol", "dave"))
        yield Stage(backend, backend.runtime.mailboxes, [])


def test_mail_is_taken_in_the_order_in_which_it_came(stage: Stage) -> None:
    """One item a turn."""
    for name in "abc":
        stage.post("alice", stage.item(name))
    assert stage.run() == ["a", "b", "c"]


def test_a_mailbox_asks_to_be_run_once_however_much_mail_it_has(stage: Stage) -> None:
    """Only the first item finds it idle."""
    mailbox = stage.mailboxes["alice"]
    assert [mailbox.post(stage.item(name)) for name in "abc"] == [mailbox, None, None]


def test_a_turn_that_keeps_its_token_keeps_the_rest_waiting(stage: Stage) -> None:
    """Until it gives the token on."""
    stage.post("alice", stage.item("async", act=lambda: KEEPS_TOKEN))
    stage.post("alice", stage.item("next"))
    assert stage.run() == ["async"]
    stage.mailboxes["alice"].yield_token()
    assert stage.run() == ["next"]


def test_an_agent_that_waits_takes_what_its_own_chain_sends(stage: Stage) -> None:
    """alice waits for bob, who asks her: his message has her name in its chain."""
    stage.wait("alice", "bob")
    stage.post("alice", stage.item("from outside"))
    stage.post("alice", stage.item("from bob", "alice"))
    assert stage.run() == ["from bob"]


def test_an_agent_that_waits_takes_what_those_depend_on_for_whom_it_waits(stage: Stage) -> None:
    """Directly or through others: alice waits for bob, he for carol, and she asks alice."""
    stage.wait("bob", "carol")
    stage.wait("alice", "bob")
    stage.post("alice", stage.item("for dave", "dave"))
    stage.post("alice", stage.item("for carol", "user", "carol"))
    assert stage.run() == ["for carol"]


def test_mail_that_was_there_before_is_looked_at_when_a_wait_begins(stage: Stage) -> None:
    """bob's message came first; then alice began to wait for him."""
    stage.post(
        "alice", stage.item("a turn", act=lambda: stage.wait("alice", "bob") and KEEPS_TOKEN)
    )
    stage.post("alice", stage.item("from outside"))
    stage.post("alice", stage.item("from bob", "bob"))
    assert stage.run() == ["a turn", "from bob"]


def test_mail_can_be_looked_at_again_when_others_have_begun_to_wait(stage: Stage) -> None:
    """For a wait that comes with no message, which would look itself."""
    stage.wait("alice", "bob")
    stage.post("alice", stage.item("for dave", "dave"))
    assert stage.run() == []
    stage.wait("bob", "dave")
    stage.mailboxes["alice"].look_again()
    assert stage.run() == ["for dave"]
    stage.mailboxes["carol"].look_again()  # who does not wait
    assert stage.run() == []


def test_what_an_agent_did_not_take_comes_after_its_wait_in_the_order_it_came(
    stage: Stage,
) -> None:
    """First come, first served: what might have been taken earlier, and then the rest."""
    mailbox = stage.mailboxes["alice"]
    wait = stage.wait("alice", "bob")
    stage.post("alice", stage.item("first"))
    stage.post("alice", stage.item("second"))
    mailbox.resume(wait, "the answer")
    assert stage.run() == ["alice goes on"]
    mailbox.forget(wait)
    mailbox.yield_token()
    assert stage.run() == ["first", "second"]
    assert (wait.outcome, mailbox.waits) == ("the answer", ())


def test_a_turn_that_resumes_waits_for_the_token_and_goes_before_all_mail(stage: Stage) -> None:
    """While another turn of the agent has it."""
    mailbox = stage.mailboxes["alice"]
    wait = stage.wait("alice", "bob")
    stage.post("alice", stage.item("urgent", "alice", act=lambda: KEEPS_TOKEN))
    stage.post("alice", stage.item("urgent too", "alice"))
    assert stage.run() == ["urgent"]
    mailbox.resume(wait, None)
    assert stage.run() == []
    mailbox.yield_token()
    assert stage.run() == ["alice goes on"]
    mailbox.yield_token()
    assert stage.run() == ["urgent too"]


def test_a_turn_whose_thread_is_away_gets_the_token_when_that_is_back(stage: Stage) -> None:
    """Until then the agent takes what its wait depends on, though it was answered."""
    mailbox = stage.mailboxes["alice"]
    wait = stage.wait("alice", "bob")
    wait.away = True
    mailbox.resume(wait, "the answer")
    stage.post("alice", stage.item("urgent", "alice"))
    assert stage.run() == ["urgent"]
    assert mailbox.come_back(wait)
    stage.post("alice", stage.item("urgent too", "alice"))
    assert stage.run() == [], "the turn has the token"
    assert wait.outcome == "the answer"


def test_a_turn_whose_thread_is_back_first_is_woken_as_any(stage: Stage) -> None:
    """By its answer; and when it was answered, by whoever gives the token on."""
    mailbox = stage.mailboxes["alice"]
    first, second = stage.wait("alice", "bob"), stage.wait("alice", "bob")
    first.away = second.away = True
    assert not mailbox.come_back(first)
    mailbox.resume(second, None)
    mailbox.resume(first, None)
    assert stage.run() == ["alice goes on"]
    assert not mailbox.come_back(second), "the first has the token"
    mailbox.yield_token()
    assert stage.run() == ["alice goes on"]


def test_a_mailbox_knows_with_whom_conversations_go_on_until_they_stop(stage: Stage) -> None:
    """One may stop before it is said with whom it goes on; and others go on."""
    mailbox, bob = stage.mailboxes["alice"], stage.mailboxes["bob"].ref
    mailbox.forward("first", bob)
    mailbox.forward("second", bob)
    mailbox.forward("first", None)
    mailbox.forward("never", None)
    assert dict(mailbox.forwarded) == {"second": bob}
    mailbox.forward("second", None)
    assert dict(mailbox.forwarded) == {}


def test_only_the_first_answer_counts(stage: Stage) -> None:
    """Later ones are too late, and wake nobody."""
    wait = stage.wait("alice", "bob")
    wait.answer("first")
    wait.answer("second")
    assert (stage.run(), wait.outcome) == (["alice goes on"], "first")


def test_of_two_waits_each_is_forgotten_by_itself(stage: Stage) -> None:
    """A turn that was taken during a wait may wait too, for the same agent."""
    mailbox = stage.mailboxes["alice"]
    outer, inner = stage.wait("alice", "bob"), stage.wait("alice", "bob", "carol")
    assert [ref.name for ref in mailbox.waits] == ["bob", "bob", "carol"]
    mailbox.forget(inner)
    assert [ref.name for ref in mailbox.waits] == ["bob"]
    mailbox.forget(outer)
    assert mailbox.waits == ()


def test_an_item_that_turned_out_to_be_urgent_is_promoted(stage: Stage) -> None:
    """Another process has found that alice's wait depends on it."""
    stage.wait("alice", "bob")
    ordinary, urgent = stage.item("ordinary", "x"), stage.item("urgent", "x")
    stage.post("alice", ordinary)
    stage.post("alice", urgent)
    stage.mailboxes["alice"].promote(id(urgent))
    stage.mailboxes["alice"].promote(id(urgent))  # it is taken already, or gone
    assert stage.run() == ["urgent"]


def test_a_mailbox_that_was_closed_gives_back_its_mail_and_takes_no_more(stage: Stage) -> None:
    """Urgent mail and ordinary mail; what it was to take next is not mail any more."""
    mailbox = stage.mailboxes["alice"]
    stage.wait("alice", "bob")
    items = [stage.item("ordinary"), stage.item("next", "alice"), stage.item("urgent", "alice")]
    scheduled = [mailbox.post(item) for item in items]
    assert scheduled == [None, mailbox, None]
    assert mailbox.close() == [items[2], items[0]]
    assert mailbox.run() is None
    assert items[1].taken == ["next found agent 'alice' dead"]
    with pytest.raises(AgentDiedError, match="'alice' was closed"):
        mailbox.post(stage.item("late"))


def test_an_item_that_was_about_to_be_taken_fails_with_its_agent(stage: Stage) -> None:
    """It had left the mailbox, and its turn had not begun."""
    stage.post("alice", stage.item("a"))
    stage.post("alice", stage.item("b"))
    AgentRef("alice", stage.backend.runtime.system).close()
    assert stage.run() == ["b found agent 'alice' dead", "a found agent 'alice' dead"]


def test_an_idle_mailbox_holds_next_to_nothing(stage: Stage) -> None:
    """Of many agents most are idle: no queue is made before it is needed."""
    mailbox = stage.mailboxes["alice"]
    stage.post("alice", stage.item("a"))
    stage.run()
    assert (mailbox._mail, mailbox._urgent, mailbox._ready, mailbox._next) == (
        None,
        None,
        None,
        None,
    )
    assert not hasattr(mailbox, "__dict__")
