"""Work on a repository, judged in a clean room."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from palestra.envs.ending import EndReason
from palestra.envs.errors import NoOracleError
from palestra.envs.swe.cheats import CHEATS
from palestra.envs.swe.grader import CleanRoom, SweStatus, SweVerdict
from palestra.envs.swe.patch import apply_patch, beneath, changes_between, inside_folder
from palestra.envs.swe.plan import SUBMIT_CALL, changes_of, editing_calls, shell_calls
from palestra.envs.swe.source import SweSource
from palestra.envs.swe.task import SweTask
from palestra.envs.task import Split, Task
from palestra.envs.tools.toolbox import kit_specs
from palestra.envs.turn import EpisodeState, Turn
from palestra.envs.workspace.session_env import Bench, Progress, SessionEnv
from palestra.envs.workspace.shell_bench import SUBMIT, ShellBench, Shop
from palestra.sandboxes import (
    Diff,
    Entry,
    Kind,
    Program,
    PythonScript,
    SandboxFileError,
    SandboxUnavailableError,
    Session,
    Snapshot,
    Status,
)
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall, ToolSpec
from palestra.verifiers.tools.codecs import codec_named

REPO = "repo"
_FENCED = "fenced-bash"
_MAX_BYTES = 256 << 20
_START = """
import json, os, subprocess, sys
date = "2000-01-01T00:00Z"
os.environ.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_AUTHOR_DATE=date, GIT_COMMITTER_DATE=date)
git = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@localhost", "-c", "init.defaultBranch=main"]
os.chdir("repo")
steps = (["init", "-q"], ["add", "-A", "-f"], ["commit", "-q", "--allow-empty", "-m", "The repository as it is"])
try:
    for step in steps:
        subprocess.run(git + step, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
except (OSError, subprocess.CalledProcessError):
    pass
print(json.dumps([sys.executable, os.environ.get("PATH", "")]))
"""
_RULES = """You work on a software repository; the task is in the first message. Its top folder is where paths and \
commands start. Change its source code so that the task is done. Tests decide: those that you see and others. \
What you change in tests and in the configuration of tests does not count. There is no network."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Notes:
    num_outputs: int = 0


class SweEnv(SessionEnv):
    """An episode on a repository: a session to work in, and the clean room to judge what came of it.

    The same class for namespaces and containers: the source's library says where a task is worked on.
    """

    def __init__(
        self, source: SweSource, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None
    ) -> None:
        super().__init__(
            source,
            codec=codec_named(source.config.codec),
            limits=source.config.limits,
            split=split,
            system_prompt=system_prompt,
            render_mode=render_mode,
        )
        self._swe = source
        self._shop = Shop(folder=REPO, limits=self.limits)

    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """A shell, and for codecs that can call more, an editor, a search and `submit`."""
        specs = kit_specs(ShellBench)
        return tuple(spec for spec in specs if spec.name == "bash") if self._has_shell_only else specs

    @property
    def instructions(self) -> str:
        """What the work is, and how to hand it in."""
        how = f"Run the one command `{SUBMIT}`" if self._has_shell_only else "Call `submit`"
        return f"{_RULES} {how} when you are done."

    async def aopen(self, task: Task) -> Session:
        """A session with the repository as one commit, without history."""
        swe = self._swe.swe_task(task)
        session = await self._swe.library.workplace(swe).start(self.limits.command)
        try:
            files = inside_folder(self._swe.given(swe), REPO)
            await asyncio.to_thread(session.unpack, files.to_tar())
            result = await session.exec(Program(entry=PythonScript(source=_START)), self.limits.command)
            if result.status is not Status.OK:
                raise SandboxUnavailableError(f"the workspace could not be laid out: {result.status} {result.detail}")
        except BaseException:
            await session.close()
            raise
        executable, path = json.loads(result.stdout)
        folder = str(executable).rpartition("/")[0]
        self._shop = Shop(
            folder=REPO, env={"PATH": f"{folder}:{path}", "PYTHONDONTWRITEBYTECODE": "1"}, limits=self.limits
        )
        return session

    def bench(self, session: Session, state: EpisodeState) -> Bench:
        """The tools."""
        notes = cast(Progress, state.world).notes
        return ShellBench(session, self._shop, num_outputs=notes.num_outputs if isinstance(notes, _Notes) else 0)

    def notes(self, bench: Bench) -> object:
        """How many outputs are kept."""
        return _Notes(num_outputs=cast(ShellBench, bench).num_outputs)

    async def arespond(self, state: EpisodeState, text: str) -> Turn:
        """Make the calls of a response; handing in earns a component, and another where something is changed."""
        turn = await super().arespond(state, text)
        if turn.end is not EndReason.SUBMITTED:
            return turn
        changes = await self._changes(self._swe.swe_task(state.task))
        earned = {"submitted": 1.0, "patch": float(bool(changes))}
        return replace(turn, record=replace(turn.record, components={**turn.record.components, **earned}))

    async def ajudge(self, state: EpisodeState) -> Verdict:
        """The clean room's judgement of what the repository has become, however the episode ended."""
        return (await self.averdict(state)).verdict

    async def averdict(self, state: EpisodeState) -> SweVerdict:
        """The same with its status and evidence."""
        swe = self._swe.swe_task(state.task)
        changes = await self._changes(swe)
        if changes is None:
            return SweVerdict(status=SweStatus.PATCH_REJECTED, detail="the repository cannot be read any more")
        room = CleanRoom(self._swe.library.courtroom(swe))
        return await room.grade(swe, self._swe.library.files(swe), changes)

    def oracle(self) -> str:
        """The calls that apply the right patch, and then the one that hands it in.

        Raises:
            NoOracleError: The task knows no right patch.
        """
        swe = self._swe.swe_task(self.task)
        if swe.gold is None:
            raise NoOracleError(f"`{self.task.id}` knows no right patch")
        given = self._swe.given(swe)
        changes = changes_of(given.diff(apply_patch(given, swe.gold)))
        calls = shell_calls(changes) if self._has_shell_only else editing_calls(given, changes)
        return self._nth(calls)

    def guess(self, rng: KeyedRandom) -> str:
        """A random line of a random module doubled or dropped, three times; then handed in."""
        given = self._swe.given(self._swe.swe_task(self.task))
        modules = [p for p, e in given.entries.items() if p.endswith(".py") and e.kind is Kind.FILE and e.content]
        if self.episode.turns >= 3 or not modules:
            return self._written(SUBMIT_CALL)
        path = rng.choice(modules)
        line = rng.between(1, given.entries[path].content.count(b"\n") + 1)
        deed = rng.choice(["p", "d"])
        return self._written(ToolCall(name="bash", arguments={"command": f"sed -i '{line}{deed}' '{path}'"}))

    def cheats(self, task: Task) -> Mapping[str, Sequence[str]]:
        """The attacks on repositories, tests and graders that are known; each hands its work in at the end."""
        swe = self._swe.swe_task(task)
        given = self._swe.given(swe)
        module = _target(given, swe)
        return {
            cheat.name: [self._shell(command) for command in cheat.commands(module, swe)] + [self._written(SUBMIT_CALL)]
            for cheat in CHEATS
        }

    @property
    def _has_shell_only(self) -> bool:
        return self.codec.name == _FENCED

    async def _changes(self, swe: SweTask) -> Diff | None:
        """What differs from what was given; None where the repository is gone or too large."""
        session = await self.session()
        try:
            entries = await session.list(REPO, _MAX_BYTES)
        except SandboxFileError:
            return None
        top = Entry(path=REPO, kind=Kind.FOLDER, mode=0o755)
        return changes_between(self._swe.given(swe), beneath(Snapshot.of([top, *entries]), REPO))

    def _nth(self, calls: Sequence[ToolCall]) -> str:
        turn = self.episode.turns
        return self._written(calls[turn] if turn < len(calls) else SUBMIT_CALL)

    def _shell(self, command: str) -> str:
        return self.codec.render_call(ToolCall(name="bash", arguments={"command": command}))

    def _written(self, call: ToolCall) -> str:
        if self._has_shell_only and call.name == SUBMIT_CALL.name:
            return self._shell(SUBMIT)
        return self.codec.render_call(call)


def _target(given: Snapshot, swe: SweTask) -> str:
    """The module that a cheat changes: the one that the right patch does, or else the first."""
    if swe.gold is not None:
        for change in changes_of(given.diff(apply_patch(given, swe.gold))):
            if change.path in given.entries:
                return change.path
    return next(path for path, entry in given.entries.items() if path.endswith(".py") and entry.kind is Kind.FILE)
