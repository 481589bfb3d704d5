"""Single turns of the Berkeley leaderboard: calls that are compared with the possible answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from palestra.envs.bridges.bfcl_match import match, right_calls
from palestra.envs.bridges.bfcl_rows import BfclRow
from palestra.envs.task import Split, Task
from palestra.envs.text_env import TextEnv
from palestra.envs.turn import EpisodeState, Turn
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.parsed import Calls, Malformed, NoCalls, Parsed

if TYPE_CHECKING:
    from palestra.envs.bridges.bfcl_tasks import Bfcl

_ONCE = "Call the tools that the request needs, all of them in one response. If none fits, say so and call none."


class BfclEnv(TextEnv):
    """What both kinds share: tools that each row brings."""

    role: str

    def __init__(
        self, source: Bfcl, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None
    ) -> None:
        super().__init__(source, split=split, system_prompt=system_prompt, render_mode=render_mode)
        self._rows = source
        self.codec = source.codec

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """The tools of this episode's task, as they are now."""
        return self._rows.row(self.task).tools

    def system(self, task: Task) -> str:
        """The caller's own system prompt, that of the row, what is to be done, and the tools."""
        row = self._rows.row(task)
        parts = (self.system_prompt, row.system, self.role, self.codec.render_tools(row.tools))
        return "\n\n".join(part for part in parts if part)

    def guessed(self, rng: KeyedRandom) -> str:
        """A call of one of the tools, with words of the first request."""
        if not self.tools:
            return self.codec.render_calls([ToolCall(name="search")])
        spec = rng.choice(self.tools)
        properties = spec.parameters.get("properties")
        schemas = properties if isinstance(properties, Mapping) else {}
        words = self.task.prompt.split() or [""]
        return self.codec.render_calls(
            [ToolCall(name=spec.name, arguments={name: _drawn(s, words, rng) for name, s in schemas.items()})]
        )


class BfclCallsEnv(BfclEnv):
    """One response: the right calls, or none where no tool fits."""

    role = _ONCE

    def respond(self, state: EpisodeState, text: str) -> Turn:
        """Compare the calls with the possible answers."""
        row = self._rows.row(state.task)
        return Turn(verdict=_compared(self.codec.parse(text, row.tools), row))

    def oracle(self) -> str:
        """The first of the possible answers."""
        row = self._rows.row(self.task)
        if not row.answers:
            return "None of the tools can do this."
        return self.codec.render_calls(right_calls(row.answers))

    def guess(self, rng: KeyedRandom) -> str:
        """A call of one of the tools, with words of the request."""
        return self.guessed(rng)

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """Calls that are nearly right, and none."""
        row = self._rows.row(task)
        calls = list(right_calls(row.answers))
        if not calls:
            return {"silence": [""], "any_call": [self.codec.render_calls([ToolCall(name="search")])]}
        return {
            "no_call": ["None of the tools can do this."],
            "every_call_twice": [self.codec.render_calls([*calls, *calls])],
            "without_arguments": [self.codec.render_calls([ToolCall(name="no_such_tool")])],
        }


def _compared(parsed: Parsed, row: BfclRow) -> Verdict:
    match parsed:
        case Calls(calls=calls) if row.answers:
            why = match(calls, row.answers, row.tools)
            return Verdict.failed(why) if why else Verdict.passed(f"{len(calls)} calls as they should be")
        case Calls():
            return Verdict.failed("a tool is called where none fits")
        case NoCalls(content=content) if content.strip():
            return Verdict.failed("no tool is called") if row.answers else Verdict.passed("no tool is called")
        case Malformed(reason=reason):
            return Verdict.unparsed(reason)
        case _:
            return Verdict.unparsed("the response is empty, or ends within a call")


def _drawn(schema: Json, words: Sequence[str], rng: KeyedRandom) -> Json:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    match kind:
        case "integer" | "number":
            return rng.below(10)
        case "boolean":
            return bool(rng.below(2))
        case "array":
            return [rng.choice(words)]
        case "object":
            return {}
        case _:
            return rng.choice(words)
