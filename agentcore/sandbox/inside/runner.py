"""The runner: it takes code, runs it in one namespace, and says what came of it.

Requests come on standard input, answers go to standard error; both are moved to descriptors that
code and its children do not find by their usual numbers. Standard output and error of the code are
one pipe. Each answer, and the end of each run's output, carries the token of its request. The
token is kept out of the frames that the code is called from, so that what the code prints or writes
is not taken for an answer.
"""

from __future__ import annotations

import _ast
import _queue
import _thread
import builtins
import fcntl
import io
import marshal
import os
import signal
import sys
import warnings

from agentcore.sandbox.inside.code_errors import NAME, OutOfTime, TooMuchOutput, told
from agentcore.sandbox.inside.plain_values import json_text, plain, shown
from agentcore.sandbox.inside.rights import give_up

TYPE_CHECKING = False  # the module `typing` takes long to import
if TYPE_CHECKING:
    from typing import Any

__all__ = ["main"]


_PATIENCE = 5_000_000  # characters beyond the limit


class Output(io.TextIOBase):
    """Standard output and error of the code, counted."""

    encoding = "utf-8"

    def __init__(self, limit: int) -> None:
        self._left = limit

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1

    def isatty(self) -> bool:
        return False

    @property
    def buffer(self) -> Any:
        """Return a file for bytes, which the host counts."""
        return io.FileIO(1, "w", closefd=False)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        # Code that goes on all the same is let print, so that the host sees it, and ends it.
        goes_on = self._left < -_PATIENCE
        part = text if goes_on else text[: max(self._left, 0)]
        self._left -= len(text)
        write_all(1, part.encode("utf-8", "replace"))
        if self._left < 0:
            raise TooMuchOutput
        return len(text)


def main() -> None:
    """Serve requests until standard input ends."""
    settings: dict[str, Any] = read_frame(0) or {}
    numbers = settings["descriptors"]
    requests, answers = (
        fcntl.fcntl(old, fcntl.F_DUPFD_CLOEXEC, new)
        for old, new in zip((0, 2), numbers, strict=True)
    )
    os.close(0)
    os.open(os.devnull, os.O_RDONLY)  # which is 0 then, the lowest that is free
    os.dup2(1, 2)
    set_up_python(settings)
    give_up(settings)
    write_all(answers, b'{"ready":true}\n')
    if settings["preload"]:
        preload(settings["preload"])
        write_all(answers, b'{"ready":true}\n')
    inbox: Any = _queue.SimpleQueue()
    outbox: Any = _queue.SimpleQueue()
    _thread.start_new_thread(serve, (requests, answers, inbox, outbox))
    signal.signal(signal.SIGALRM, out_of_time)
    namespace = {"__name__": "__main__", "__builtins__": builtins}
    own = os.getpid()
    while True:
        answer = run(inbox.get(), namespace, settings["output"])
        if os.getpid() != own:  # the code has forked, and not ended the child
            os._exit(0)
        outbox.put(json_text(answer))


def serve(requests: int, answers: int, inbox: Any, outbox: Any) -> None:
    """Pass requests to the thread that runs code, and what it answers to the host."""
    while (request := read_frame(requests)) is not None:
        token = request.pop("token")
        inbox.put(request)
        text = outbox.get()
        write_all(1, b"\0" + token.encode() + b"\n")
        answer = f'{{"token":"{token}","answer":{text}}}\n'
        write_all(answers, answer.encode("utf-8", "backslashreplace"))
    # The host has ended: nothing of this session may stay behind.
    try:
        os.killpg(os.getpgid(0), signal.SIGKILL)
    finally:
        os._exit(0)


def read_frame(descriptor: int) -> Any:
    """Return the next value that the host has sent; ``None`` when there are no more."""
    size = int.from_bytes(_read(descriptor, 8), "big")
    data = _read(descriptor, size)
    return marshal.loads(data) if data else None


def _read(descriptor: int, size: int) -> bytes:
    parts = []
    while size > 0 and (part := os.read(descriptor, min(size, 1 << 20))):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of the data, however much the pipe takes at once."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def set_up_python(settings: dict[str, Any]) -> None:
    """Do what the module ``site`` would: it is left out, as it reads and runs much more."""
    for name in ("exit", "quit"):
        setattr(builtins, name, sys.exit)
    sys.path += settings["path"]
    sys.path.insert(0, settings["folder"])
    sys.prefix = sys.exec_prefix = settings["prefix"]
    sys.argv = [NAME]
    python: Any = warnings
    python.showwarning = show_warning
    os.chdir(settings["folder"])


def show_warning(message: Any, category: Any, filename: str, lineno: int, *_: Any) -> None:
    """Print a warning in one line, unless it only says that `plt.show()` opens no window here."""
    if "non-interactive" not in str(message):
        place = f"line {lineno}" if filename == NAME else filename.rpartition("/")[2]
        print(f"{place}: {category.__name__}: {message}", file=sys.stderr)


def preload(names: list[str]) -> None:
    """Import modules that code will need, while the host is busy otherwise."""
    for name in names:
        try:
            __import__(name)
        except BaseException:
            continue  # code that imports it is told why it cannot be


def out_of_time(number: int, frame: Any) -> None:
    """Stop the code when its time is over."""
    raise OutOfTime


def run(request: dict[str, Any], names: dict[str, Any], most_output: int) -> dict[str, Any]:
    """Run the code of a request, and return the answer."""
    code = request["code"]
    sys.stdout = sys.stderr = Output(most_output)
    answer: dict[str, Any] = {"value": None, "error": None, "variables": {}, "figures": []}
    try:
        signal.setitimer(signal.ITIMER_REAL, request["timeout"])
        try:
            answer["value"] = execute(code, names, most_output)
            # What follows is the code's too: a `repr`, or the drawing of a figure, can be slow.
            answer["variables"] = values_of(request["variables"], names)
            answer["figures"] = save_figures(request["figures"])
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as error:
        answer["error"] = told(error, code)
        answer["variables"] = {}
        try:
            signal.setitimer(signal.ITIMER_REAL, 1.0)
            try:
                answer["variables"] = values_of(request["variables"], names)
                answer["figures"] = save_figures(request["figures"])
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
        except BaseException:
            pass  # the first error is the one to tell
    return answer


def execute(code: str, names: dict[str, Any], limit: int) -> str | None:
    """Run code; return the `repr` of the last line's value, as a notebook shows it."""
    remember_lines(code)
    tree: Any = compile(code, NAME, "exec", _ast.PyCF_ONLY_AST)
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, _ast.Expr):
        exec(compile(tree, NAME, "exec"), names)
        return None
    tree.body.pop()
    exec(compile(tree, NAME, "exec"), names)
    value = eval(compile(_ast.Expression(last.value), NAME, "eval"), names)
    return None if value is None else shown(value, limit)


def remember_lines(code: str) -> None:
    """Let the code find its own lines, as ``inspect.getsource`` and ``warnings`` do."""
    linecache: Any = sys.modules.get("linecache")
    if linecache is not None:
        linecache.cache[NAME] = (len(code), None, code.splitlines(keepends=True), NAME)


def values_of(wanted: list[str], names: dict[str, Any]) -> dict[str, Any]:
    """Return those of the wanted variables that the code has set."""
    found = {}
    for name in wanted:
        if name in names:
            try:
                found[name] = plain(names[name])
            except Exception as error:
                found[name] = f"<{type(names[name]).__name__}: {type(error).__name__}>"
    return found


def save_figures(number: int) -> list[str]:
    """Save the figures of matplotlib that are open, and close them; return the files' names.

    Args:
        number: of the first figure; a name that is taken is passed over.
    """
    pyplot: Any = sys.modules.get("matplotlib.pyplot")
    names: list[str] = []
    if pyplot is None:
        return names
    try:
        for figure in pyplot.get_fignums():
            while os.path.lexists(name := f"figure-{number}.png"):
                number += 1
            pyplot.figure(figure).savefig(name, bbox_inches="tight")
            names.append(name)
    finally:
        pyplot.close("all")
    return names
