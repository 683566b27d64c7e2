"""The Model Context Protocol: agents that use tools of MCP servers, and agents served as tools.

Needs the extra ``mcp``; importing this module does not.
"""

from agentcore.mcp.client import McpServer
from agentcore.mcp.server import a_serve, serve

__all__ = ["McpServer", "a_serve", "serve"]
