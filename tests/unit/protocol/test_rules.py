"""Reply rules: in which order they are tried, whom they answer, and what they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agentcore import AgentRef, ConversableAgent, agent_reply
from agentcore.errors import RuleError
from agentcore.protocol.kinds import kinds_of
from agentcore.protocol.rules import ReplyRule


class Friend(ConversableAgent):
    """An agent of a class that rules can name."""


class BestFriend(Friend):
    """A friend all the same."""


def order(agent: ConversableAgent, sender: Any = "bob") -> list[str]:
    return [rule.name for rule in agent.rules_for(sender)]


def answers(trigger: Any, sender: Any, *, bob: Any = None) -> bool:
    """Whether a rule with this trigger answers ``sender``."""

    class Agent(ConversableAgent):
        @agent_reply(trigger)
        def rule(self) -> Any:
            return True, None

    agent = Agent("alice")
    agent.bob = bob  # type: ignore[attr-defined]
    return order(agent, sender) == ["rule"]


def ref_to(name: str, cls: type = ConversableAgent) -> AgentRef:
    return AgentRef(name, "system", kinds=kinds_of(cls))


# --- order -------------------------------------------------------------------------------------


class Base(ConversableAgent):
    """Rules of both sorts, the catch-all first, in no order of the alphabet."""

    @agent_reply()
    def rest(self) -> Any:
        return True, "base rest"

    @agent_reply("bob")
    def named(self) -> Any:
        return True, "base named"

    @agent_reply()
    def also(self) -> Any:
        return True, "base also"

    @agent_reply("bob")
    def another(self) -> Any:
        return True, "base another"


def test_rules_that_name_senders_come_first_then_the_order_is_that_of_definition() -> None:
    """A catch-all can stand first, and runs last."""
    assert order(Base("a"), "bob") == ["named", "another", "rest", "also"]
    assert order(Base("a"), "carol") == ["rest", "also"]


def test_a_subclasss_rules_come_before_its_bases() -> None:
    """Among those that name, and among those that do not."""

    class Sub(Base):
        @agent_reply()
        def zeal(self) -> Any:
            return True, None

        @agent_reply("bob")
        def yes(self) -> Any:
            return True, None

    assert order(Sub("a")) == ["yes", "named", "another", "zeal", "rest", "also"]
    assert order(Base("a")) == ["named", "another", "rest", "also"]


def test_the_rules_of_mixins_follow_the_order_of_bases() -> None:
    """A mixin need be no agent."""

    class Mixin:
        @agent_reply()
        def mixed(self) -> Any:
            return True, None

    class Left(Mixin, Base):
        pass

    class Right(Base, Mixin):
        pass

    assert order(Left("a"), "carol") == ["mixed", "rest", "also"]
    assert order(Right("a"), "carol") == ["rest", "also", "mixed"]


def test_an_overridden_method_keeps_its_one_place() -> None:
    """Marked or not; the rule is the new method, and what is not said anew is inherited."""

    class Sub(Base):
        @agent_reply()
        def new(self) -> Any:
            return True, None

        @agent_reply("bob")
        def another(self) -> Any:
            return True, "sub another"

        def named(self) -> Any:
            return True, "sub named"

    agent = Sub("a")
    assert order(agent) == ["named", "another", "new", "rest", "also"]
    said = [rule.function(agent) for rule in agent.rules_for("bob")[:2]]
    assert said == [(True, "sub named"), (True, "sub another")]


def test_an_overridden_method_can_answer_others_than_before() -> None:
    """Its place among its base's stays; whether it names anyone is decided anew."""

    class Sub(Base):
        @agent_reply("carol")
        def rest(self) -> Any:
            return True, None

    assert order(Sub("a"), "carol") == ["rest", "also"]
    assert order(Sub("a"), "bob") == ["named", "another", "also"]


def test_none_in_place_of_a_rule_takes_it_away() -> None:
    """In the subclass and in whatever derives from it, unless it is written again."""

    class Sub(Base):
        named = None  # type: ignore[assignment]

    class SubSub(Sub):
        @agent_reply("bob")
        def named(self) -> Any:
            return True, None

    assert order(Sub("a")) == ["another", "rest", "also"]
    assert order(SubSub("a")) == ["named", "another", "rest", "also"]


def test_a_chain_belongs_to_its_class_and_is_a_tuple_of_frozen_rules() -> None:
    """No agent can change another's."""
    chain = Base("a").rules_for("carol")
    assert type(chain) is tuple
    with pytest.raises(AttributeError):
        chain[0].name = "other"  # type: ignore[misc]


# --- whom a rule answers -----------------------------------------------------------------------


def test_no_sender_named_is_anyone() -> None:
    """A stranger too."""
    assert answers(None, "bob")


@pytest.mark.parametrize("sender", ["bob", ref_to("bob"), Friend("bob")], ids=repr)
@pytest.mark.parametrize("trigger", ["bob", ref_to("bob"), Friend("bob")], ids=repr)
def test_an_agent_can_be_named_in_any_way(trigger: Any, sender: Any) -> None:
    """A name, a ref and an agent do equally, on either side."""
    assert answers(trigger, sender)
    assert not answers(trigger, "bobby")


@pytest.mark.parametrize("sender", [lambda cls: cls("x"), lambda cls: ref_to("x", cls)])
def test_a_class_answers_its_agents_and_those_of_its_subclasses(sender: Any) -> None:
    """And not those of its bases; a name alone says nothing of a class."""
    assert answers(Friend, sender(Friend))
    assert answers(Friend, sender(BestFriend))
    assert not answers(BestFriend, sender(Friend))
    assert not answers(Friend, sender(Base))
    assert not answers(Friend, "x")


def test_a_class_of_the_same_name_elsewhere_is_another() -> None:
    """Module and qualified name count."""
    other = type("Friend", (ConversableAgent,), {"__module__": "elsewhere"})
    assert not answers(Friend, ref_to("x", other))


def test_a_predicate_is_asked_with_the_senders_ref() -> None:
    """Whatever is true is a yes."""
    asked: list[Any] = []

    def is_long(sender: AgentRef) -> int:
        asked.append(sender)
        return len(sender.name) > 3

    assert answers(is_long, Friend("robert"))
    assert not answers(is_long, "bob")
    assert [type(each) for each in asked] == [AgentRef, AgentRef]
    assert answers(lambda sender: sender.name == "bob", "bob")


class Predicates:
    """Predicates can stand in a class."""

    @staticmethod
    def is_bob(sender: AgentRef) -> bool:
        return sender.name == "bob"


def test_a_static_method_can_be_a_predicate() -> None:
    """It is no method that was decorated without parentheses."""
    assert answers(Predicates.is_bob, "bob")
    assert not answers(Predicates.is_bob, "carol")


@pytest.mark.parametrize("kind", [list, tuple, iter])
def test_a_list_answers_whoever_one_of_it_answers(kind: Callable[[Any], Any]) -> None:
    """All that can be named alone can stand in it, a list as well."""
    senders = ["bob", Friend, ref_to("dave"), [lambda sender: sender.name == "eve"]]
    assert all(answers(kind(senders), sender) for sender in ["bob", BestFriend("x"), "dave", "eve"])
    assert not answers(kind(senders), "carol")


def test_an_empty_list_answers_anyone_and_one_that_is_asked_for_names_nobody() -> None:
    """The first as in the lineage, whose default it is; the second is asked afresh each time."""
    assert answers([], "bob")
    assert not answers(lambda self: [], "bob")
    assert answers(["bob", []], "bob")
    assert not answers(["bob", []], "carol")


def test_a_lambda_of_the_agent_is_asked_afresh_at_each_message() -> None:
    """What it names may change."""

    class Alice(ConversableAgent):
        bob: Any = "bob"

        @agent_reply()
        def rest(self) -> Any:
            return True, None

        @agent_reply(lambda self: [self.bob])
        def reply_bob(self) -> Any:
            return True, None

    alice = Alice("alice")
    assert order(alice, "bob") == ["reply_bob", "rest"]
    alice.bob = ref_to("robert")
    assert order(alice, "bob") == ["rest"]
    assert order(alice, "robert") == ["reply_bob", "rest"]


@pytest.mark.parametrize("listed", ["bob", ref_to("bob"), Friend, ("carol", "bob")], ids=repr)
def test_a_lambda_of_the_agent_can_name_in_any_way(listed: Any) -> None:
    """One alone, or a list of them; and it can stand in a list."""
    sender = Friend("bob")
    assert answers(lambda self: self.bob, sender, bob=listed)
    assert answers(["eve", lambda self: [self.bob]], sender, bob=listed)
    assert not answers(lambda self: self.bob, "eve", bob=listed)


@pytest.mark.parametrize("senders", [3, {"bob": 1}, ["bob", 3]], ids=repr)
def test_what_names_nobody_is_refused_at_once(senders: Any) -> None:
    """The error says what can be named."""
    with pytest.raises(RuleError, match="a rule answers a name, a class, an agent, a predicate"):
        agent_reply(senders)(lambda self: (True, None))


# --- what a rule is given ----------------------------------------------------------------------


def asked(function: Any, agent: Any = "AGENT") -> Any:
    rule = ReplyRule("rule", function)
    return rule.ask(rule.function, agent, "RAW", "MESSAGES", "SENDER", "CONFIG")


@pytest.mark.parametrize(
    ("function", "given"),
    [
        (lambda: (), ()),
        (lambda self: (self,), ("AGENT",)),
        (lambda agent, messages: (agent, messages), ("AGENT", "MESSAGES")),
        (lambda config, sender: (config, sender), ("CONFIG", "SENDER")),
        (
            lambda me, config, sender, messages, raw_message: (raw_message, messages, sender),
            ("RAW", "MESSAGES", "SENDER"),
        ),
        (lambda self, *, sender, raw_message: (sender, raw_message), ("SENDER", "RAW")),
        (lambda self, messages, *, config: (messages, config), ("MESSAGES", "CONFIG")),
        (lambda self, times=2, sender=None: (times, sender), (2, "SENDER")),
        (lambda self, *more, sender, **named: (more, sender, named), ((), "SENDER", {})),
        (lambda raw_message, /: (raw_message,), ("RAW",)),
    ],
)
def test_a_rule_takes_what_it_names(function: Any, given: Any) -> None:
    """Any of the four in any order, by keyword only too; a first name of another kind is the agent.

    A parameter with a default may have any name, and keeps its default.
    """
    assert asked(function) == given


def test_a_bound_method_has_its_agent_already() -> None:
    """`register_reply` may be given one."""

    class Other:
        def rule(self, sender: Any) -> Any:
            return self, sender

    other = Other()
    assert asked(other.rule) == (other, "SENDER")


def test_a_rule_that_names_what_does_not_exist_fails_when_the_class_is_defined() -> None:
    """The error names the rule, the parameter, and what there is."""
    words = "rule greet names the parameter 'message', .* raw_message, messages, sender, config"
    with pytest.raises(RuleError, match=words):

        class Alice(ConversableAgent):
            @agent_reply()
            def greet(self, message: Any) -> Any:
                return True, message


def test_an_override_that_names_what_does_not_exist_fails_too() -> None:
    """Though it has no decorator of its own."""
    with pytest.raises(RuleError, match="rule named names the parameter 'peer'"):

        class Sub(Base):
            def named(self, *, peer: Any) -> Any:
                return True, peer


@pytest.mark.parametrize("function", [3, "rule", None], ids=repr)
def test_a_rule_is_a_function(function: Any) -> None:
    """And nothing else."""
    with pytest.raises(RuleError, match="is no function"):
        ConversableAgent("a").register_reply(None, function)


def test_a_keyword_that_does_not_exist_is_not_taken_for_the_agent() -> None:
    """The agent is given by position; this fails when it is registered, not at a message."""
    with pytest.raises(RuleError, match="names the parameter 'agent'"):
        ConversableAgent("a").register_reply(None, lambda *, agent: (True, None))


# --- without parentheses -----------------------------------------------------------------------


def test_the_decorator_needs_no_parentheses() -> None:
    """It answers anyone then; parameters are checked as ever."""

    class Alice(ConversableAgent):
        @agent_reply
        def plain(self) -> Any:
            return True, "plain"

        @agent_reply
        def full(self, raw_message: Any, messages: Any) -> Any:
            return True, raw_message

    alice = Alice("alice")
    assert order(alice) == ["plain", "full"]
    assert alice.plain() == (True, "plain")  # type: ignore[call-arg, arg-type]
    with pytest.raises(RuleError, match="rule wrong names the parameter 'x'"):

        class Wrong(ConversableAgent):
            @agent_reply
            def wrong(self, x: Any) -> Any:
                return True, x


def test_a_decorated_method_can_be_called_as_it_was() -> None:
    """The decorator leaves a mark, and no wrapper."""
    assert Base("a").named() == (True, "base named")


# --- register_reply ----------------------------------------------------------------------------


def first(agent: Any) -> Any:
    return False, None


def second(agent: Any, config: Any) -> Any:
    config.append("used")
    return False, None


def test_a_registered_rule_stands_where_it_is_put_in_this_agents_chain_alone() -> None:
    """Position 0 is tried first, before rules that name their sender; the class stays as it is."""
    agent, other = Base("a"), Base("b")
    agent.register_reply(None, first)
    agent.register_reply("bob", second, position=2)
    agent.register_reply(None, lambda: (False, None), position=99)
    assert order(agent) == ["first", "named", "second", "another", "rest", "also", "<lambda>"]
    assert order(agent, "carol") == ["first", "rest", "also", "<lambda>"]
    assert order(other) == ["named", "another", "rest", "also"]


def test_a_registered_rule_is_given_its_config() -> None:
    """The very object: a rule may keep something in it."""
    agent = ConversableAgent("a")
    config: list[str] = []
    agent.register_reply(None, second, config=config)
    assert agent.generate_reply(messages=["hi"], sender="bob") is None
    assert config == ["used"]


def test_reset_restores_configs() -> None:
    """As they were when they were registered, as often as need be."""
    agent = ConversableAgent("a")
    agent.register_reply(None, second, config=[])
    for _ in range(2):
        agent.generate_reply(messages=["hi"], sender="bob")
        assert agent.rules_for("bob")[0].config == ["used"]
        agent.reset()
        assert agent.rules_for("bob")[0].config == []


def test_reset_asks_the_function_that_was_given_for_it() -> None:
    """It is given a copy of the config as it was, each time, and gives the new one."""

    def grow(config: Any) -> Any:
        config.append("reset")
        return config

    agent = ConversableAgent("a")
    agent.register_reply(None, second, config=["first"], reset_config=grow)
    for _ in range(2):
        agent.reset()
        assert agent.rules_for("bob")[0].config == ["first", "reset"]


def test_reset_restores_each_of_two_rules_of_one_function() -> None:
    """Each has its own config; the name is not enough to tell them apart."""
    agent = ConversableAgent("a")
    agent.register_reply(None, second, config=[1])
    agent.register_reply(None, second, config=[2])
    for _ in range(2):
        agent.generate_reply(messages=["hi"], sender="bob")
        agent.reset()
        assert [rule.config for rule in agent.rules_for("bob")] == [[2], [1]]


def test_without_a_sender_only_rules_for_anyone_are_asked() -> None:
    """A predicate is not asked about nobody."""

    class Alice(ConversableAgent):
        @agent_reply(lambda sender: sender.name != "bob")
        def strangers(self) -> Any:
            return True, "to a stranger"

        @agent_reply()
        def rest(self) -> Any:
            return True, "to anyone"

    alice = Alice("alice")
    reply = alice.generate_reply(messages=["hi"])
    assert reply is not None
    assert reply.content == "to anyone"
    reply = alice.generate_reply(messages=["hi"], sender="carol")
    assert reply is not None
    assert reply.content == "to a stranger"
