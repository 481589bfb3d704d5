"""Tool calls: one turn that calls the right tools of many with the right arguments."""

from palestra.envs.row import row

ROWS = (
    row("tool_calls.toolrl:ToolRL", "Call tools for a request, scored by how near the calls are.", "parts and tools"),
    row("tool_calls.function_calling:FunctionCalling", "Call exactly the right tools.", "parts and tools"),
)
