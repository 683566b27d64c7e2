"""A process of a system on Ray: a thread backend, and connections to the other processes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from typing import Any

import ray
from ray.exceptions import RayError

from agentcore import AgentCoreError, AgentDiedError, AgentNotFoundError, AgentRef
from agentcore.backend import (
    Answer,
    AskAll,
    AskAllReply,
    Begin,
    Call,
    Console,
    CoreSettings,
    Envelope,
    Node,
    Runtime,
    Stopped,
    WaitCycleFound,
    logger,
    name_of,
    places_of,
)
from agentcore_ray.codec import decode, encode
from agentcore_ray.connection import ClientEnd, HostEnd
from agentcore_ray.directory_client import DirectoryClient
from agentcore_ray.frame import Frame
from agentcore_ray.hosted_model import HostedModel
from agentcore_ray.places import host_of, is_driver
from agentcore_ray.refusal import refusal
from agentcore_thread import ThreadBackend, ThreadSettings

__all__ = ["RayProcess"]


class RayProcess(ThreadBackend):
    """What a driver and a host have in common: agents on threads, and connections.

    Args:
        system: the id of the system, which refs carry.
        place: of this process.
        directory: Ray's handle of the system's directory.
        threads: settings of the thread backend.
        core: settings of agentcore.
    """

    def __init__(
        self, system: str, place: str, directory: Any, threads: ThreadSettings, core: CoreSettings
    ) -> None:
        super().__init__(threads, core)
        self.place = place
        self.directory = DirectoryClient(directory, self.pool)
        self._hosts: dict[str, ClientEnd] = {}  # connections that this process calls by
        self._clients: dict[str, HostEnd] = {}  # connections that others call this process by
        self._relayed: dict[str, set[str]] = {}  # drivers that were sent to, by the host they poll
        self._connecting = threading.Lock()
        self._closed = False
        # Strict, because whatever goes to another process must pickle; the error names the part.
        super().start(Runtime(self, core, system, place, strict=True))
        self.runtime.console = Console(self.call_later)

    def start(self, runtime: Node | None = None) -> Node:
        """Give the runtime, which was made with this object."""
        return self.runtime

    # --- packets that leave ---------------------------------------------------------------------

    def carry(self, place: str, item: Any) -> None:
        """Send an item to another process."""
        frame = encode(item, place)
        client = self._clients.get(place)
        # An answer goes back by the connection that the question came by. A question goes by one
        # that this process calls by, which notices when the host dies; but a driver has none.
        if client is not None and (is_driver(place) or _answers(item)):
            client.put(frame)
        else:
            host = host_of(place)
            if host != place:
                self._relayed.setdefault(host, set()).add(place)
            if not self.connect(host).put(frame):
                self._return_unsent([frame], place)

    def connect(self, host: str) -> ClientEnd:
        """Give the connection by which this process calls a host; open it if there is none.

        Raises:
            AgentNotFoundError: the system has no such host any more.
        """
        connection = self._hosts.get(host)
        if connection is None:
            handle = self.directory.handle(host)
            with self._connecting:
                connection = self._hosts.get(host)
                if connection is None:
                    connection = self._hosts[host] = ClientEnd(
                        self.pool, self.place, host, handle, self.receive, self._lost
                    )
        return connection

    def _lost(self, host: str, unsent: Sequence[Frame]) -> None:
        """The process of a host is gone: fail what was for it, and what is waited for from it."""
        self._hosts.pop(host, None)
        self.directory.forget_handle(host)
        if self._closed:
            return
        self._return_unsent(unsent, host)
        # What was on its way to a driver by way of that host is lost with it.
        for place in (host, *self._relayed.pop(host, ())):
            self.runtime.lost(place)
        if is_driver(self.place) and host == host_of(self.place):
            threading.Thread(target=self._poll_relay, name="agentcore-relay", daemon=True).start()

    def _poll_relay(self) -> None:
        """Poll the relay of this driver again, when its next process is up.

        What others send to this driver waits there, and those who only answer to it by way of
        others may never be asked by it again.
        """
        relay = host_of(self.place)
        with contextlib.suppress(AgentCoreError, RayError):
            ray.get(self.directory.handle(relay).pid.remote())  # Ray retries it meanwhile
            if not self._closed:
                self.connect(relay)

    def _return_unsent(self, frames: Sequence[Frame], place: str) -> None:
        for frame in frames:
            item = decode(frame)
            if type(item) is AskAll:
                self.runtime.refuse_all(item, AgentDiedError(f"host {place} is gone"))
            if type(item) in (Envelope, Begin, Call):
                name = item.to.name
                error = AgentDiedError(f"agent {name!r} died: host {place} is gone", agent=name)
                self.runtime.refuse(item, error)

    # --- packets that arrive --------------------------------------------------------------------

    def receive(self, frames: Sequence[Frame]) -> None:
        """Take the frames that a call brought."""
        for frame in frames:
            if frame.to != self.place:
                self._relay(frame)
                continue
            try:
                packet = decode(frame)
            except Exception as error:
                logger.warning("a packet could not be read: {}", error)
                if frame.sender:
                    self.runtime.send_to(frame.sender, refusal(frame, error))
                continue
            self.runtime.receive(packet)

    def _relay(self, frame: Frame) -> None:
        """Keep a frame for a driver that polls this host.

        One that does not is gone, or has seen the last process of this host die and comes again.
        """
        self.client(frame.to).put(frame)

    def client(self, place: str) -> HostEnd:
        """Give the connection by which the process at ``place`` calls this one."""
        end = self._clients.get(place)
        if end is None:
            with self._connecting:
                end = self._clients.setdefault(place, HostEnd(self.pool))
        return end

    # --- agents and models of the whole system --------------------------------------------------

    def find(self, name: str) -> AgentRef | None:
        """Look up a name in the directory."""
        found = self.directory.ask("find", name)
        return None if found is None else self._ref(*found)

    def _ref(self, address: str, place: str, kinds: tuple[str, ...]) -> AgentRef:
        return AgentRef(name_of(address), self.runtime.system, place, kinds, address)

    def refs(self) -> Sequence[AgentRef]:
        """Ask the directory for all agents."""
        agents = self.directory.ask("agents")
        return [self._ref(address, *found) for address, found in agents.items()]

    def model_host(self, model: Any) -> Any:
        """Give a proxy of the model, which one process on each machine has loaded."""
        return HostedModel(self.directory.actor, model)

    def claim(self, ref: AgentRef) -> None:
        """Register an agent object of this process, under its address, which nobody else has."""
        self.directory.ask("reserve", {ref.address: ref.place}, ref.kinds)

    def disclaim(self, ref: AgentRef) -> None:
        """Take an agent object out of the directory; this waits for nothing."""
        self.directory.actor.release.remote((ref.address,))

    def close_agent(self, ref: AgentRef) -> None:
        """End an agent wherever it lives.

        Raises:
            AgentNotFoundError: it is an object of another driver, or is gone.
            AgentDiedError: its host is gone.
        """
        if ref.place == self.place:
            self.runtime.close_here(ref.address)
        elif is_driver(ref.place):
            raise AgentNotFoundError(
                f"agent {ref.name!r} is an object of another driver, which alone can end it"
            )
        else:
            errors = [self._close_at(place, ref) for place in places_of(ref)]
            if errors[0] is not None and not ref.is_pool:  # a pool's other parts are closed anyway
                raise errors[0]
        self.directory.ask("release", (ref.address,))

    def _close_at(self, place: str, ref: AgentRef) -> AgentCoreError | None:
        try:
            with self.pool.away():
                closing = self.directory.handle(place).close_agent.remote(ref.address)
                error: AgentCoreError | None = ray.get(closing)
        except RayError:
            return AgentDiedError(f"agent {ref.name!r} died: host {place} is gone", agent=ref.name)
        return error

    def close(self) -> None:
        """End the connections, and what runs in this process."""
        self._closed = True
        for connection in self._hosts.values():
            connection.close()
        super().close()


def _answers(item: Any) -> bool:
    """Return whether a process that this one is a host of waits for the item."""
    kind = type(item)
    return (
        item.to_initiator
        if kind is Envelope
        else kind in (Stopped, Answer, WaitCycleFound, AskAllReply)
    )
