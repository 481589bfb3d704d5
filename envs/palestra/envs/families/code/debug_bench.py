"""The tools of debugging: run anything in the workspace, test a function on the shown examples, hand it in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from palestra.envs.ending import EndReason
from palestra.envs.families.code.calls_verifier import LIMITS, HiddenCalls, calls_of, is_right
from palestra.envs.families.code.milestones import draw_witnesses, share_reached
from palestra.envs.families.code.mutation import Edit
from palestra.envs.families.code.shapes import Shape
from palestra.envs.tools.tool import Effect, tool
from palestra.envs.tools.truncation import clip
from palestra.envs.workspace import Bench
from palestra.sandboxes import Limits, Program, RunResult, Sandbox, Session, Status
from palestra.verifiers.code.candidate import Candidate, describe, read_replies
from palestra.verifiers.code.inside.wire import Tree
from palestra.verifiers.code.jobs import MalformedReplyError, misfortune
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Outcome

_MAX_CHARS = 4000


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenFunction:
    """What stays with the host in an episode of debugging."""

    calls: HiddenCalls
    takes: str
    edits: tuple[Edit, ...]
    """The mistakes that were put into the solution."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DebugNotes:
    """What is remembered from turn to turn."""

    code: str = ""
    """What was tested or submitted last: it is judged."""
    share: float = 0.0
    """The largest share of the milestones that was reached so far."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """Where and how far the programs of an episode run."""

    sandbox: Sandbox
    """For tests: never the session, in which the policy leaves what it wants."""
    command: Limits
    """Of `run`."""


class DebugBench(Bench):
    """The workbench of one response."""

    def __init__(
        self, session: Session, task: BrokenFunction, notes: DebugNotes, nonce: Sequence[str | int], bounds: Bounds
    ) -> None:
        """Lay out the tools.

        Args:
            session: The workspace, for `run`.
            task: What stays with the host.
            notes: Of the turns before.
            nonce: Of this turn: fresh inputs are drawn from it.
            bounds: Of the programs.
        """
        super().__init__(session)
        self.notes = notes
        self._task, self._nonce, self._bounds = task, tuple(nonce), bounds
        self._num_tests = 0

    @tool(Effect.WRITE)
    async def run(self, code: str) -> str:
        """Run a Python program in the workspace, where `solution.py` holds the function as it was given.

        Args:
            code: The program. Files that it writes stay for later runs.
        """
        result = await self.session.exec(Program.python(code), self._bounds.command)
        self._count(result)
        if result.status is Status.INFRA:
            raise RuntimeError(f"the session broke: {result.detail}")
        ending = "" if result.status is Status.OK else f"[ended with {result.status.value}]\n"
        shown = (clip(stream, _MAX_CHARS).text for stream in (result.stdout, result.stderr))
        return ending + "\n".join(text for text in shown if text)

    @tool(Effect.WRITE)
    async def test(self, code: str) -> str:
        """Call the function that the code defines on each of the shown examples, in a fresh place.

        Args:
            code: The whole function.
        """
        calls = self._task.calls
        self.notes = DebugNotes(code=code, share=self.notes.share)
        candidate = Candidate(entry_point=calls.entry_point, sources={"solution.py": code})
        pairs = json.loads(calls.visible)
        replies = await self._replies(candidate, [given for given, _ in pairs])
        if isinstance(replies, str):
            return replies
        await self._note_milestones(candidate)
        lines = [
            f"{calls.entry_point}({given!r}): " + ("right" if is_right(reply, value) else f"wrong, {describe(reply)}")
            for (given, value), reply in zip(pairs, replies, strict=True)
        ]
        num_right = sum(is_right(reply, value) for (_, value), reply in zip(pairs, replies, strict=True))
        return "\n".join([*lines, f"{num_right} of {len(pairs)} examples are right."])

    @tool(Effect.WRITE)
    async def submit(self, code: str) -> str:
        """Hand the function in. This ends the work.

        Args:
            code: The whole function.
        """
        self.notes = DebugNotes(code=code, share=self.notes.share)
        self.end = EndReason.SUBMITTED
        return "Submitted."

    async def _note_milestones(self, candidate: Candidate) -> None:
        self._num_tests += 1
        rng = KeyedRandom("milestones", *self._nonce, self._num_tests)
        witnesses = draw_witnesses(self._task.calls.solution, self._task.edits, Shape(self._task.takes), rng)
        replies = await self._replies(candidate, [witness.given for witness in witnesses])
        if witnesses and not isinstance(replies, str):
            share = share_reached(witnesses, replies)
            self.notes = DebugNotes(code=self.notes.code, share=max(share, self.notes.share))

    async def _replies(self, candidate: Candidate, inputs: list[Any]) -> list[dict[str, Tree]] | str:
        """What the function gives for each input; a sentence where it does not come to the end."""
        result = await self._bounds.sandbox.run(candidate.program(calls_of(inputs)), LIMITS)
        self._count(result)
        if ending := misfortune(result):
            if ending[0] is Outcome.ERROR:
                raise RuntimeError(f"the sandbox broke: {ending[1]}")
            return f"{ending[1]}."
        try:
            return read_replies(result.stdout, len(inputs))
        except MalformedReplyError as error:
            return f"{error}."

    def _count(self, result: RunResult) -> None:
        self.cpu_s += result.cpu_s
