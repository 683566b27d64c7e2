"""Conformance: no code gets out of a sandbox."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentcore.sandbox import Session
from agentcore.testing.conformance.sandbox_suites.attempts import ATTEMPTS
from agentcore.testing.conformance.sandbox_suites.outside import Outside

__all__ = ["Escapes"]


class Escapes:
    """Files, the network, processes and the kernel, tried one after the other."""

    @pytest.mark.parametrize("attempt", ATTEMPTS)
    def test_code_does_not_get_out(
        self, shared_session: Session, outside: Outside, attempt: str
    ) -> None:
        """It is refused, nothing outside has changed, and the session can be used afterwards."""
        given = json.dumps(outside.names())
        shared_session.run(f"import json\nglobals().update(json.loads({given!r}))\ngot = None")
        result = shared_session.run(ATTEMPTS[attempt], 5, variables=["got"])
        got = result.variables.get("got")
        assert result.error is not None or not got, got
        assert outside.secret not in repr(result)
        assert outside.was_reached() == []
        assert shared_session.run("6 * 7").value == "42"

    def test_a_link_is_no_file_of_the_code(self, shared_session: Session, outside: Outside) -> None:
        """Whoever reads what a run has made does not follow it to a file of the host's."""
        made = f"import os\nos.symlink({str(outside.file)!r}, 'figure-7.png')"
        drawn = (
            "import sys, types, os\n"
            "class Figure:\n"
            "    def savefig(self, name, **how):\n"
            f"        os.symlink({str(outside.file)!r}, name)\n"
            "sys.modules['matplotlib.pyplot'] = types.SimpleNamespace(\n"
            "    get_fignums=lambda: [1], figure=lambda n: Figure(), close=lambda n: None)"
        )
        for code in (made, drawn):
            result = shared_session.run(code)
            assert (result.figures, result.files) == ((), ())
        shared_session.run("del sys.modules['matplotlib.pyplot']")

    def test_a_file_of_the_host_can_be_given(self, session: Session) -> None:
        """What is put into the folder is read there, and what is written there is found."""
        (session.folder / "in.txt").write_text("given")
        result = session.run("open('out.txt', 'w').write(open('in.txt').read() + '!')")
        assert result.error is None
        assert [Path(each).read_text() for each in result.files] == ["given!"]
