"""The library is quiet until it is enabled, and does not import what nobody listens with."""

from __future__ import annotations

import pytest

from tests.unit.config.sections import python

# A module of agentcore that logs a line, and one with the traceback of an error.
SAYS = """
import types
module = types.ModuleType("agentcore.runtime.somewhere")
exec(r'''
from agentcore.base import logger
def say():
    logger.info("{} of {what}", 1, what=2)
    try:
        1 / 0
    except ZeroDivisionError as error:
        logger.error("broke", cause=error)
''', module.__dict__)
"""
LISTENS = """
lines = []
logger.remove()
logger.add(lambda line: lines.append(line), format="{name} {level} {message} {exception}")
"""


@pytest.mark.parametrize("first", ["import agentcore", "from loguru import logger"])
def test_a_user_who_enables_it_hears_it(first: str) -> None:
    """In whichever order the two are imported: with the module's own name, and a traceback."""
    code = f"{first}\nimport agentcore\nfrom loguru import logger\n{LISTENS}{SAYS}" + (
        "logger.enable('agentcore')\nmodule.say()\n"
        "print(lines[0].strip(), '|', len(lines), 'ZeroDivisionError' in lines[1])"
    )
    assert python(code) == "agentcore.runtime.somewhere INFO 1 of 2 | 2 True"


@pytest.mark.parametrize("first", ["import agentcore", "from loguru import logger"])
def test_a_user_who_uses_loguru_for_something_else_hears_nothing(first: str) -> None:
    """It is off by default, in whichever order the two are imported."""
    code = f"{first}\nimport agentcore\nfrom loguru import logger\n{LISTENS}{SAYS}"
    assert python(f"{code}module.say()\nlogger.info('mine')\nprint(len(lines))") == "1"


def test_it_is_off_again_when_the_user_turns_it_off() -> None:
    """The first line changes nothing of what was chosen before it."""
    code = f"import agentcore\nfrom loguru import logger\n{LISTENS}{SAYS}" + (
        "logger.enable('agentcore')\nlogger.disable('agentcore')\nmodule.say()\n"
        "logger.enable('agentcore')\nmodule.say()\nprint(len(lines))"
    )
    assert python(code) == "2"


def test_a_user_who_never_imports_loguru_pays_nothing_for_it() -> None:
    """Neither at the import, nor at a line that is logged; and nothing is printed."""
    code = f"import sys, agentcore, agentcore_thread\n{SAYS}module.say()\n"
    assert python(f"{code}print('loguru' in sys.modules)") == "False"


def test_loguru_is_imported_as_it_always_was() -> None:
    """What follows its import leaves no trace in it: neither in its loader nor in the finders."""
    code = (
        "import sys, agentcore\nbefore = len(sys.meta_path)\nimport loguru\n"
        "print(vars(loguru.__loader__).keys() & {'exec_module'}, before - len(sys.meta_path))"
    )
    assert python(code) == "set() 1"


def test_a_module_whose_lines_are_off_can_be_told_before_a_line_is_made() -> None:
    """A turn makes none then; loguru itself takes longer to find out, as it is asked by each line.

    A later ``enable`` counts, and so does a ``disable`` after that.
    """
    code = f"import agentcore\nfrom loguru import logger\n{LISTENS}{SAYS}" + (
        "from agentcore.base.logger import is_heard\nfound = []\n"
        "for change in (logger.disable, logger.enable, logger.disable):\n"
        "    change('agentcore')\n    module.say()\n    found.append(is_heard(module.__name__))\n"
        "print(found)"
    )
    assert python(code) == "[False, True, False]"
