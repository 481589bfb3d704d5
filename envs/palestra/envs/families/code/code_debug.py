"""A function with mistakes, mended over several turns with a workspace and tests."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, cast

from palestra.envs.errors import ConfigError
from palestra.envs.families.code.bugs import damage
from palestra.envs.families.code.calls_verifier import CallsVerifier
from palestra.envs.families.code.cheats import general_cheats, hard_coded, unfenced
from palestra.envs.families.code.debug_bench import Bounds, BrokenFunction, DebugBench, DebugNotes
from palestra.envs.families.code.fix_the_bug import FixTheBugConfig
from palestra.envs.families.code.recipe import Recipe, draw_recipe
from palestra.envs.families.code.recipe_question import PUZZLES, SolvedRecipe
from palestra.envs.family import Content, Family
from palestra.envs.record import decode, encode
from palestra.envs.source import TaskSource
from palestra.envs.task import Split, Task
from palestra.envs.tools.toolbox import kit_specs
from palestra.envs.turn import EpisodeState, Turn
from palestra.envs.workspace import Bench, EpisodeLimits, Progress, SessionEnv
from palestra.sandboxes import Limits, Session
from palestra.verifiers import Verdict
from palestra.verifiers.code.candidate import Candidate
from palestra.verifiers.code.jobs import shared_sandbox
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.codecs import CODECS, codec_named

_COMMAND = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=256 << 20)
_JUDGE = CallsVerifier()


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeDebugConfig(FixTheBugConfig):
    """Which functions are broken, and how the tools are called."""

    codec: str = "hermes"
    """A key of `palestra.verifiers.tools.CODECS`."""
    max_turns: int = 12
    """Responses in an episode."""

    def check(self) -> None:
        """The codec exists, and there are turns."""
        if self.codec not in CODECS:
            raise ConfigError(f"no codec `{self.codec[:80]}`\n\nhint: there are {', '.join(CODECS)}")
        if not 1 <= self.max_turns <= 100:
            raise ConfigError(f"`max_turns` must lie in 1..100, got {self.max_turns}")


class CodeDebug(Family[CodeDebugConfig, Recipe]):
    """The functions of `FixTheBug` with tools: run programs, test on the shown examples, submit."""

    id: ClassVar[str] = "palestra/CodeDebug-v1"
    Config: ClassVar[type[CodeDebugConfig]] = CodeDebugConfig
    puzzles: ClassVar[str] = PUZZLES
    templates = (
        "The function in `solution.py` has {bugs}:\n```\n{program}\n```\n{signature}. It should do these steps, each "
        "on the result of the one before:\n{steps}\nRight are:\n{examples}",
        "{signature}. Wanted are these steps, one after the other:\n{steps}\nfor instance\n{examples}\nBut "
        "`solution.py` has {bugs}:\n```\n{program}\n```\nDebug it.",
        "Bug report: `solution.py` has {bugs}.\n```\n{program}\n```\nSpecification ({signature}), where every step "
        "works on what the one before gave:\n{steps}\nExpected:\n{examples}",
        "```\n{program}\n```\nThis is `solution.py`, with {bugs}. By its specification it takes these steps in order:\n"
        "{steps}\n({signature}), so that\n{examples}\nMake it do so.",
    )
    answer_format = "Use the tools to find out what is wrong, and submit the whole mended function."

    def draw(self, rng: KeyedRandom) -> Recipe:
        """Draw the steps of the right function."""
        return draw_recipe(self.config.num_steps, rng)

    def canonical(self, key: Recipe) -> str:
        """The right function."""
        return key.source()

    def composition(self, key: Recipe) -> str:
        """The operations that are combined; a single one is no combination."""
        return key.kinds if len(key.steps) > 1 else ""

    def build(self, key: Recipe, rng: KeyedRandom) -> Content | None:
        """Break the function where it shows."""
        solved, count = SolvedRecipe.of(key, rng), self.config.num_bugs
        if solved is None:
            return None
        right = [json.dumps(value) for value in solved.expected]
        broken = damage(solved.source, solved.inputs, right, rng, count)
        if broken is None:
            return None
        task = BrokenFunction(calls=solved.hidden_calls(), takes=str(key.takes), edits=broken.edits)
        bugs = "one mistake" if count == 1 else f"{count} mistakes in different lines"
        return Content(
            slots={**solved.slots(), "program": broken.source, "bugs": bugs},
            reference=encode(task),
            effort=broken.source.count("\n") * count,
            meta={"num_bugs": count, "num_steps": len(key.steps)},
        )

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> CodeDebugEnv:
        """An environment of these tasks."""
        return CodeDebugEnv(self, self.config, split=split, system_prompt=system_prompt, render_mode=render_mode)


class CodeDebugEnv(SessionEnv):
    """Episodes of debugging; what was submitted, or tested last, is judged by hidden inputs in a fresh place."""

    def __init__(
        self,
        source: TaskSource,
        config: CodeDebugConfig,
        *,
        split: Split = "train",
        system_prompt: str = "",
        render_mode: str | None = None,
    ) -> None:
        limits = EpisodeLimits(command=_COMMAND, turns=config.max_turns, cpu_s=60.0, output_chars=8000)
        super().__init__(
            source,
            codec=codec_named(config.codec),
            limits=limits,
            split=split,
            system_prompt=system_prompt,
            render_mode=render_mode,
        )

    @property
    def instructions(self) -> str:
        """Role, rules and how to end."""
        return (
            "You debug a Python function. Call the tools to run programs and to test versions of the function; the "
            "work ends when you submit. Hidden inputs decide whether it is right."
        )

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """What the policy is told of the tools."""
        return kit_specs(DebugBench)

    async def aopen(self, task: Task) -> Session:
        """A session with the function as it was given."""
        session = await shared_sandbox().start(self.limits.command)
        await session.write("solution.py", program_of(task).encode())
        return session

    def bench(self, session: Session, state: EpisodeState) -> DebugBench:
        """The tools, with what is remembered."""
        task = decode(BrokenFunction, state.task.reference)
        bounds = Bounds(sandbox=shared_sandbox(), command=self.limits.command)
        return DebugBench(session, task, _notes(state.world), (str(state.task.id), state.turns), bounds)

    def notes(self, bench: Bench) -> DebugNotes:
        """The last code, and the milestones that were reached."""
        return cast(DebugBench, bench).notes

    async def arespond(self, state: EpisodeState, text: str) -> Turn:
        """Make the calls, and note which share of the milestones is newly reached."""
        turn = await super().arespond(state, text)
        gained = _notes(turn.world).share - _notes(state.world).share
        components = {**turn.record.components, "milestones": max(0.0, gained)}
        return replace(turn, record=replace(turn.record, components=components))

    async def ajudge(self, state: EpisodeState) -> Verdict:
        """Judge what was submitted, or tested last."""
        code = _notes(state.world).code
        if not code:
            return Verdict.failed("no code was tested or submitted")
        calls = decode(BrokenFunction, state.task.reference).calls
        candidate = Candidate(entry_point=calls.entry_point, sources={"solution.py": code})
        return await asyncio.to_thread(_JUDGE.judge_candidate, candidate, calls)

    def oracle(self) -> str:
        """Test the solution, then submit it."""
        solution = decode(BrokenFunction, self.task.reference).calls.solution
        name = "submit" if self.episode.turns else "test"
        return self._written(name, solution)

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """The function as it was given, the examples by heart, and attacks, each tested and then submitted."""
        calls = decode(BrokenFunction, task.reference).calls
        attacks = enumerate(map(unfenced, general_cheats()))
        sources = {
            "unchanged": program_of(task),
            "by-heart": unfenced(hard_coded(json.loads(calls.visible))),
            **{f"attack-{number}": source for number, source in attacks},
        }
        return {
            name: [self._written("test", source), self._written("submit", source)] for name, source in sources.items()
        }

    def _written(self, name: str, source: str) -> str:
        return self.codec.render_calls([ToolCall(name=name, arguments={"code": source})])

    def guess(self, rng: KeyedRandom) -> str:
        """Submit the function of another recipe."""
        return self._written("submit", draw_recipe(3, rng).source())


def program_of(task: Task) -> str:
    """The function as the prompt shows it."""
    return task.prompt.partition("```\n")[2].partition("\n```")[0]


def _notes(world: object) -> DebugNotes:
    notes = world.notes if isinstance(world, Progress) else None
    return notes if isinstance(notes, DebugNotes) else DebugNotes()
