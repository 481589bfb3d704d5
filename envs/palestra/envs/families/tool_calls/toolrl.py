"""Tool calls in ToolRL's format, scored by how near they are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from palestra.envs.families.tool_calls.request import RequestConfig, ToolRequest
from palestra.envs.task import Task
from palestra.verifiers.text.json_value import show_json
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.codec import tool_lines
from palestra.verifiers.tools.toolrl import ToolRLVerifier


class ToolRL(ToolRequest[RequestConfig]):
    """Thinking, and then one call a line; the verdict has the published parts.

    Source: Qian et al. (2025), https://arxiv.org/abs/2504.13958, section 3.
    """

    id: ClassVar[str] = "palestra/ToolRL-v1"
    Config: ClassVar[type[RequestConfig]] = RequestConfig
    answer_format = (
        "Think between <think> and </think>. Then write <tool_call> on a new line, each call that is needed on a line "
        'of its own as {"name": ..., "parameters": {...}}, and </tool_call> on the last line. Call `decline` with the '
        "numbers of the parts that no tool can do, if there are any."
    )
    verifier = ToolRLVerifier()
    floor = 0.25  # the published reward pays for the format alone, and for names of tools that are often right

    def told(self, specs: Sequence[ToolSpec]) -> str:
        """A line for each."""
        return f"These tools can be called:\n{tool_lines(specs)}"

    def gold(self, calls: Sequence[ToolCall], specs: Sequence[ToolSpec]) -> str:
        """The calls."""
        del specs
        return show_json({"calls": [{"name": call.name, "parameters": call.arguments} for call in calls]})

    def written(self, calls: Sequence[ToolCall]) -> str:
        """Thinking, and the calls."""
        lines = [show_json({"name": call.name, "parameters": call.arguments}) for call in calls]
        return "\n".join(["<think>Look for the tools.</think>", "<tool_call>", *lines, "</tool_call>"])

    def oracle(self, task: Task) -> str:
        """The right calls."""
        return self.written(self.verifier.parse_reference(task.reference).calls)

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The right calls where they do not count."""
        lines = "\n".join(show_json(row) for row in json.loads(task.reference)["calls"])
        return (
            f"<think>\n<tool_call>\n{lines}\n</tool_call>\n</think>",
            f"<think>{lines}</think>\n<response>Done.</response>",
            lines,
            f"<tool_call>\n{lines}",
        )
