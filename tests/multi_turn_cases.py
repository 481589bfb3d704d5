"""Environments of several turns, with and without something to give back, and a tokenizer that merges."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Self

from doubles import END, ByteTokenizer, EchoSource
from palestra.envs import AsyncTextEnv, EndReason, EpisodeState, KeyedRandom, Task, TextEnv, Turn, TurnRecord
from palestra.verifiers import Verdict


class CountingEnv(TextEnv):
    """Counts turns until the policy says `done`; judged by how far it came."""

    def __init__(self, turns: int = 6) -> None:
        super().__init__(EchoSource(), system_prompt="You count.")
        self._turns = turns

    def turn_limit(self, task: Task) -> int:
        return self._turns

    def oracle(self) -> str:
        return "done"

    def guess(self, rng: KeyedRandom) -> str:
        return str(rng.below(10))

    def respond(self, state: EpisodeState, text: str) -> Turn:
        record = TurnRecord(components={"format": float(bool(text))}, cut_chars=len(text))
        end = EndReason.SUBMITTED if "done" in text else None
        return Turn(reply=f"Turn {state.turns + 1} of a long observation.", end=end, record=record)

    def judge(self, state: EpisodeState) -> Verdict:
        if state.end is EndReason.SUBMITTED:
            return Verdict.passed(f"resolved: after {state.turns} turns")
        return Verdict.failed(f"failed: {state.end} after {state.turns} turns")


class Lease:
    """Counts what is open, as sandboxes are."""

    def __init__(self) -> None:
        self.open = self.peak = self.opened = self.graded_while_others_ran = 0
        self.running = 0


class LeasedEnv(AsyncTextEnv):
    """Holds a lease for each episode; `broken` names the methods that fail, and how often."""

    def __init__(self, lease: Lease, *, turns: int = 3, broken: dict[str, int] | None = None) -> None:
        super().__init__(EchoSource())
        self._lease, self._turns, self._broken = lease, turns, broken if broken is not None else {}
        self._is_held = False

    def turn_limit(self, task: Task) -> int:
        return self._turns

    def oracle(self) -> str:
        return "done"

    def guess(self, rng: KeyedRandom) -> str:
        return "?"

    async def abegin(self, task: Task) -> object:
        await self._work("abegin")
        self._is_held = True
        self._lease.open += 1
        self._lease.opened += 1
        self._lease.peak = max(self._lease.peak, self._lease.open)
        return None

    async def arespond(self, state: EpisodeState, text: str) -> Turn:
        self._lease.running += 1
        try:
            await self._work("arespond")
        finally:
            self._lease.running -= 1
        return Turn(reply="Go on.", end=EndReason.SUBMITTED if text == "done" else None)

    async def ajudge(self, state: EpisodeState) -> Verdict:
        self._lease.graded_while_others_ran += self._lease.running > 0
        await self._work("ajudge")
        return Verdict.passed("resolved: all of it") if state.end is EndReason.SUBMITTED else Verdict.failed("failed")

    async def aclose(self) -> None:
        if self._is_held:
            self._is_held = False
            self._lease.open -= 1
            await self._work("aclose")

    async def fork(self) -> Self:
        twin = type(self)(self._lease, turns=self._turns, broken=self._broken)
        await twin.abegin(self.task)
        twin.restore(self.episode)
        return twin

    async def _work(self, name: str) -> None:
        await asyncio.sleep(0)
        if self._broken.get(name, 0) > 0:
            self._broken[name] -= 1
            raise OSError(f"{name}: the machine is gone")


class MergingTokenizer(ByteTokenizer):
    """Writes `ab` as one token where it makes tokens of text, and reads `a`, `b` just as well.

    So the ids of a text are not what a policy sampled: whoever makes them again is found out.
    """

    AB = 300

    def prompt_ids(self, messages: Sequence[object]) -> tuple[int, ...]:
        merged: list[int] = []
        for token in super().prompt_ids(messages):  # type: ignore[arg-type]
            if token == ord("b") and merged and merged[-1] == ord("a"):
                merged[-1] = self.AB
            else:
                merged.append(token)
        return tuple(merged)

    def text(self, token_ids: Sequence[int]) -> str:
        plain = [byte for token in token_ids for byte in ([ord("a"), ord("b")] if token == self.AB else [token])]
        return super().text(plain)


__all__ = ["END", "CountingEnv", "Lease", "LeasedEnv", "MergingTokenizer"]
