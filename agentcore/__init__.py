"""Multi-agent conversations as actors.

Write agents as classes with an ordered list of reply rules, test them in-process, and run the
same code on a Ray cluster by changing one line of configuration. A conversation always ends,
says why, and reads the same on every backend.
"""

from agentcore.agents.agent import ConversableAgent, UserProxyAgent
from agentcore.agents.history_limit import HistoryLimit
from agentcore.agents.history_policies import HistoryPolicy, keep_last, summarise
from agentcore.agents.prompt import prompt
from agentcore.base.version import VERSION
from agentcore.errors import *  # noqa: F403
from agentcore.errors import __all__ as _errors
from agentcore.groups.group import GroupChat
from agentcore.groups.selector import Selector
from agentcore.protocol.agent_ref import AgentRef, get_agent_name
from agentcore.protocol.answers import Answers
from agentcore.protocol.chat import Chat
from agentcore.protocol.conditions import (
    Condition,
    Elapsed,
    External,
    MaxMessages,
    SourceMatch,
    TextMention,
    TokenBudget,
)
from agentcore.protocol.decisions import Handoff
from agentcore.protocol.history import History
from agentcore.protocol.message import ChatResponse, Message
from agentcore.protocol.rules import ReplyRule, agent_reply
from agentcore.protocol.stop import StopKind, StopReason
from agentcore.protocol.transcript import ChatResult, Entry, Transcript
from agentcore.runtime.backend import ActorBackend
from agentcore.runtime.connecting import connect
from agentcore.runtime.system import AgentSystem
from agentcore.tools.approval import ToolRequest
from agentcore.tools.decorator import Tool, tool

__version__ = VERSION

__all__ = [
    "ActorBackend",
    "AgentRef",
    "AgentSystem",
    "Answers",
    "Chat",
    "ChatResponse",
    "ChatResult",
    "Condition",
    "ConversableAgent",
    "Elapsed",
    "Entry",
    "External",
    "GroupChat",
    "Handoff",
    "History",
    "HistoryLimit",
    "HistoryPolicy",
    "MaxMessages",
    "Message",
    "ReplyRule",
    "Selector",
    "SourceMatch",
    "StopKind",
    "StopReason",
    "TextMention",
    "TokenBudget",
    "Tool",
    "ToolRequest",
    "Transcript",
    "UserProxyAgent",
    "agent_reply",
    "connect",
    "get_agent_name",
    "keep_last",
    "prompt",
    "summarise",
    "tool",
    *_errors,
]
