"""The Model Context Protocol: agents that use tools of MCP servers, and agents served as tools.

What belongs here speaks MCP, by the official SDK: `client` and the files below it for tools of
servers, `server` and the files below it for agents as tools. It may import every other package of
agentcore but ``testing``; no other package imports it. It holds no semantics of conversations, and
nothing that agents without MCP need. Its functions need the extra ``mcp``; importing it does not.
"""

from agentcore.mcp.client import McpServer
from agentcore.mcp.server import a_serve, serve

__all__ = ["McpServer", "a_serve", "serve"]
