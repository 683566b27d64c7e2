"""Loaded models: each file is loaded once in a process, and shared by all who use it.

The engine is llama.cpp, running in this process (the package ``xllamacpp``). It answers one request
at a time, in the order in which they came. Answering several at once on the same cores would take
as long in all, and an answer would then depend on the other requests in its batch.
"""

from __future__ import annotations

import atexit
import copy
import os
import secrets
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import attrs

from agentcore.base import logger
from agentcore.base.errors import AgentCoreError, ModelError
from agentcore.base.extras import import_extra
from agentcore.models.generation import Generation
from agentcore.models.weights import get_weights, weights_path

__all__ = ["Engine", "Spec", "engine_for"]

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 128  # tokens of a prompt that are read between two chances to stop
PROMPTS_KEPT = 512  # MiB for the cache of prompts, whose common beginnings are read only once
LEAVE = 10.0  # seconds that the interpreter's exit waits for an answer to stop


@attrs.frozen
class Spec:
    """What an engine loads, and how.

    Attributes:
        model: a name of the catalogue, or the path of a file.
        context: the size of the context in tokens, for messages and answer together.
        threads: the number of computing threads; 0 for one for each core.
    """

    model: str
    context: int
    threads: int

    @property
    def key(self) -> tuple[str, int, int]:
        """The identity of the engine: two specs with the same key share one."""
        return str(weights_path(self.model)), self.context, self.threads


class Engine(Executor):
    """A loaded model and the thread that it answers on.

    It is an executor, so that an event loop can await what runs on it. The thread first fetches the
    weights, if necessary, and loads the model. If that fails, all waiting requests fail with the
    same error, and the next request makes a new engine.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._change = threading.Condition()
        self._ended = False
        self._error: AgentCoreError | None = None
        self._server: Any = None
        # A daemon, so that it cannot block the interpreter's exit; `_end_all` stops it in order.
        self._thread = threading.Thread(target=self._work, name="agentcore-model", daemon=True)
        self._thread.start()

    def submit(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function on the engine's thread, after those that were submitted before it."""
        future: Future[T] = Future()
        with self._change:
            if self._error is not None:
                future.set_exception(copy.copy(self._error))
            else:
                self._waiting.append((future, lambda: function(*args, **kwargs)))
                self._change.notify()
        return future

    def generate(self, generation: Generation) -> Generation:
        """Generate an answer; to be passed to `submit`."""
        return generation.run(self._server)

    def _work(self) -> None:
        try:
            self._server = _load(self._spec)
        except Exception as error:
            self._fail(error)
            return
        while (job := self._next()) is not None:
            future, function = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                value = function()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(value)
            del future, function, job
        self._server = None  # dropping the last reference stops the server

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._change:
            while not self._waiting and not self._ended:
                self._change.wait()
            return None if self._ended else self._waiting.popleft()

    def _fail(self, error: Exception) -> None:
        name = self._spec.model
        if not isinstance(error, AgentCoreError):
            said = str(error) or type(error).__name__
            error = ModelError(f"model {name!r} could not be loaded: {said}", model=name)
        _forget(self)
        with self._change:
            self._error = error
            waiting, self._waiting = self._waiting, deque()
        for future, _ in waiting:
            if future.set_running_or_notify_cancel():
                future.set_exception(copy.copy(error))

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = True) -> None:
        """Stop the engine; requests that still wait are cancelled."""
        with self._change:
            self._ended = True
            waiting, self._waiting = self._waiting, deque()
            self._change.notify()
        for future, _ in waiting:
            future.cancel()
        if wait:
            self._thread.join(LEAVE)


def _load(spec: Spec) -> Any:
    """Load a model.

    Raises:
        ModelError: the weights could not be found or fetched, or the file is not a model.
        ExtraMissingError: a package of the extra ``local`` is not installed.
    """
    engine = import_extra("xllamacpp", "local", "LocalModel")
    path = get_weights(spec.model)
    logger.info("loading {}", path)
    try:
        return engine.Server(_parameters(engine, path, spec))
    except Exception as error:
        raise ModelError(
            f"model {spec.model!r} could not be loaded from {path}: {error}", model=spec.model
        ) from error


def _parameters(engine: Any, path: Path, spec: Spec) -> Any:
    parameters = engine.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = spec.context
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.n_parallel = 1
    parameters.cache_ram_mib = PROMPTS_KEPT
    # Loading holds the GIL; without these two steps it takes half as long.
    parameters.fit_params = False
    parameters.warmup = False
    for cores in (parameters.cpuparams, parameters.cpuparams_batch):
        cores.n_threads = spec.threads or -1
        cores.poll = 0  # busy waiting would take the cores from the agents and from other threads
    parameters.verbosity = -1
    # The server always opens a port: bind it to this machine only, with a key that nobody knows.
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [secrets.token_hex(32)]
    parameters.ui = False
    return parameters


# --- the engines of this process ----------------------------------------------------------------

_engines: dict[tuple[str, int, int], Engine] = {}
_lock = threading.Lock()


def engine_for(spec: Spec) -> Engine:
    """Return the engine that has a model loaded; the first call for a model starts one."""
    with _lock:
        engine = _engines.get(spec.key)
        if engine is None:
            engine = _engines[spec.key] = Engine(spec)
        return engine


def _forget(engine: Engine) -> None:
    with _lock:
        for key in [key for key, each in _engines.items() if each is engine]:
            del _engines[key]


@atexit.register
def _end_all() -> None:
    with _lock:
        engines = list(_engines.values())
        _engines.clear()
    for engine in engines:
        engine.shutdown()


def _after_fork() -> None:
    """Forget all engines: a forked process does not inherit their threads."""
    global _lock
    _lock = threading.Lock()
    _engines.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
