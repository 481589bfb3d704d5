"""Work on a table in a sandbox session: programs, files and the predictions that are handed in."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from palestra.envs.ending import EndReason
from palestra.envs.families.machine_learning import policies
from palestra.envs.families.machine_learning.inside.watched import MARKS
from palestra.envs.families.machine_learning.scoring import MAX_BYTES, judged
from palestra.envs.families.machine_learning.table import HELD_OUT_FILE, TRAIN_FILE, table_of
from palestra.envs.source import TaskSource
from palestra.envs.task import Split, Task
from palestra.envs.tools.tool import Effect, ToolError, tool
from palestra.envs.tools.toolbox import kit_specs
from palestra.envs.turn import EpisodeState
from palestra.envs.workspace import Bench, EpisodeLimits, Progress, SessionEnv
from palestra.sandboxes import (
    Limits,
    Program,
    PythonScript,
    RunResult,
    Sandbox,
    SandboxFileError,
    SandboxUnavailableError,
    Session,
    Status,
)
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.codec import ToolCodec

PACKAGES = ("numpy",)
"""What programs can import besides the standard library."""
FINISHED = "finished"
MILESTONES = (*MARKS.values(), FINISHED)
"""What a program is seen to reach; each counts once in an episode."""
LIMITS = EpisodeLimits(
    command=Limits(cpu_s=20.0, wall_s=60.0, memory_bytes=1 << 30, output_bytes=4 << 20),
    turns=16,
    cpu_s=60.0,
    wall_s=600.0,
    show_turns_left=True,
)
_MAX_CODE_CHARS = 200_000
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
_lock = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True)
class MleNotes:
    """What is remembered of an episode besides the files."""

    milestones: frozenset[str] = frozenset()
    path: str = policies.PREDICTIONS
    """Where the predictions are."""


class MleBench(Bench):
    """Programs and files of one session."""

    def __init__(self, session: Session, notes: MleNotes, limits: Limits) -> None:
        super().__init__(session)
        self.milestones = set(notes.milestones)
        self.path = notes.path
        self._limits = limits

    @tool(Effect.WRITE)
    async def run(self, code: str) -> str:
        """Run a Python program in the working folder; what it prints comes back. Files stay, variables do not.

        Args:
            code: The whole program.
        """
        if len(code) > _MAX_CODE_CHARS:
            raise ToolError(f"a program of {len(code)} characters; at most {_MAX_CODE_CHARS} are run")
        nonce = secrets.token_hex(32)
        result = await self.session.exec(_program(code, nonce), self._limits)
        self.cpu_s += result.cpu_s
        if result.status is Status.INFRA:
            raise SandboxUnavailableError(f"a program could not be run: {result.detail}")
        exit_code, reached = read_report(result, nonce)
        fresh = reached - self.milestones
        self.milestones |= fresh
        self.components["milestones"] = self.components.get("milestones", 0.0) + len(fresh) / len(MILESTONES)
        shown = result.stderr.decode("utf-8", "backslashreplace")
        return shown + _ending(result, exit_code) or "[no output]"

    @tool(Effect.READ)
    async def read_file(self, path: str) -> str:
        """Show a file.

        Args:
            path: Relative to the working folder.
        """
        try:
            return (await self.session.read(path)).decode("utf-8", "backslashreplace")
        except SandboxFileError as error:
            raise ToolError(str(error).partition("\n")[0]) from None

    @tool(Effect.WRITE)
    async def write_file(self, path: str, text: str) -> str:
        """Write a file, new or in the place of another.

        Args:
            path: Relative to the working folder.
            text: All that it is to hold.
        """
        try:
            await self.session.write(path, text.encode("utf-8", "backslashreplace"))
        except SandboxFileError as error:
            raise ToolError(str(error).partition("\n")[0]) from None
        return f"`{path}` has {len(text)} characters."

    @tool(Effect.WRITE)
    def submit(self, path: str = policies.PREDICTIONS) -> str:
        """Hand in the predictions; nothing can be done behind it.

        Args:
            path: File with the columns `id` and `prediction`, one line for each held-out row.
        """
        self.path = path
        self.end = EndReason.SUBMITTED
        return "The predictions are handed in."


class MleEnv(SessionEnv):
    """An episode on one table. The labels of the held-out rows never enter a sandbox."""

    def __init__(
        self,
        source: TaskSource,
        *,
        codec: ToolCodec,
        limits: EpisodeLimits = LIMITS,
        split: Split = "train",
        system_prompt: str = "",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(
            source, codec=codec, limits=limits, split=split, system_prompt=system_prompt, render_mode=render_mode
        )

    @property
    def instructions(self) -> str:
        """Where the work is done, and how it ends."""
        command, limits = self.limits.command, self.limits
        return (
            "You train models on small tables, with tools that act in a working folder without network. "
            f"Programs are Python 3.11 with its standard library and {', '.join(PACKAGES)}. One program may use "
            f"{command.cpu_s:g} CPU seconds, all together {limits.cpu_s:g}. Write the predictions into a file "
            "and call `submit`; after that, or when the turns have run out, the file is judged."
        )

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """Programs, files, and handing in."""
        return kit_specs(MleBench)

    async def aopen(self, task: Task) -> Session:
        """A session with the two tables."""
        table = table_of(task.reference)
        session = await mle_sandbox().start(self.limits.command)
        try:
            await session.write(TRAIN_FILE, table.train.encode())
            await session.write(HELD_OUT_FILE, table.held_out.encode())
        except BaseException:
            await session.close()
            raise
        return session

    def bench(self, session: Session, state: EpisodeState) -> MleBench:
        """The tools."""
        return MleBench(session, _notes(state), self.limits.command)

    def notes(self, bench: Bench) -> object:
        """What was reached, and where the predictions are."""
        assert isinstance(bench, MleBench)
        return MleNotes(milestones=frozenset(bench.milestones), path=bench.path)

    async def ajudge(self, state: EpisodeState) -> Verdict:
        """Read the predictions as data and compare them with what is held back."""
        notes = _notes(state)
        try:
            data = await (await self.session()).read(notes.path, 2 * MAX_BYTES)
        except SandboxFileError as error:
            return Verdict.failed(f"no predictions: {str(error).partition(chr(10))[0]}"[:200])
        return judged(data, table_of(state.task.reference))

    def oracle(self) -> str:
        """A program with the right terms, whose weights it estimates; then the hand-in."""
        if self.episode.turns == 0:
            code = policies.solution(table_of(self.task.reference))
            return self.codec.render_calls([ToolCall(name="run", arguments={"code": code})])
        return self.codec.render_calls([ToolCall(name="submit", arguments={})])

    def guess(self, rng: KeyedRandom) -> str:
        """Random predictions, handed in."""
        code = policies.random_predictions(table_of(self.task.reference), rng)
        return self.codec.render_calls([ToolCall(name="run", arguments={"code": code}), ToolCall(name="submit")])

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """Ways to hand in something without having learned anything."""
        return {
            name: [self.codec.render_calls(calls)] for name, calls in policies.cheats(table_of(task.reference)).items()
        }


def read_report(result: RunResult, nonce: str) -> tuple[int | None, frozenset[str]]:
    """The program's exit code and the milestones, from a run's one report; nothing where it is missing or not ours."""
    head, end, rest = result.stdout.partition(b"\n")
    if not head.startswith(nonce.encode()) or not end or rest:
        return None, frozenset()
    report = json.loads(head[len(nonce) :])  # ours: the nonce is behind a process that cannot be looked into
    code = int(report["code"])
    reached = frozenset(str(mark) for mark in report["marks"] if mark in MILESTONES)
    return code, reached | {FINISHED} if code == 0 else reached


@cache
def _started() -> Sandbox:
    from palestra.sandboxes.namespaces.image import HostImage
    from palestra.sandboxes.zygote import ZygoteSandbox

    return ZygoteSandbox(HostImage(packages=PACKAGES))


def mle_sandbox() -> Sandbox:
    """Namespaces in which numpy can be imported, started at the first call and shared.

    Raises:
        SandboxUnavailableError: Namespaces do not work here.
    """
    with _lock:  # two threads must not start two
        return _started()


def _program(code: str, nonce: str) -> Program:
    request = {"nonce": nonce, "code": code, "train": TRAIN_FILE, "held_out": HELD_OUT_FILE}
    source = files(__package__).joinpath("inside", "watched.py").read_text()
    return Program(entry=PythonScript(source=source), stdin=json.dumps(request).encode("ascii"), env=_ONE_THREAD)


def _ending(result: RunResult, exit_code: int | None) -> str:
    if result.status is not Status.OK:
        return f"\n[{result.status}: {result.detail}]"
    if exit_code is None:
        return "\n[the program ended the process that watched it]"
    return f"\n[exit code {exit_code}]" if exit_code else ""


def _notes(state: EpisodeState) -> MleNotes:
    progress = state.world
    notes = progress.notes if isinstance(progress, Progress) else None
    return notes if isinstance(notes, MleNotes) else MleNotes()
