"""Tools: typed Python functions that a policy may call."""

from palestra.envs.tools.tool import Effect, Tool, ToolError, tool
from palestra.envs.tools.toolbox import Toolbox, ToolResult
from palestra.envs.tools.truncation import Clipped, clip

__all__ = ["Clipped", "Effect", "Tool", "ToolError", "ToolResult", "Toolbox", "clip", "tool"]
