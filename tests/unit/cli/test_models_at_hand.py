"""Which models ``agentcore doctor`` finds, without asking one and without showing a key."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentcore.cli.finding import Finding
from agentcore.cli.models_at_hand import models


@pytest.fixture(autouse=True)
def empty_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Work in an empty folder, with no weights and no keys."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AGENTCORE_CACHE", str(tmp_path / "cache"))
    for name in ("OPENAI_API_KEY", "AGENTCORE_CONFIG"):
        monkeypatch.delenv(name, raising=False)


class Refusing(http.server.BaseHTTPRequestHandler):
    """A server that wants a key, and gets none; it notes what it was sent."""

    sent: list[str] = []  # noqa: RUF012  # the class of a handler is all that its server has

    def do_GET(self) -> None:
        """Refuse."""
        self.sent.append(str(self.headers))
        self.send_error(401)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Give the address of a server that refuses."""
    with http.server.HTTPServer(("127.0.0.1", 0), Refusing) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{found.server_address[1]}/v1"
        found.shutdown()
        thread.join()


def found() -> dict[str, Finding]:
    """Give the findings by their names."""
    return {each.name: each for each in models()}


def configure(text: str) -> None:
    """Write the configuration of the working directory."""
    Path("agentcore.toml").write_text(text, encoding="utf-8")


def test_nothing_at_hand_is_a_problem_with_advice() -> None:
    """It says what to install, or which variable to set."""
    (problem,) = [each for each in models() if each.state == "problem"]
    assert "agentcore-actors[local]" in problem.advice
    assert "OPENAI_API_KEY" in problem.advice


def test_a_key_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is a password in an address."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("HOUSE_KEY", "sk-secret")
    configure(
        '[models.house]\nmodel = "large"\nbase_url = "http://u:sk-secret@127.0.0.1:9/v1"\n'
        'api_key_env = "HOUSE_KEY"\n'
    )
    assert found()["OPENAI_API_KEY"].state == "ok"
    assert "HOUSE_KEY is set" in found()["house"].text
    assert "sk-secret" not in repr(list(models()))


def test_a_server_that_refuses_is_at_hand_and_is_sent_no_key(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it answers, it is there."""
    monkeypatch.setenv("HOUSE_KEY", "sk-secret")
    configure(f'[models.house]\nmodel = "m"\nbase_url = "{server}"\napi_key_env = "HOUSE_KEY"\n')
    assert (found()["house"].state, "answers" in found()["house"].text) == ("ok", True)
    assert "sk-secret" not in "".join(Refusing.sent)


def test_a_server_that_is_not_there_and_a_key_that_is_not_set_are_notes() -> None:
    """Another model may be at hand."""
    configure(
        '[models.gone]\nmodel = "m"\nbase_url = "http://127.0.0.1:9/v1"\n'
        '[models.gpt]\nmodel = "gpt-4o-mini"\n'
    )
    assert (found()["gone"].state, found()["gpt"].state) == ("note", "note")
    assert found()["gpt"].advice == "Set the environment variable OPENAI_API_KEY."


def test_a_wrong_configuration_is_a_problem_and_the_rest_is_looked_at() -> None:
    """The doctor does not fail for what it is to find."""
    configure("max_turnz = 3\n")
    problem = found()["configuration"]
    assert (problem.state, "max_turns" in problem.text) == ("problem", True)
    assert "local:qwen2.5-coder-1.5b" in found()
