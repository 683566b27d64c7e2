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
from agentcore._message import ChatResponse, Message
from agentcore._prompt import prompt
from agentcore._ref import AgentRef, get_agent_name
from agentcore._rules import ReplyRule, agent_reply
from agentcore._system import AgentSystem, connect
from agentcore._transcript import ChatResult, Entry, StopKind, StopReason, Transcript
from agentcore.errors import *  # noqa: F403
from agentcore.errors import __all__ as _errors

__version__ = "0.1.0"

__all__ = [
    "ActorBackend",
    "AgentRef",
    "AgentSystem",
    "Chat",
    "ChatResponse",
    "ChatResult",
    "Condition",
    "ConversableAgent",
    "Elapsed",
    "Entry",
    "External",
    "MaxMessages",
    "Message",
    "ReplyRule",
    "SourceMatch",
    "StopKind",
    "StopReason",
    "TextMention",
    "TokenBudget",
    "Transcript",
    "UserProxyAgent",
    "agent_reply",
    "connect",
    "get_agent_name",
    "prompt",
    *_errors,
]

# A library is quiet: logger.enable("agentcore") to hear it, and likewise its backends.
for _name in ("agentcore", "agentcore_thread", "agentcore_ray"):
    _logger.disable(_name)
