"""Multi-agent conversations as actors.

Write agents as classes with an ordered list of reply rules, test them in-process, and run the
same code on a Ray cluster by changing one line of configuration. A conversation always ends,
says why, and reads the same on every backend.
"""

from loguru import logger as _logger

from agentcore._agent import ConversableAgent, UserProxyAgent
from agentcore._backend import ActorBackend
from agentcore._chat import Chat
from agentcore._conditions import (
    Condition,
    Elapsed,
    External,
    MaxMessages,
    SourceMatch,
    TextMention,
    TokenBudget,
)
from agentcore._decisions import Handoff
from agentcore._fan import Answers
from agentcore._group import GroupChat
from agentcore._message import ChatResponse, Message
from agentcore._policies import HistoryPolicy, keep_last, summarise
from agentcore._prompt import prompt
from agentcore._ref import AgentRef, get_agent_name
from agentcore._rules import ReplyRule, agent_reply
from agentcore._system import AgentSystem, connect
from agentcore._tool_talk import ToolRequest
from agentcore._tools import Tool, tool
from agentcore._transcript import ChatResult, Entry, StopKind, StopReason, Transcript
from agentcore.errors import *  # noqa: F403
from agentcore.errors import __all__ as _errors

__version__ = "0.1.0"

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
    "HistoryPolicy",
    "MaxMessages",
    "Message",
    "ReplyRule",
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

# A library is quiet: logger.enable("agentcore") to hear it, and likewise its backends.
for _name in ("agentcore", "agentcore_thread", "agentcore_ray"):
    _logger.disable(_name)
