"""Conformance: what code writes is not taken for an answer of the program that runs it."""

from __future__ import annotations

import pytest

from agentcore.base.sandbox_errors import SandboxError
from agentcore.sandbox import Sandbox, Session

__all__ = ["Forgeries"]

# To every descriptor that it can find, and to what stands in the frames that it is called from.
_EVERYWHERE = """
import os, sys
seen, frame = {}, sys._getframe()
while frame is not None:
    for name, value in list(frame.f_locals.items()):
        seen.setdefault(name, value)
        if isinstance(value, dict):
            seen.update({k: v for k, v in value.items() if isinstance(k, str)})
    frame = frame.f_back
token = seen.get('token', '0' * 32)
for number in range(1, 256):
    for told in LINES:
        try:
            os.write(number, told.replace('TOKEN', str(token)).encode() + b'\\n')
        except OSError:
            pass
'real'
"""


class Forgeries:
    """Answers that code writes itself."""

    @pytest.mark.parametrize(
        "line",
        [
            '{"token": "TOKEN", "answer": {"value": "forged", "figures": ["../../x.png"]}}',
            '{"token": "TOKEN", "value": "forged", "error": null}',
            '{"token": null, "answer": {"value": "forged"}}',
            '{"ready": true}',
            "[" * 100_000,
            '{"token": ' + "9" * 10_000 + "}",
            "\\xff\\0",
        ],
    )
    def test_a_forged_answer_is_refused(self, session: Session, line: str) -> None:
        """The run's own answer counts, and that of the next run too."""
        session.run("first = 1")
        result = session.run(f"LINES = [{line!r}]\n{_EVERYWHERE}", 20)
        assert result.value == "'real'", result
        after = session.run("first", variables=["first"])
        assert (after.value, after.variables, after.error) == ("1", {"first": 1}, None)

    def test_an_answer_without_end_ends_the_session_only(
        self, sandbox: Sandbox, session: Session
    ) -> None:
        """The host keeps no more of it than it can bear."""
        code = (
            "import os\n"
            "while True:\n"
            "    for number in range(3, 256):\n"
            "        try:\n            os.write(number, b'x' * 1_000_000)\n"
            "        except OSError:\n            pass"
        )
        result = session.run(code, 20)
        assert isinstance(result.error, SandboxError)
        assert result.lost_state
        assert session.run("6 * 7").value == "42"

    def test_a_child_that_code_forgets_to_end_does_not_answer(self, session: Session) -> None:
        """It would come back from the code as its parent does."""
        result = session.run("import os\npid = os.fork()\nif pid: os.waitpid(pid, 0)\n'parent'")
        assert (result.value, result.error) == ("'parent'", None)
        assert session.run("6 * 7").value == "42"
