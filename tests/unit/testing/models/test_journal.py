"""Scripts that the processes of one machine share."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from agentcore.models import Output, Sampling, ToolSpec
from agentcore.testing import Asked, ScriptedModel, ScriptError
from tests.unit.testing.models.asking import ASKED, texts

ROOT = Path(__file__).parents[4]


def test_copies_take_from_one_script() -> None:
    """What a copy was asked, and what it could not answer, the original knows."""
    model = ScriptedModel("one", "two", "three")
    texts(model, 1)
    copy = pickle.loads(pickle.dumps(model))
    assert texts(copy, 1) == ["two"]
    with pytest.raises(ScriptError, match="1 of the 3 answers"):
        model.check()
    assert texts(model, 1) == ["three"]
    model.check()
    copy.check()
    assert [asked.text for asked in model.calls] == ["who are you?"] * 3
    with pytest.raises(ScriptError):
        copy.complete(ASKED)
    with pytest.raises(ScriptError, match="once more"):
        model.check()


def test_another_process_takes_from_the_same_script() -> None:
    """Its calls come back whole, with tools, output and sampling."""
    model = ScriptedModel("one", "two")
    program = (
        "import pickle, sys\n"
        "from agentcore.models import Output, Sampling, ToolSpec\n"
        "model = pickle.load(sys.stdin.buffer)\n"
        "asked = [{'role': 'user', 'content': 'there'}]\n"
        "answer = model.complete(asked, tools=[ToolSpec('t')], output=Output('o', {}), "
        "sampling=Sampling(stop=('x',)))\n"
        "print(answer.text)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT, input=pickle.dumps(model), capture_output=True, timeout=100, check=True,
    )  # fmt: skip
    assert done.stdout.decode().strip() == "one"
    there = {"role": "user", "content": "there"}
    sampling = Sampling(stop=("x",))
    assert model.calls == (Asked((there,), (ToolSpec("t"),), Output("o", {}), sampling),)
    assert texts(model, 1) == ["two"]
    model.check()


def test_a_journal_ends_with_the_process_that_began_it() -> None:
    """No file is left, and a copy that outlives it says so."""
    program = (
        "import pickle, sys\n"
        "from agentcore.testing import ScriptedModel\n"
        "sys.stdout.buffer.write(pickle.dumps(ScriptedModel('one')))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, timeout=100, check=True
    )
    model = pickle.loads(done.stdout)
    with pytest.raises(ScriptError, match=r"journal .* is not here"):
        model.complete(ASKED)
