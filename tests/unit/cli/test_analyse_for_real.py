"""``agentcore analyse`` from the shell to the report: all of it is real but the model's mind."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agentcore.cli.app import app
from tests.chat_protocol.server import Answer, chat, serving

pytest.importorskip("openai")

DRAWS = """```python
import matplotlib.pyplot as plt
grown = df.groupby("region")["amount"].sum().sort_values()
grown.plot.bar()
plt.show()
print(grown.index[-1], "grew most")
```"""


def test_a_question_about_a_file_is_answered_with_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server's model writes code, which runs in a sandbox; plot and code are in the report."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    Path("sales.csv").write_text("region;amount\nnorth;1.234,5\nsouth;99,5\n", encoding="utf-8")

    def reply(body: dict[str, Any]) -> Answer:
        return chat(DRAWS)

    with serving() as server:
        server.reply = reply
        arguments = ["analyse", "sales.csv", "Which region grew most?"]
        arguments += ["--model", f"openai:small@{server.url}", "--json"]
        done = CliRunner().invoke(app, [*arguments, "--report", "out.html", "--plots", "plots"])
    assert done.exit_code == 0, done.output
    plain = json.loads(done.stdout)
    assert (plain["text"], plain["failed"]) == ("north grew most", False)
    assert 'groupby("region")' in plain["code"]
    [plot] = Path("plots").iterdir()
    assert plot.read_bytes().startswith(b"\x89PNG")
    page = Path("out.html").read_text("utf-8")
    for part in ("Which region grew most?", "north grew most", "data:image/png;base64,", "groupby"):
        assert part in page
    assert not re.findall(r"""(?:src|href)=["']?https?:|@import|url\(\s*["']?https?:""", page)
