"""The suite that every backend passes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from agentcore.base.errors import AgentCoreError
from agentcore.runtime.connecting import connect
from agentcore.runtime.system import AgentSystem
from agentcore.testing.conformance.suites.asking_all import AskingAll
from agentcore.testing.conformance.suites.bad_input import BadInput
from agentcore.testing.conformance.suites.briefings import Briefings
from agentcore.testing.conformance.suites.budgets import Budgets
from agentcore.testing.conformance.suites.calling_refs import CallingRefs
from agentcore.testing.conformance.suites.cancelling import Cancelling
from agentcore.testing.conformance.suites.chat_sequences import ChatSequences
from agentcore.testing.conformance.suites.closing import Closing
from agentcore.testing.conformance.suites.conditions import Conditions
from agentcore.testing.conformance.suites.conversations import Conversations
from agentcore.testing.conformance.suites.deadlines import Deadlines
from agentcore.testing.conformance.suites.escapes import EscapingExceptions
from agentcore.testing.conformance.suites.failing_rules import FailingRules
from agentcore.testing.conformance.suites.group_ends import GroupEnds
from agentcore.testing.conformance.suites.group_logs import GroupLogs
from agentcore.testing.conformance.suites.group_messages import GroupMessages
from agentcore.testing.conformance.suites.handoffs import Handoffs
from agentcore.testing.conformance.suites.histories import Histories
from agentcore.testing.conformance.suites.history_policies import HistoryPolicies
from agentcore.testing.conformance.suites.hooks import HookPoints
from agentcore.testing.conformance.suites.humans import Humans
from agentcore.testing.conformance.suites.knowledge import Knowledge
from agentcore.testing.conformance.suites.messages import Messages
from agentcore.testing.conformance.suites.model_answers import ModelAnswers
from agentcore.testing.conformance.suites.model_failures import ModelFailures
from agentcore.testing.conformance.suites.model_fields import ModelFields
from agentcore.testing.conformance.suites.model_handoffs import ModelHandoffs
from agentcore.testing.conformance.suites.nested import Nested
from agentcore.testing.conformance.suites.observing import Observing
from agentcore.testing.conformance.suites.prompts import Prompts
from agentcore.testing.conformance.suites.rules import Rules
from agentcore.testing.conformance.suites.sessions import Sessions
from agentcore.testing.conformance.suites.speaker_selection import SpeakerSelection
from agentcore.testing.conformance.suites.stop_reasons import StopReasons
from agentcore.testing.conformance.suites.streams import Streams
from agentcore.testing.conformance.suites.thinking_aloud import ThinkingAloud
from agentcore.testing.conformance.suites.tool_approval import ToolApproval
from agentcore.testing.conformance.suites.tool_calls import ToolCalls
from agentcore.testing.conformance.suites.tool_executors import ToolExecutors
from agentcore.testing.conformance.suites.tool_limits import ToolLimits
from agentcore.testing.conformance.suites.tool_values import ToolValues
from agentcore.testing.conformance.suites.unfinished_answers import UnfinishedAnswers

__all__ = ["BackendConformance"]


class BackendConformance(
    Rules,
    Messages,
    Histories,
    Conversations,
    HookPoints,
    Sessions,
    Humans,
    Observing,
    StopReasons,
    Conditions,
    Budgets,
    Deadlines,
    Cancelling,
    Nested,
    CallingRefs,
    FailingRules,
    EscapingExceptions,
    BadInput,
    Closing,
    ModelAnswers,
    ModelFailures,
    ModelFields,
    HistoryPolicies,
    Streams,
    ThinkingAloud,
    UnfinishedAnswers,
    Prompts,
    ToolCalls,
    ToolLimits,
    ToolApproval,
    ToolExecutors,
    ToolValues,
    Knowledge,
    GroupMessages,
    GroupLogs,
    SpeakerSelection,
    GroupEnds,
    Handoffs,
    ModelHandoffs,
    AskingAll,
    ChatSequences,
    Briefings,
):
    """The behaviour of agentcore, as tests of a backend.

    Derive from it in a test module, and override the fixture `system`::

        class TestMyBackend(BackendConformance):
            @pytest.fixture
            def system(self):
                with connect("mine") as system:
                    yield system

    The same system may serve many tests: each closes the agents that it spawned.
    """

    @pytest.fixture
    def system(self) -> Iterator[AgentSystem]:
        """Give an open system on the backend: to be overridden."""
        raise NotImplementedError("override the fixture `system` to give an open system")

    @pytest.fixture
    def second_system(self, system: AgentSystem) -> Iterator[AgentSystem]:
        """Give another one, for tests that close it; to be overridden if need be."""
        with connect(system._runtime.core.backend) as second:
            yield second

    @pytest.fixture(autouse=True)
    def _close_agents(self, system: AgentSystem) -> Iterator[None]:
        yield
        with contextlib.suppress(AgentCoreError):
            for ref in system.agents():
                with contextlib.suppress(AgentCoreError):
                    ref.close()
