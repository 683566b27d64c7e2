"""The program inside of a sandbox: it runs code and says what came of it.

It is started as a text (``python -c``), so it imports nothing of agentcore. Requests come as JSON
lines on standard input, answers go as JSON lines to standard error; both are moved to descriptors
that code and its children do not find by their usual numbers. Standard output and error of the code
are one pipe. Each answer, and the end of each run's output, carries the token of its request, so
that code cannot answer for a run that it is not part of.
"""

from __future__ import annotations

import ast
import contextlib
import errno
import fcntl
import io
import json
import linecache
import os
import queue
import random
import resource
import signal
import sys
import threading
import traceback
import warnings
from typing import Any

NAME = "<code>"  # the file name of the code in tracebacks
ROWS = 1_000  # of a table, as the value of a variable
DEPTH = 6  # of lists in lists, as the value of a variable


class OutOfTime(BaseException):
    """The run took longer than it may; code that catches every `Exception` does not catch it."""


class TooMuchOutput(BaseException):
    """The run printed more than it may."""


class Output(io.TextIOBase):
    """Standard output and error of the code, counted."""

    def __init__(self, limit: int) -> None:
        self._left = limit

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1

    def isatty(self) -> bool:
        return False

    @property
    def encoding(self) -> str:
        return "utf-8"

    def write(self, text: str) -> int:
        shown = text[: max(self._left, 0)]
        self._left -= len(text)
        write_all(1, shown.encode("utf-8", "replace"))
        if self._left < 0:
            raise TooMuchOutput
        return len(text)


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def main() -> None:
    """Serve requests until standard input ends."""
    requests = os.fdopen(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, random.randint(60, 120)), "rb")
    answers = fcntl.fcntl(2, fcntl.F_DUPFD_CLOEXEC, random.randint(121, 200))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(1, 2)
    settings = json.loads(requests.readline())
    set_limits(settings)
    folder = settings["folder"]
    os.chdir(folder)
    sys.path.insert(0, folder)
    sys.argv = [NAME]
    warnings.filterwarnings("ignore", message=".*non-interactive.*")
    inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    threading.Thread(target=read_requests, args=(requests, inbox), daemon=True).start()
    signal.signal(signal.SIGALRM, out_of_time)
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__}
    figures = 0
    write_all(answers, b'{"ready": true}\n')
    while True:
        request = inbox.get()
        answer = run(request, namespace, settings)
        answer["figures"] = save_figures(figures)
        figures += len(answer["figures"])
        answer["token"] = request["token"]
        write_all(1, b"\0" + request["token"].encode() + b"\n")
        write_all(answers, json.dumps(answer).encode() + b"\n")


def read_requests(requests: Any, inbox: Any) -> None:
    for line in requests:
        inbox.put(json.loads(line))
    # The host has ended: nothing of this session may stay behind.
    with contextlib.suppress(OSError):
        os.killpg(os.getpgid(0), signal.SIGKILL)
    os._exit(0)


def set_limits(settings: dict[str, Any]) -> None:
    for name, value in (
        (resource.RLIMIT_DATA, settings["memory"]),
        (resource.RLIMIT_FSIZE, settings["disk"]),
        (resource.RLIMIT_NOFILE, settings["open_files"]),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(name)
        wanted = value if most == resource.RLIM_INFINITY else min(value, most)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(name, (wanted, wanted))


def out_of_time(number: int, frame: Any) -> None:
    raise OutOfTime


def run(request: dict[str, Any], names: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Run the code of a request, and return the answer."""
    code = request["code"]
    linecache.cache[NAME] = (len(code), None, code.splitlines(keepends=True), NAME)
    sys.stdout = sys.stderr = Output(settings["output"])
    answer: dict[str, Any] = {"value": None, "error": None, "variables": {}}
    try:
        signal.setitimer(signal.ITIMER_REAL, request["timeout"])
        try:
            answer["value"] = execute(code, names, settings["output"])
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as error:
        answer["error"] = told(error)
    for name in request["variables"]:
        if name in names:
            with contextlib.suppress(Exception):
                answer["variables"][name] = plain(names[name])
    return answer


def execute(code: str, names: dict[str, Any], limit: int) -> str | None:
    """Run code; return the `repr` of the last line's value, as a notebook shows it."""
    tree = ast.parse(code, NAME)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, NAME, "exec"), names)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), NAME, "eval"), names)
    return None if value is None else repr(value)[:limit]


def told(error: BaseException) -> dict[str, str] | None:
    """Return what stopped the code; ``None`` for an ``exit()`` that says that all is well."""
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return None
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == NAME]
    lines = ["Traceback (most recent call last):\n"] if own else []
    lines += [f"  line {frame.lineno}, in {frame.name}\n    {frame.line}\n" for frame in own]
    if isinstance(error, SyntaxError) and error.filename == NAME:
        lines.append(f"  line {error.lineno}\n    {(error.text or '').strip()}\n")
    name = type(error).__name__
    try:
        text = str(error)[:2_000]
    except Exception:
        text = ""
    lines.append(f"{name}: {text}")
    return {
        "kind": kind_of(error),
        "type": name,
        "text": text,
        "traceback": "".join(lines)[-8_000:],
    }


def kind_of(error: BaseException) -> str:
    """Return which limit an error comes of; ``code`` if of none."""
    if isinstance(error, OutOfTime):
        return "time"
    if isinstance(error, TooMuchOutput):
        return "output"
    if isinstance(error, MemoryError):
        return "memory"
    number = getattr(error, "errno", None) if isinstance(error, OSError) else None
    if number == errno.EMFILE:
        return "open_files"
    if number in (errno.EFBIG, errno.ENOSPC, errno.EDQUOT):
        return "disk"
    no_thread = isinstance(error, RuntimeError) and "start new thread" in str(error)
    return "processes" if number == errno.EAGAIN or no_thread else "code"


def save_figures(before: int) -> list[str]:
    """Save the figures of matplotlib that are open, and close them; return the files' names."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    names: list[str] = []
    with contextlib.suppress(Exception):
        for number in pyplot.get_fignums() if pyplot else ():
            name = f"figure-{before + len(names) + 1}.png"
            pyplot.figure(number).savefig(name, bbox_inches="tight")
            names.append(name)
        if pyplot:
            pyplot.close("all")
    return names


def plain(value: Any, depth: int = DEPTH) -> Any:
    """Return a value as JSON has it; a table as its columns and first rows; else its `repr`."""
    if value is None or isinstance(value, (bool, int, str)):
        return value if not isinstance(value, str) else value[:100_000]
    if isinstance(value, float):
        return float(value)
    if type(value).__module__.partition(".")[0] == "numpy" and not getattr(value, "shape", True):
        return plain(value.item(), depth)
    table = table_of(value)
    if table is not None:
        return table
    if depth and isinstance(value, (list, tuple)) and len(value) <= 10_000:
        return [plain(each, depth - 1) for each in value]
    if depth and isinstance(value, dict) and len(value) <= 10_000:
        return {str(key): plain(each, depth - 1) for key, each in value.items()}
    return repr(value)[:10_000]


def table_of(value: Any) -> dict[str, Any] | None:
    """Return a table of pandas or DuckDB as plain values; ``None`` for what is no table."""
    library, name = type(value).__module__.partition(".")[0], type(value).__name__
    if library in ("duckdb", "_duckdb") and name == "DuckDBPyRelation":
        columns, rows = list(value.columns), value.limit(ROWS).fetchall()
        return as_table(columns, rows, len(value))
    if library != "pandas" or name not in ("DataFrame", "Series"):
        return None
    if name == "Series":
        value = value.to_frame(value.name if value.name is not None else "value")
    if type(value.index).__name__ != "RangeIndex":
        with contextlib.suppress(ValueError):  # the index has a name that a column has too
            value = value.reset_index()
    columns = [
        each
        if isinstance(each, str)
        else " ".join(map(str, each))
        if isinstance(each, tuple)
        else str(each)
        for each in value.columns
    ]
    return as_table(columns, value.head(ROWS).itertuples(index=False, name=None), len(value))


def as_table(columns: list[str], rows: Any, count: int) -> dict[str, Any]:
    return {
        "columns": columns,
        "rows": [[cell(each) for each in row] for row in rows],
        "row_count": count,
    }


def cell(value: Any) -> Any:
    """Return a cell as JSON has it: missing values as ``None``, dates in the form of ISO 8601."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(value) if value == value else None
    if hasattr(value, "isoformat"):
        return None if str(value) == "NaT" else value.isoformat()
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    return plain(value, 1)


if __name__ == "__main__":
    main()
