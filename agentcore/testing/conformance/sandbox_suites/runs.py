"""Conformance: what a run gives, and what is kept for the next one."""

from __future__ import annotations

import pickle

import pytest

from agentcore.base.sandbox_errors import CodeError, SandboxError
from agentcore.sandbox import Sandbox, Session

__all__ = ["Runs"]


class Runs:
    """Output, values, errors, variables and files."""

    def test_a_run_gives_what_was_printed_and_the_last_value(self, shared_session: Session) -> None:
        """As a notebook does; errors are printed into the same text, in their order."""
        code = (
            "import sys\nprint('één')\nprint('no', file=sys.stderr)\n"
            "for i in range(2): print(i)\n'x'"
        )
        result = shared_session.run(code)
        assert (result.text, result.value, result.error) == ("één\nno\n0\n1\n", "'x'", None)
        assert result.seconds > 0
        assert not result.lost_state

    @pytest.mark.parametrize("code", ["", "x = 1", "None", "# nothing", "def f(): pass"])
    def test_code_without_a_last_value_gives_none(self, shared_session: Session, code: str) -> None:
        """A statement, a comment, ``None``."""
        result = shared_session.run(code)
        assert (result.value, result.text, result.error) == (None, "", None)

    def test_variables_imports_and_functions_are_kept(self, session: Session) -> None:
        """Between runs, also after one that failed."""
        session.run("import math\ndef twice(x): return 2 * x\na = 20")
        assert session.run("a += 1\n1 / 0").error is not None
        assert session.run("twice(a) + math.floor(0.5)").value == "42"

    def test_an_error_has_its_type_its_text_and_the_lines_of_the_code(
        self, shared_session: Session
    ) -> None:
        """And none of the lines of libraries."""
        error = shared_session.run("import json\ndef f(text):\n    json.loads(text)\nf('{')").error
        assert isinstance(error, CodeError)
        assert error.type == "JSONDecodeError"
        assert "line 4, in <module>" in error.traceback
        assert "line 3, in f\n    json.loads(text)" in error.traceback
        assert "decoder.py" not in error.traceback
        wrong = shared_session.run("x = (").error
        assert isinstance(wrong, CodeError)
        assert (wrong.type, "line 1" in wrong.traceback) == ("SyntaxError", True)

    @pytest.mark.parametrize(
        ("code", "type_"),
        [
            ("raise SystemExit('why')", "SystemExit"),
            ("raise KeyboardInterrupt", "KeyboardInterrupt"),
            ("input()", "EOFError"),
            ("\0", "SyntaxError|ValueError"),
            ("'\ud800'.encode()\n\ud800", "UnicodeEncodeError|SyntaxError"),
            ("def f(): f()\nf()", "RecursionError"),
            ("class E(Exception):\n    def __str__(self): 1 / 0\nraise E", "E"),
        ],
    )
    def test_odd_errors_are_told_too(self, shared_session: Session, code: str, type_: str) -> None:
        """Whatever code raises, and code that is none."""
        error = shared_session.run(code).error
        assert isinstance(error, CodeError)
        assert error.type in type_.split("|")

    @pytest.mark.parametrize("code", ["exit()", "quit(0)", "raise SystemExit"])
    def test_an_exit_ends_the_run_and_is_no_error(self, shared_session: Session, code: str) -> None:
        """What stands after it is not run; the session goes on."""
        result = shared_session.run(f"done = []\n{code}\ndone = [1]", variables=["done"])
        assert (result.error, result.variables, result.lost_state) == (None, {"done": []}, False)

    def test_wanted_variables_come_as_plain_values(self, shared_session: Session) -> None:
        """Those that JSON has as they are, others as their `repr`, unknown ones not at all."""
        code = (
            "a, b, c = 1, 2.5, True\nd = {'k': [1, None, 'x'], 2: (3,)}\ne = object\n"
            "g = 10 ** 50\nh = 'ü\\ud800'\ni = float('inf')"
        )
        wanted = ["a", "b", "c", "d", "e", "g", "h", "i", "missing"]
        found = shared_session.run(code, variables=wanted).variables
        assert found == {
            "a": 1,
            "b": 2.5,
            "c": True,
            "d": {"k": [1, None, "x"], "2": [3]},
            "e": "<class 'object'>",
            "g": 10**50,
            "h": "ü\ud800",
            "i": float("inf"),
        }

    def test_odd_values_do_no_harm(self, shared_session: Session) -> None:
        """A `repr` that fails, a list in itself, a number of many digits, a very long text."""
        code = (
            "class Odd:\n    def __repr__(self): 1 / 0\na = Odd()\nb = []\nb.append(b)\n"
            "c = 10 ** 100_000\nd = 'x' * 1_000_000\ne = 1"
        )
        result = shared_session.run(code, variables=["a", "b", "c", "d", "e"])
        assert result.error is None
        assert result.variables["e"] == 1
        assert len(str(result.variables)) < 300_000
        assert isinstance(shared_session.run("Odd()").error, CodeError)

    def test_a_run_tells_which_files_it_made_and_changed(self, session: Session) -> None:
        """Not those that were there, nor hidden ones; a folder's too."""
        (session.folder / "there.txt").write_text("1")
        (session.folder / "old.txt").write_text("1")
        code = (
            "import os\nopen('new.txt', 'w').write('x')\nopen('old.txt', 'a').write('2')\n"
            "os.mkdir('sub')\nopen('sub/in.txt', 'w').write('x')\nopen('.hidden', 'w').write('x')"
        )
        files = [str(each.relative_to(session.folder)) for each in session.run(code).files]
        assert sorted(files) == ["new.txt", "old.txt", "sub/in.txt"]
        assert session.run("1").files == ()

    def test_python_of_its_own_threads_and_coroutines_work(self, shared_session: Session) -> None:
        """What code of every day uses."""
        code = (
            "import asyncio, subprocess, sys, tempfile\n"
            "from concurrent.futures import ThreadPoolExecutor\n"
            "async def later(): return 1\n"
            "with ThreadPoolExecutor(2) as pool: b = list(pool.map(abs, [-2, -3]))\n"
            "run = [sys.executable, '-S', '-c', 'print(4)']\n"
            "c = subprocess.run(run, capture_output=True, text=True).stdout\n"
            "with tempfile.TemporaryFile() as file: d = file.write(b'five!')\n"
            "asyncio.run(later()), b, c, d"
        )
        result = shared_session.run(code)
        assert (result.value, result.error) == ("(1, [2, 3], '4\\n', 5)", None)

    def test_a_session_is_no_value_but_its_sandbox_is(
        self, sandbox: Sandbox, shared_session: Session
    ) -> None:
        """A process stays where it is."""
        with pytest.raises(TypeError, match="pickle its Sandbox"):
            pickle.dumps(shared_session)
        assert pickle.loads(pickle.dumps(sandbox)) == sandbox

    def test_wrong_arguments_are_refused(self, shared_session: Session) -> None:
        """With a hint; the session goes on."""
        for arguments, named in (
            ({"code": b"1"}, {}),
            ({"code": "1", "timeout": "5"}, {}),
            ({"code": "1"}, {"variables": "x"}),
        ):
            with pytest.raises(TypeError):
                shared_session.run(**arguments, **named)  # type: ignore[arg-type]
        for wrong in (0, -1, float("nan"), float("inf")):
            with pytest.raises(ValueError, match="seconds above 0"):
                shared_session.run("1", wrong)
        assert shared_session.run("6 * 7").value == "42"

    def test_a_folder_that_cannot_be_is_refused(self, sandbox: Sandbox, session: Session) -> None:
        """A file in its place, and the root of everything."""
        file = session.folder / "file"
        file.write_text("")
        for folder in (file, file / "below", "/"):
            with pytest.raises(SandboxError):
                sandbox.start(folder)
