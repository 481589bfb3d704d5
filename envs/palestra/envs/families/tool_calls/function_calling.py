"""Exactly the right calls, in any format of calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.errors import ConfigError
from palestra.envs.families.tool_calls.request import RequestConfig, ToolRequest, tools_of
from palestra.envs.task import Task
from palestra.verifiers.text.json_value import Json, show_json
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.codec import ToolCodec
from palestra.verifiers.tools.codecs import CODECS, codec_named
from palestra.verifiers.tools.exact_calls import ToolCallsVerifier
from palestra.verifiers.tools.function_xml import FunctionXmlCodec
from palestra.verifiers.tools.parsed import Calls


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionCallingConfig(RequestConfig):
    """How much is asked for, and how calls are written."""

    codec: str = "hermes"
    """How calls are written: `hermes`, `function-xml`, `openai` or `python-calls`."""

    def check(self) -> None:
        """The codec exists and can write the calls of any tool."""
        fitting = [name for name, codec in CODECS.items() if codec.writes([ToolSpec(name="any")])]
        if self.codec not in fitting:
            raise ConfigError(f"no calls in `{self.codec[:80]}`\n\nhint: there are {', '.join(fitting)}")


class FunctionCalling(ToolRequest[FunctionCallingConfig]):
    """All the calls that a request needs and no other, with equal arguments; graded all or nothing."""

    id: ClassVar[str] = "palestra/FunctionCalling-v1"
    Config: ClassVar[type[FunctionCallingConfig]] = FunctionCallingConfig
    answer_format = (
        "Make all calls that it needs in one response, with all their arguments, and no other call. "
        "Call `decline` with the numbers of the parts that no tool can do, if there are any."
    )
    verifier = ToolCallsVerifier()

    @property
    def codec(self) -> ToolCodec:
        """How calls are written."""
        return codec_named(self.config.codec)

    def told(self, specs: Sequence[ToolSpec]) -> str:
        """As the codec tells them."""
        return self.codec.render_tools(specs)

    def gold(self, calls: Sequence[ToolCall], specs: Sequence[ToolSpec]) -> str:
        """The calls, the codec and, where it reads values by their schemas, the tools."""
        row: dict[str, Json] = {
            "calls": [{"name": call.name, "arguments": call.arguments} for call in calls],
            "codec": self.config.codec,
        }
        if isinstance(self.codec, FunctionXmlCodec):
            row["tools"] = [spec.to_openai() for spec in specs]
        return show_json(row)

    def written(self, calls: Sequence[ToolCall]) -> str:
        """As the codec writes them."""
        return self.codec.render_calls(calls)

    def oracle(self, task: Task) -> str:
        """The right calls."""
        return self.written(self.verifier.parse_reference(task.reference).calls)

    def hacks(self, task: Task) -> tuple[str, ...]:
        """One call too many or too few, each call twice, and the calls as thinking."""
        calls = self.verifier.parse_reference(task.reference).calls
        other = next(spec for spec in tools_of(task.prompt) if spec.name not in {call.name for call in calls})
        wrong = [(*calls, ToolCall(name=other.name)), (*calls, *calls)]
        texts = [self.written(one) for one in wrong]
        if len(calls) > 1:
            texts.append(self.written(calls[:-1]))
        read = self.codec.parse(f"<think>{self.oracle(task)}</think>Done.")
        if not isinstance(read, Calls):
            texts.append(f"<think>{self.oracle(task)}</think>Done.")
        return tuple(texts)
