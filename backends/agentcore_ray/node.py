"""A process of a system on Ray: a thread backend inside, and links to the other processes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from loguru import logger

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
    name_in_use,
)
from agentcore_ray.link import ClientEnd, HostEnd
from agentcore_ray.models import HostedModel
from agentcore_ray.wire import Parcel, decode, encode, refusal
from agentcore_thread import ThreadBackend, ThreadSettings

__all__ = ["RayNode", "host_of", "is_driver"]

# A driver's place names the host that keeps a poll of its open, for those that it never called.
DRIVER = "driver"


def is_driver(place: str) -> bool:
    """Whether a place is a driver, which cannot be called."""
    return place.startswith(DRIVER)


def host_of(place: str) -> str:
    """Give the host through which a place is reached."""
    return place.rpartition("@")[2]


class RayNode(ThreadBackend):
    """What a driver and a host have in common: they run agents, and carry to other places.

    Args:
        place: of this process: ``h0``, or ``driver-1f0a@h0``.
        directory: handle of the system's directory.
    """

    def __init__(
        self, system: str, place: str, directory: Any, threads: ThreadSettings, core: CoreSettings
    ) -> None:
        super().__init__(threads, core)
        self.place = place
        self.directory = directory
        self._links: dict[str, ClientEnd] = {}
        self._clients: dict[str, HostEnd] = {}
        self._handles: dict[str, Any] = {}
        self._links_lock = threading.Lock()
        self._node_closed = False
        # Whatever goes to another process must pickle; the error names what does not.
        super().start(Runtime(self, core, system, place, strict=True))
        self.runtime.console = Console(self.call_later)

    def start(self, runtime: Node | None = None) -> Node:
        """Give the runtime, which is made with the node."""
        return self.runtime

    # --- out ------------------------------------------------------------------------------------

    def carry(self, place: str, item: Any) -> None:
        """Take an item to another process."""
        parcel = encode(item, place)
        client = self._clients.get(place)
        # What answers goes with the calls of whoever waits for it, and what asks in a call of
        # our own, which tells us when the host dies. But a driver cannot be called.
        if client is not None and (is_driver(place) or _answers(item)):
            client.put(parcel)
        elif not self._link(host_of(place)).put(parcel):
            self._bounce([parcel], place)

    def _link(self, host: str) -> ClientEnd:
        link = self._links.get(host)
        if link is None:
            handle = self.handle(host)
            with self._links_lock:
                link = self._links.get(host)
                if link is None:
                    link = self._links[host] = ClientEnd(self, host, handle)
        return link

    def handle(self, host: str) -> Any:
        """Give the handle of a host."""
        handle = self._handles.get(host)
        if handle is None:
            import ray

            with self.pool.away():
                handle = ray.get(self.directory.handle.remote(host))
            if handle is None:
                raise AgentDiedError(f"host {host} of this system is gone")
            self._handles[host] = handle
        return handle

    def lost(self, place: str, left: Sequence[Parcel]) -> None:
        """A host is gone, with parcels that had not left yet."""
        self._links.pop(place, None)
        if self._node_closed:
            return
        self._bounce(left, place)
        self.runtime.lost(place)

    def _bounce(self, parcels: Sequence[Parcel], place: str) -> None:
        for parcel in parcels:
            item = decode(parcel)
            if type(item) is AskAll:
                self.runtime.refuse_all(item, AgentDiedError(f"host {place} is gone"))
            if type(item) in (Envelope, Begin, Call):
                name = item.to.name
                error = AgentDiedError(f"agent {name!r} died: host {place} is gone", agent=name)
                self.runtime.refuse(item, error)

    # --- in -------------------------------------------------------------------------------------

    def receive(self, parcels: Sequence[Parcel]) -> None:
        """Take what a call brought."""
        for parcel in parcels:
            if parcel.to != self.place:
                self._forward(parcel)
                continue
            try:
                packet = decode(parcel)
            except Exception as error:
                logger.warning("a packet could not be read: {}", error)
                if parcel.sender:
                    self.runtime.send_to(parcel.sender, refusal(parcel, error))
                continue
            self.runtime.receive(packet)

    def _forward(self, parcel: Parcel) -> None:
        """Pass on what is for a driver that polls this host."""
        client = self._clients.get(parcel.to)
        if client is not None:
            client.put(parcel)
        else:
            logger.info("a packet for {} was dropped: it is gone", parcel.to)

    def client(self, place: str) -> HostEnd:
        """Give the end of the link that a client calls."""
        end = self._clients.get(place)
        if end is None:
            with self._links_lock:
                end = self._clients.setdefault(place, HostEnd(self.pool))
        return end

    # --- names ----------------------------------------------------------------------------------

    def ask_directory(self, method: str, *args: Any) -> Any:
        """Call the directory, and wait for what it says."""
        import ray

        with self.pool.away():
            return ray.get(getattr(self.directory, method).remote(*args))

    def find(self, name: str) -> AgentRef | None:
        """Look a name up in the directory."""
        found = self.ask_directory("find", name)
        return None if found is None else AgentRef(name, self.runtime.system, *found)

    def refs(self) -> Sequence[AgentRef]:
        """Ask the directory for all agents."""
        agents = self.ask_directory("agents")
        return [AgentRef(name, self.runtime.system, *found) for name, found in agents.items()]

    def model_host(self, model: Any) -> Any:
        """Give the model as it is reached from here: one process a node has it loaded."""
        return HostedModel(self.directory, model)

    def claim(self, ref: AgentRef) -> None:
        """Register an agent object of this process."""
        if self.ask_directory("reserve", {ref.name: ref.place}, ref.kinds):
            raise name_in_use(ref.name)

    def disclaim(self, ref: AgentRef) -> None:
        """Take the registration back; nobody waits for that."""
        self.directory.release.remote((ref.name,))

    def close_agent(self, ref: AgentRef) -> None:
        """End an agent wherever it lives."""
        import ray

        if ref.place == self.place:
            self.runtime.close_here(ref.name)
        elif is_driver(ref.place):
            raise AgentNotFoundError(
                f"agent {ref.name!r} is an object of another driver, which alone can end it"
            )
        else:
            with self.pool.away():
                error = ray.get(self.handle(ref.place).close_agent.remote(ref.name))
            if error is not None:
                raise error
        self.ask_directory("release", (ref.name,))

    def close(self) -> None:
        """End the links, and what runs here."""
        self._node_closed = True
        for link in self._links.values():
            link.close()
        super().close()


def _answers(item: Any) -> bool:
    kind = type(item)
    return (
        item.to_initiator
        if kind is Envelope
        else kind in (Stopped, Answer, WaitCycleFound, AskAllReply)
    )


def portable(error: BaseException) -> AgentCoreError:
    """Give an error as one that can cross to another process."""
    if isinstance(error, AgentCoreError):
        return error
    return AgentCoreError(f"{type(error).__name__}: {error}")
