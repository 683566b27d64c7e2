"""`SteppedTurn`: a turn on a message in which a model, a rule or hooks may take several steps."""

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType
from typing import Any

from agentcore.base.steps import Steps, awaiting
from agentcore.protocol.chat_errors import ReplyError
from agentcore.runtime.ports import Onward
from agentcore.runtime.turns.message_turn import MessageTurn
from agentcore.runtime.turns.turn import Waiting
from agentcore.runtime.turns.waits import waits_of
from agentcore.runtime.wait import KEEPS_TOKEN

__all__ = ["SteppedTurn"]


class SteppedTurn(MessageTurn):
    """A turn on a message that can wait between steps without holding a thread."""

    _thoughts: Steps | None = None
    _then: Callable[[Any], Onward] | None = None  # what is done with their value, if it is no reply

    def _decided(self, reply: Any) -> Onward:
        raise NotImplementedError

    def _think(self, value: Any, error: BaseException | None) -> Onward:
        """Run the steps until one must wait; `resume` goes on with its outcome."""
        thoughts = self._thoughts
        assert thoughts is not None
        while True:
            try:
                if self.withdrawn:
                    thoughts.close()
                    return None
                wanted = thoughts.send(value) if error is None else thoughts.throw(error)
            except StopIteration as over:
                self._thoughts = None
                then, self._then = self._then, None
                return self._decided(over.value) if then is None else then(over.value)
            except BaseException as failure:
                self._thoughts = None
                hook = self._then is not None and isinstance(failure, ReplyError)
                self._then = None
                return self.fail(failure, getattr(failure, "rule", "") if hook else self.rule_name)
            if type(wanted) is CoroutineType:
                return self.suspend(wanted)
            if type(wanted) is not Waiting:
                return self.suspend(awaiting(wanted))
            try:
                if not waits_of(self).step_aside(wanted):
                    return KEEPS_TOKEN
                value, error = waits_of(self).step_back(), None
            except BaseException as failure:  # the wait could not begin: the steps may handle that
                value, error = None, failure

    def _hook(self, steps: Steps, then: Callable[[Any], Onward]) -> Onward:
        """Let hooks change what is received or sent, and go on with what they made of it."""
        self._thoughts, self._then = steps, then
        return self._think(None, None)
