"""The public methods of agents about the tools that they have at run time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from agentcore.agents.model_options import ModelOptions, is_source, plain_tools
from agentcore.base.checks import did_you_mean
from agentcore.base.errors import ToolError
from agentcore.tools.decorator import as_tool, bound_tools, warn_if_undescribed
from agentcore.tools.tool import Tool, ToolLike, ToolSource

__all__ = ["ToolMethods"]


class ToolMethods:
    """A base of `ConversableAgent`: its methods that change which tools it has.

    What they do holds from the next time that a model is asked, or a call is run.
    """

    _part_of_agent = True
    name: str
    _model_options: ModelOptions | None

    def add_tool(self, tool: ToolLike | ToolSource, *, replace: bool = False) -> None:
        """Add a tool, as ``tools=`` takes one.

        Args:
            tool: a function, a method, a `Tool`, or an MCP server.
            replace: whether it takes the place of the tool with its name, if there is one.

        Raises:
            ToolError: it is none of these, or there is a tool with its name.
        """
        options = self._own_options()
        if is_source(tool):
            options.tools = (*options.tools, tool)
            return
        made = as_tool(tool)  # type: ignore[arg-type]
        if made.name in self._plain():
            if not replace:
                raise ToolError(
                    f"agent {self.name!r} has a tool {made.name!r} already: say replace=True, or "
                    "give this one another name="
                )
            self._remove(options, made.name)
        warn_if_undescribed(made)
        options.tools = (*options.tools, tool)

    def remove_tool(self, name: str | Callable[..., Any] | Tool) -> None:
        """Remove a tool, also one that the agent's class has.

        Args:
            name: its name, or the tool itself.

        Raises:
            ToolError: the agent has no such tool of its own. The tools of an MCP server are not
                removed one by one.
        """
        called = name if isinstance(name, str) else as_tool(name).name
        known = self._plain()
        if called not in known:
            hint = did_you_mean(called, known)
            has = ", ".join(known) or "none"
            raise ToolError(f"agent {self.name!r} has no tool {called!r}{hint}; it has: {has}")
        self._remove(self._own_options(), called)

    def register_function(self, function_map: Mapping[str, Callable[..., Any] | None]) -> None:
        """Add, replace and remove tools, as in AutoGen 0.2.

        Args:
            function_map: functions by the names that they are called by; ``None`` removes one.

        Raises:
            ToolError: a function cannot be a tool, or there is none to remove.
        """
        if not isinstance(function_map, Mapping):
            raise ToolError(f"register_function takes a dict of functions, not {function_map!r}")
        for name, function in function_map.items():
            if function is None:
                self.remove_tool(name)
                continue
            made = as_tool(function)
            self.add_tool(
                Tool(name, made.description, made.parameters, made.function, made.approve),
                replace=True,
            )

    def _own_options(self) -> ModelOptions:
        if self._model_options is None:
            self._model_options = ModelOptions()
        return self._model_options

    def _plain(self) -> dict[str, Tool]:
        """Return the tools that it has itself, by name."""
        options = self._model_options
        if options is None:
            return bound_tools(self)
        return bound_tools(self, plain_tools(options.tools), options.removed)

    def _remove(self, options: ModelOptions, name: str) -> None:
        own = [each for each in plain_tools(options.tools) if as_tool(each).name == name]
        kept = [each for each in options.tools if each not in own]
        if len(kept) == len(options.tools):
            options.removed |= {name}  # it is a method of the class
        options.tools = tuple(kept)
