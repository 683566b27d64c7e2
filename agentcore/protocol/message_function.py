"""Functions that give the first message of a conversation: ``message=function``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from agentcore.protocol.message import Message

__all__ = ["Answered", "MessageFunction"]

NAMES: Final = ("recipient", "messages", "carryover", "sender", "context", "config")
NESTED: Final = ("recipient", "messages", "sender", "config")
POSITIONAL: Final = (
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
)


@attrs.frozen
class Answered:
    """The message that nested chats answer, as their functions see it.

    Attributes:
        message: that message.
        messages: the history with its sender; the message is the last of it.
        sender: the ref of the agent that said it.
    """

    message: Message
    messages: Sequence[Message]
    sender: Any


@attrs.frozen
class MessageFunction:
    """A function of the user's that gives a first message, and how it is called.

    It has any of the parameters ``recipient``, ``messages`` (the history that is being answered, a
    list), ``carryover`` (a list of texts), ``sender``, ``context`` (a dict of all keywords) and of
    those keywords. Or it is one of AutoGen's: three parameters ``(sender, recipient, context)`` of
    any names, or four ``(recipient, messages, sender, config)`` in nested chats; there,
    ``recipient`` is the agent that has the nested chats.

    Attributes:
        function: the function.
        parameters: its parameters by their names.
        by_position: how many arguments it takes by position; 0 if it takes what it names.

    Raises:
        TypeError: it has another parameter.
    """

    function: Callable[..., Any]
    parameters: Mapping[str, inspect.Parameter]
    by_position: int

    @staticmethod
    def of(function: Callable[..., Any], keywords: Mapping[str, Any]) -> MessageFunction:
        """Look at a function.

        Args:
            keywords: the keywords that were given beside the options.

        Raises:
            TypeError: it has another parameter, or does not take one of the keywords.
        """
        parameters = inspect.signature(function).parameters
        needed = [each for each in parameters.values() if _is_needed(each)]
        names = tuple(each.name for each in needed)
        by_position = 0
        if names == NESTED:
            by_position = 4
        elif not {*NAMES, *keywords}.issuperset(names):
            by_position = len(names) if all(each.kind in POSITIONAL for each in needed) else 0
            if by_position not in (3, 4):
                unknown = next(name for name in names if name not in NAMES)
                raise TypeError(
                    f"the function given as message= has a parameter {unknown!r}; it takes what it "
                    f"names of {', '.join(NAMES)}"
                )
        found = MessageFunction(function, parameters, by_position)
        unused = [key for key in keywords if not found._takes(key)]
        if unused:
            raise TypeError(
                f"no option is called {unused[0]!r}, and the function given as message= takes "
                "neither it nor context"
            )
        return found

    def _takes(self, keyword: str) -> bool:
        return bool(self.by_position) or self.sees_context or keyword in self.parameters

    @property
    def sees_context(self) -> bool:
        """Whether it gets all keywords."""
        kinds = {each.kind for each in self.parameters.values()}
        return "context" in self.parameters or inspect.Parameter.VAR_KEYWORD in kinds

    @property
    def tells_carryover(self) -> bool:
        """Whether it is given the carry-over, and so puts it into the message itself."""
        return self.by_position == 3 or self.sees_context or "carryover" in self.parameters

    def call(
        self,
        agent: Any,
        recipient: Any,
        carryover: Sequence[str],
        answered: Answered | None,
        keywords: Mapping[str, Any],
    ) -> Any:
        """Call it.

        Args:
            agent: the agent that begins the chat.
            recipient: the agent that it is with.
            carryover: what is told of earlier work.
            answered: what nested chats answer.
            keywords: the keywords that were given beside the options.
        """
        said = [] if answered is None else list(answered.messages)
        sender = agent if answered is None else answered.sender
        context = {**keywords, "carryover": list(carryover)}
        if self.by_position == 4:
            return self.function(agent, said, sender, None)
        if self.by_position == 3:
            return self.function(sender, recipient, context)
        known = {
            **context, "recipient": recipient, "messages": said, "sender": sender,
            "context": context, "config": None,
        }  # fmt: skip
        positional, named = [], {}
        for name, parameter in self.parameters.items():
            if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                named.update({key: keywords[key] for key in keywords if key not in self.parameters})
            elif name in known and parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
                positional.append(known[name])
            elif name in known and parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
                named[name] = known[name]
        return self.function(*positional, **named)


def _is_needed(parameter: inspect.Parameter) -> bool:
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return parameter.default is parameter.empty and parameter.kind not in variable
