"""Rounds of requests: what a generator is asked together, whatever the clocks of environments do."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubles import ByteTokenizer, EchoSource, ScriptedGenerator
from multi_turn_cases import CountingEnv, Lease, LeasedEnv
from palestra.agents import (
    Completion,
    Conduct,
    Curfew,
    Episode,
    GenerationRequest,
    GeneratorError,
    Rollout,
    RolloutDriver,
    Sampling,
    StageLimits,
    is_cut,
    request_queue,
)
from palestra.verifiers import Outcome

LOCKSTEP = Conduct(in_lockstep=True, stages=StageLimits(open=2, run=5, grade=2))


class Recording(ScriptedGenerator):
    """Ends each episode at a turn that its key decides, and notes what it is asked together."""

    def __init__(self) -> None:
        super().__init__(
            lambda _, key: "done" if int(key.rpartition("/")[2]) >= len(key) % 3 + int(key[1]) % 2 else "?"
        )
        self.rounds: list[list[str]] = []

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        self.rounds.append([request.key for request in requests])
        await asyncio.sleep(0)
        return await super().generate(requests)


class Halting(Recording):
    """Takes longer for some calls than for others, by what is asked."""

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        for _ in range(len(requests[0].key) * 7):
            await asyncio.sleep(0)
        return await super().generate(requests)


class SlowEnv(LeasedEnv):
    """Needs a while for everything, in hops of the loop that a seed decides."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(Lease(), turns=4)
        self._rng = rng

    async def _work(self, name: str) -> None:
        for _ in range(self._rng.randint(0, 12)):
            await asyncio.sleep(0)


class SlowThreads(CountingEnv):
    """Is played on threads, which answer in any order."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(turns=4)
        self._rng = rng

    async def aplay(self, action: str) -> str:
        await asyncio.sleep(self._rng.uniform(0.0, 0.004))
        return await super().aplay(action)


def episodes(count: int, kind: type[SlowEnv] | type[SlowThreads], seed: int) -> list[Episode]:
    rng = random.Random(seed)
    return [
        Episode(key=f"k{i}" + "x" * (i % 4), env=kind(rng), task=EchoSource().task("test", 0, i)) for i in range(count)
    ]


def rounds(
    count: int, kind: type[SlowEnv] | type[SlowThreads], seed: int, conduct: Conduct = LOCKSTEP
) -> tuple[list[list[str]], list[Rollout]]:
    generator = Recording()
    driver = RolloutDriver(generator, ByteTokenizer(), Sampling(), conduct)
    return generator.rounds, asyncio.run(asyncio.wait_for(driver.play(episodes(count, kind, seed)), 60))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 17))
def test_what_is_asked_together_does_not_depend_on_how_long_environments_take(seed: int, count: int) -> None:
    found, rollouts = rounds(count, SlowEnv, seed)
    assert found == rounds(count, SlowEnv, seed + 1)[0]
    assert {rollout.verdict.outcome for rollout in rollouts} == {Outcome.PASS}
    assert len(found[0]) == min(count, 5), "the first round is as wide as there are places"


def test_environments_on_threads_are_waited_for_too_and_rounds_keep_the_order_of_the_episodes() -> None:
    found, _ = rounds(9, SlowThreads, 1)
    assert found == rounds(9, SlowThreads, 2)[0]
    assert len(found[0]) == 9, "what holds nothing outside of the process is not bounded"
    for asked in found:
        ranks = [int(key[1]) for key in asked]
        assert all(one < other for one, other in pairwise(ranks))


@pytest.mark.parametrize("seed", range(4))
def test_a_round_begins_when_the_last_call_of_the_one_before_has_ended(seed: int) -> None:
    def found(seed: int) -> list[set[str]]:
        async def scene() -> None:
            call = driver.begin(by_prompt=True)
            await asyncio.wait_for(driver.play(episodes(9, SlowEnv, seed), call=call), 60)

        generator = Halting()
        driver = RolloutDriver(generator, ByteTokenizer(), Sampling(), LOCKSTEP)
        asyncio.run(scene())
        return [set(asked) for asked in generator.rounds]

    assert found(seed) == found(seed + 10)


def test_without_lockstep_clocks_decide() -> None:
    conduct = Conduct(stages=LOCKSTEP.stages)
    assert len({str(rounds(9, SlowEnv, seed, conduct)[0]) for seed in range(4)}) > 1


def test_twins_of_a_branch_are_asked_together() -> None:
    generator = Recording()
    driver = RolloutDriver(generator, ByteTokenizer(), Sampling(), LOCKSTEP)
    trunk = Episode(key="k1xx", env=CountingEnv(turns=4), task=EchoSource().task("test", 0, 0))
    asyncio.run(asyncio.wait_for(driver.branch(trunk, after_turns=1, keys=["k3xx", "k5xx"]), 60))
    assert [[key.partition("/")[0] for key in asked] for asked in generator.rounds[:2]] == [
        ["k1xx"],
        ["k1xx", "k3xx", "k5xx"],
    ]


def test_a_failed_attempt_takes_nobody_with_it() -> None:
    lease, generator = Lease(), Recording()
    broken = {"arespond": 2, "abegin": 1, "ajudge": 1}
    made = [
        Episode(key=f"k{i}", env=LeasedEnv(lease, broken=broken), task=EchoSource().task("test", 0, i))
        for i in range(12)
    ]
    driver = RolloutDriver(generator, ByteTokenizer(), Sampling(), LOCKSTEP)
    rollouts = asyncio.run(asyncio.wait_for(driver.play(made), 60))
    assert sum(rollout.attempts for rollout in rollouts) == 16 and lease.open == 0


def test_a_curfew_ends_episodes_that_wait_and_others_go_on() -> None:
    class Silent(Recording):
        async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
            if len(self.rounds) == 1:
                await asyncio.Event().wait()
            return await super().generate(requests)

    async def scene() -> list[Rollout]:
        curfew = Curfew()
        driver = RolloutDriver(Silent(), ByteTokenizer(), Sampling(), LOCKSTEP)
        asyncio.get_running_loop().call_later(0.2, curfew.fall)
        call = driver.begin(curfew=curfew)
        try:
            return await asyncio.wait_for(driver.play(episodes(12, SlowEnv, 3), call=call), 60)
        finally:
            call.requests.close()

    rollouts = asyncio.run(scene())
    assert any(is_cut(rollout) for rollout in rollouts) and len(rollouts) == 12


def test_a_generator_that_cannot_serve_ends_the_call() -> None:
    class Broken(Recording):
        async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
            raise GeneratorError("no model")

    driver = RolloutDriver(Broken(), ByteTokenizer(), Sampling(), LOCKSTEP)
    with pytest.raises(GeneratorError, match="no model"):
        asyncio.run(asyncio.wait_for(driver.play(episodes(12, SlowEnv, 4)), 60))


def test_environments_that_wait_for_each_other_end_a_rounds_patience_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(request_queue, "_PATIENCE_S", 0.05)
    places = asyncio.Semaphore(1)

    class OneAtATime(SlowThreads):
        async def aenter(self, task: object) -> str:
            await places.acquire()
            return await super().aenter(task)  # type: ignore[arg-type]

        async def aclose(self) -> None:
            places.release()

    driver = RolloutDriver(Recording(), ByteTokenizer(), Sampling(), LOCKSTEP)
    with caplog.at_level(logging.WARNING, logger="palestra"):
        rollouts = asyncio.run(asyncio.wait_for(driver.play(episodes(3, OneAtATime, 5)), 60))
    assert [rollout.verdict.outcome for rollout in rollouts] == [Outcome.PASS] * 3
    assert "does not repeat bit for bit" in caplog.text


def test_the_seconds_of_the_generator_are_those_of_its_calls_and_overlaps_count_once() -> None:
    class Sleepy(Recording):
        async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
            await asyncio.sleep(0.05)
            return await super().generate(requests)

    async def scene() -> float:
        driver = RolloutDriver(Sleepy(), ByteTokenizer(), Sampling())
        call = driver.begin(by_prompt=True)
        await driver.play([*episodes(4, SlowEnv, 6)], call=call)
        return call.requests.generating_s

    started = time.monotonic()
    busy = asyncio.run(scene())
    assert 0.05 <= busy <= time.monotonic() - started
