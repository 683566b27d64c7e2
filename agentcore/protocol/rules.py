"""Reply rules: who they answer, in what order they are tried, and what they return."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

import attrs

from agentcore.base.errors import RuleError
from agentcore.protocol.agent_ref import AgentLike, AgentRef, get_agent_name
from agentcore.protocol.kinds import kinds_of

__all__ = [
    "ReplyRule",
    "Senders",
    "Trigger",
    "agent_reply",
    "chain_for",
    "chain_of_class",
    "is_plain",
    "make_rule",
]

F = TypeVar("F", bound=Callable[..., Any])

PARAMETERS: Final = ("raw_message", "messages", "sender", "config")
_MARK: Final = "__agent_reply__"


@attrs.frozen
class Trigger:
    """Whom a rule answers: anyone, or the senders that one of the attributes names.

    Attributes:
        names: names of agents.
        kinds: names of classes, as `kinds_of` gives them.
        tests: predicates of the sender's ref.
        lists: functions of the agent that return further senders; called at each message.
        anyone: whether all of these are empty, so that the rule answers anyone.
    """

    names: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    tests: tuple[Callable[[AgentRef], Any], ...] = ()
    lists: tuple[Callable[[Any], Any], ...] = ()

    anyone: bool = attrs.field(init=False)

    @anyone.default
    def _names_nobody(self) -> bool:
        return not (self.names or self.kinds or self.tests or self.lists)

    def matches(self, agent: Any, sender: AgentRef) -> bool:
        """Whether the rule of ``agent`` answers this sender now."""
        if sender.name in self.names or not self.kinds.isdisjoint(sender.kinds):
            return True
        if any(test(sender) for test in self.tests):
            return True
        return any(_trigger(ask(agent)).matches_listed(agent, sender) for ask in self.lists)

    def matches_listed(self, agent: Any, sender: AgentRef) -> bool:
        """Whether the trigger made of a returned list names this sender; an empty list does not."""
        return not self.anyone and self.matches(agent, sender)


# Whom a rule answers, as `agent_reply` takes it. A function is a predicate of the sender, or lists
# senders if its parameter is ``self``.
Senders: TypeAlias = "Trigger | AgentLike | type | Callable[[Any], Any] | Iterable[Senders] | None"


def _trigger(senders: Any) -> Trigger:
    """Make a trigger of whatever ``@agent_reply`` takes."""
    if senders is None:
        return Trigger()
    if isinstance(senders, Trigger):
        return senders
    if isinstance(senders, str):
        return Trigger(names=frozenset((senders,)))
    if isinstance(senders, type):
        return Trigger(kinds=frozenset(kinds_of(senders)[:1]))
    if isinstance(getattr(senders, "name", None), str):
        return Trigger(names=frozenset((get_agent_name(senders),)))
    if callable(senders):
        first = next(iter(inspect.signature(senders).parameters), None)
        return Trigger(lists=(senders,)) if first == "self" else Trigger(tests=(senders,))
    if isinstance(senders, Iterable) and not isinstance(senders, Mapping):
        # An empty list means anyone here, as in the framework that this API follows.
        return _union(_trigger(one) for one in senders)
    raise RuleError(
        "a rule answers a name, a class, an agent, a predicate of the sender, a list of these, "
        f"or lambda self: [...]; {senders!r} is none of them"
    )


def _union(parts: Iterable[Trigger]) -> Trigger:
    parts = tuple(parts)
    return Trigger(
        names=frozenset().union(*(part.names for part in parts)),
        kinds=frozenset().union(*(part.kinds for part in parts)),
        tests=tuple(test for part in parts for test in part.tests),
        lists=tuple(ask for part in parts for ask in part.lists),
    )


@attrs.frozen
class ReplyRule:
    """One reply rule in an agent's chain of rules. Immutable, like the tuple that holds it.

    Attributes:
        name: what it is called in errors and stop reasons.
        function: the method or function as it was written.
        trigger: whom it answers.
        config: given to the function if that has a parameter ``config``.
        ask: calls the function with the parameters that it has.
    """

    name: str
    function: Callable[..., Any]
    trigger: Trigger = Trigger()
    config: Any = None
    ask: Callable[..., Any] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "ask", _adapter(_parameters(self.name, self.function)))


def _parameters(name: str, function: Callable[..., Any]) -> tuple[str, ...]:
    """Give the arguments that ``function`` is called with, as source text.

    Raises:
        RuleError: it is no function, or names a parameter that does not exist.
    """
    if not callable(function):
        raise RuleError(f"rule {name} is no function but {function!r}")
    arguments: list[str] = []
    positional = True
    for index, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        positional = positional and parameter.kind is not parameter.KEYWORD_ONLY
        if parameter.name in PARAMETERS:
            keyword = "" if positional else f"{parameter.name}="
            arguments.append(keyword + parameter.name)
        elif index == 0 and positional:
            arguments.append("agent")
        elif parameter.default is parameter.empty:
            raise RuleError(
                f"rule {name} names the parameter {parameter.name!r}, which does not exist; "
                f"a rule takes what it names of {', '.join(PARAMETERS)}"
            )
        else:
            positional = False  # what follows it can be given by its name only
    return tuple(arguments)


@cache
def _adapter(arguments: tuple[str, ...]) -> Callable[..., Any]:
    """Compile a function that calls a rule with these arguments.

    Rules are called at every message, and compiled code, as attrs makes it for ``__init__``, is
    faster than building a dict of keyword arguments.
    """
    source = f"lambda function, agent, {', '.join(PARAMETERS)}: function({', '.join(arguments)})"
    return eval(source)  # type: ignore[no-any-return]


def agent_reply(senders: Senders = None) -> Callable[[F], F]:
    """Make a method a reply rule.

    The method has any of the parameters ``raw_message`` (the `Message` to answer), ``messages``
    (the history with the sender), ``sender`` (its ref) and ``config``. It returns
    ``(final, reply)``: the first rule with a true ``final`` decides, and a reply ``None`` stops the
    conversation.

    Args:
        senders: whom it answers: nothing for anyone; a name, a class, an agent or ref, a
            predicate of the sender, a list of these, or ``lambda self: [...]``.

    Raises:
        RuleError: ``senders`` is none of these, or the method has another parameter.

    Examples:
        >>> class Greeter:
        ...     @agent_reply("bob")
        ...     def greet_bob(self):
        ...         return True, "Hi Bob!"
        ...
        ...     @agent_reply()
        ...     def greet(self, raw_message):
        ...         return True, f"You said: {raw_message.content}"
        >>> [rule.name for rule in chain_of_class(Greeter)]
        ['greet_bob', 'greet']
    """
    if _is_bare(senders):
        return _mark(senders, None)  # type: ignore[no-any-return]

    def decorate(function: F) -> F:
        marked: F = _mark(function, senders)
        return marked

    return decorate


def _is_bare(senders: Any) -> bool:
    """Whether ``@agent_reply`` was written on a method without parentheses."""
    if not inspect.isfunction(senders) or senders.__name__ == "<lambda>":
        return False
    scope = senders.__qualname__.rpartition(".")[0]
    if not scope or scope.endswith("<locals>"):
        return False
    # A function with one parameter that is not named self is a static method: a predicate that was
    # given as ``senders``.
    parameters = tuple(inspect.signature(senders).parameters)
    return len(parameters) != 1 or parameters[0] == "self"


def _mark(function: Any, senders: Any) -> Any:
    _parameters(getattr(function, "__name__", repr(function)), function)
    setattr(function, _MARK, _trigger(senders))
    return function


def make_rule(
    function: Callable[..., Any], senders: Senders, config: Any, name: str = ""
) -> ReplyRule:
    """Make a rule of a plain function, for ``register_reply``; ``name`` defaults to its own."""
    called = name or getattr(function, "__name__", type(function).__name__)
    return ReplyRule(called, function, _trigger(senders), config)


def chain_of_class(cls: type) -> tuple[ReplyRule, ...]:
    """Give the chain of a class, in the order in which its rules are tried.

    Rules that name their senders come before rules that answer anyone. Within each, a
    subclass's rules come before its base's, and otherwise the order is that of definition. An
    overridden method keeps the one place that it has in the base.
    """
    places: dict[str, Trigger] = {}
    for base in cls.__mro__:
        for name, value in vars(base).items():
            if hasattr(value, _MARK) and not _is_defined_in_a_base(cls, base, name):
                places[name] = _nearest_mark(cls, name)
    rules = []
    for name, trigger in places.items():
        function = getattr(cls, name, None)
        if function is not None:  # a subclass may take a rule away with ``name = None``
            rules.append(ReplyRule(name, function, trigger))
    return tuple(sorted(rules, key=lambda rule: rule.trigger.anyone))


def _is_defined_in_a_base(cls: type, base: type, name: str) -> bool:
    further = cls.__mro__[cls.__mro__.index(base) + 1 :]
    return any(hasattr(vars(other).get(name), _MARK) for other in further)


def _nearest_mark(cls: type, name: str) -> Trigger:
    marks = (getattr(vars(base).get(name), _MARK, None) for base in cls.__mro__)
    found: Trigger = next(mark for mark in marks if mark is not None)
    return found


def is_plain(chain: tuple[ReplyRule, ...]) -> bool:
    """Whether all rules of ``chain`` answer anyone."""
    return all(rule.trigger.anyone for rule in chain)


def chain_for(chain: tuple[ReplyRule, ...], agent: Any, sender: AgentRef) -> tuple[ReplyRule, ...]:
    """Give the rules of ``chain`` that answer ``sender``, in order."""
    return tuple(
        rule for rule in chain if rule.trigger.anyone or rule.trigger.matches(agent, sender)
    )
