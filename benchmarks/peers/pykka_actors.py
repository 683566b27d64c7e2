"""Pykka as it comes: a thread for each actor."""

from __future__ import annotations

import gc
from typing import Any

import pykka

from benchmarks.process import resident, timed


class Talker(pykka.ThreadingActor):
    """Answers with the same word, or asks its peer for that; keeps what was said."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.history: list[dict[str, str]] = []

    def on_receive(self, message: dict[str, Any]) -> Any:
        if "peer" in message:
            return self._talk(message["peer"], message["turns"])
        if "peers" in message:
            return self._fan(message["peers"], message["times"])
        self.history.append(message)
        reply = {"content": "pong", "role": "user"}
        self.history.append(reply)
        return reply

    def _talk(self, peer: pykka.ActorRef[Any], turns: int) -> int:
        self.history.clear()
        message = {"content": "ping", "role": "user"}
        for _ in range(turns // 2):
            self.history.append(message)
            self.history.append(peer.ask(message))
            message = {"content": "pong", "role": "user"}
        return len(self.history)

    def _fan(self, peers: list[pykka.ActorRef[Any]], times: int) -> int:
        self.history.clear()
        for _ in range(times):
            message = {"content": "ping", "role": "user"}
            asked = [peer.ask(message, block=False) for peer in peers]
            for answer in pykka.get_all(asked):
                self.history += (message, answer)
        return len(self.history)


def pairs(count: int, turns: int) -> float:
    """Let pairs converse at once; give messages a second, of all of them."""
    talkers = [Talker.start(f"agent-{index}") for index in range(2 * count)]
    callers, answerers = talkers[:count], talkers[count:]

    def talk() -> int:
        begun = [
            caller.ask({"peer": answerer, "turns": turns}, block=False)
            for caller, answerer in zip(callers, answerers, strict=True)
        ]
        return sum(chat.get() for chat in begun)

    try:
        said, seconds = timed(talk)
    finally:
        _end(talkers)
    assert said == count * turns
    return said / seconds


def fan_out(agents: int, times: int) -> float:
    """Let an actor ask all others at once, again and again; give fan-outs a second."""
    asker, *peers = talkers = [Talker.start(f"agent-{index}") for index in range(1 + agents)]
    asker.ask({"peers": peers, "times": 2})
    try:
        said, seconds = timed(lambda: asker.ask({"peers": peers, "times": times}))
    finally:
        _end(talkers)
    assert said == 2 * agents * times
    return times / seconds


def idle(count: int) -> float:
    """Give the bytes of an idle actor."""
    kept = [Talker.start(f"warm-{index}") for index in range(10)]
    gc.collect()
    before = resident()
    kept += [Talker.start(f"agent-{index}") for index in range(count)]
    gc.collect()
    grown = resident() - before
    _end(kept)
    return grown / count


def _end(talkers: list[pykka.ActorRef[Any]]) -> None:
    for ended in [talker.stop(block=False) for talker in talkers]:
        ended.get()
