"""No rollout is lost, none counts twice, and none is older than allowed, however slow the generator is."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubles import ByteTokenizer
from mode_cases import ScriptedTokens
from palestra.agents import Curfew, Rollout, RolloutDriver, Sampling, is_cut
from palestra.envs import ENVS
from palestra.envs.curriculum import Member, Mixture
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config import TrainConfig
from palestra.trainer.config.reader import parse_config
from palestra.trainer.modes import DropSamples, MaskTokens, Pipelined, TooOld, Wait
from palestra.trainer.modes.ahead_sampler import AheadSampler
from palestra.trainer.modes.collected import Collected
from palestra.trainer.modes.rollout_log import AheadLog
from palestra.trainer.modes.schedule import LearnedStep
from palestra.trainer.modes.workshop import Workshop
from palestra.trainer.noise import NoiseLoop
from palestra.trainer.rewards import VerdictReward
from palestra.trainer.run.rewarding import Rewarder
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.stages.span import Span, spans

ENV = "palestra/ChainSum-v1"


def _config(mode: str, steps: int, prompts: int = 3) -> TrainConfig:
    return parse_config(
        f'''
steps = {steps}
env.id = "{ENV}"
model.path = "nowhere"
rollout = {{ prompts_per_step = {prompts}, samples_per_prompt = 2, max_new_tokens = 40 }}
mode = {mode}
'''
    )


class _Tokenizer(ByteTokenizer):
    stop_ids = (260,)


@dataclass
class _Learner:
    temperature: float = 1.0


@dataclass
class _Parts:
    """What collecting asks of the parts of a run."""

    generator: ScriptedTokens
    sampler: AheadSampler
    noise: NoiseLoop
    learner: _Learner = field(default_factory=_Learner)

    def driver(self, sampling: Sampling) -> RolloutDriver:
        return RolloutDriver(self.generator, _Tokenizer(), sampling)


class _Steps:
    """A stage whose learner takes so many turns of the loop and changes nothing but the version."""

    def __init__(self, config: TrainConfig, folder: Path, length: Callable[[str], int], learn_turns: int) -> None:
        self.config = config
        self.span: Span = spans(config)[0]
        self.parts: Any = _Parts(
            generator=ScriptedTokens(length),
            sampler=AheadSampler(Mixture([Member(env=ENV)])),
            noise=NoiseLoop(None, VerdictReward(), 0),
        )
        self.last_step = self.span.stop
        self.learned: dict[int, list[Rollout]] = {}
        self.paths = RunPaths(folder=folder)
        self.late: int | None = None
        """The step in which the run's time is over."""
        self._learn_turns = learn_turns
        self._version = 0

    def start(self, position: Position) -> None:
        self._version = self.parts.generator.version = position.step
        self.workshop = Workshop(
            span=self.span,
            parts=self.parts,
            make_env=lambda task: ENVS.make(task.id.source, config=task.id.config),
            rewarder=Rewarder(self.config, self.parts.noise),
            log=self.config.mode.open_log(self.paths, position.step),
        )
        self.collector = self.config.mode.collector(self.workshop)

    def begin(self, position: Position) -> None: ...

    def curfew(self) -> Curfew | None:
        return None if self.late is None else Curfew()

    @contextmanager
    def armed(self, curfew: Curfew | None, position: Position) -> Iterator[None]:
        if curfew is not None and position.step + 1 == self.late:
            curfew.fall()
        yield

    async def collect(self, step: int, curfew: Curfew | None) -> Collected:
        return await self.collector.collect(step, curfew, self._version)

    async def learn(self, step: int, collected: Collected, *, apart: bool) -> LearnedStep:
        freshness = self.config.mode.freshness(step - 1)
        for group in collected.groups:
            for rollout in group:
                for view in freshness.views(rollout).values():
                    lags = [lag for lag, kept in zip(view.lags, view.mask, strict=False) if kept]
                    assert max(lags, default=0) <= freshness.bound
        self.learned[step] = [rollout for group in collected.groups for rollout in group]
        for _ in range(self._learn_turns):
            await asyncio.sleep(0)
        return LearnedStep(groups=[], stats=[], too_old_tokens=0, started=0.0)

    async def push(self, step: int) -> None:
        self._version = self.parts.generator.version = step

    async def ask_proof(self, step: int, collected: Collected) -> None:
        """Nothing is proven."""

    async def answered(self) -> None:
        """At once."""

    def record(self, position: Position, collected: Collected, learned: LearnedStep) -> Position:
        return Position(step=position.step + 1, train_seconds=0.0, threads=1)


async def _run(steps: _Steps, position: Position, until: int) -> Position:
    """Make steps, then end as a kill would, but for what is on the disk."""
    steps.start(position)
    schedule = steps.config.mode.schedule(steps)
    try:
        while position.step < until:
            position = await schedule.advance(position)
    finally:
        await schedule.aclose()
        await steps.collector.aclose()
    return position


def _check(steps: _Steps, prompts: int, *, exact: bool) -> None:
    """All that was drawn was learned from once, whole."""
    keys = [rollout.key for rollouts in steps.learned.values() for rollout in rollouts]
    assert len(keys) == len(set(keys)), "nothing counts twice"
    assert set(Counter(key.rpartition("/")[0] for key in keys).values()) <= {2}, "groups are whole"
    assert all(rollout.verdict.valid for rollouts in steps.learned.values() for rollout in rollouts)
    total = sum(map(len, steps.learned.values()))
    assert total == 2 * prompts * len(steps.learned) if exact else total >= 2 * prompts * len(steps.learned)
    logged = {step: path for step, path in steps.paths.rollout_steps()}
    assert sorted(logged) == sorted(steps.learned)
    tasks = [str(rollout.task.id) for rollouts in steps.learned.values() for rollout in rollouts]
    assert set(Counter(tasks).values()) == {2}, "no task is drawn twice"
    indices = {rollout.task.id.index for rollouts in steps.learned.values() for rollout in rollouts}
    assert indices == set(range(len(indices))), "no draw is lost"


def _lengths(seed: int) -> Callable[[str], int]:
    return lambda key: random.Random(f"{seed}/{key}").choice([1, 2, 5, 30])


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    staleness=st.integers(0, 3),
    learn_turns=st.integers(0, 40),
    in_flight=st.sampled_from(["next-token", "boundary"]),
)
def test_whole_steps_are_never_older_than_one_version(
    seed: int, staleness: int, learn_turns: int, in_flight: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    mode = f'{{ kind = "pipelined", max_staleness = {staleness}, in_flight = "{in_flight}" }}'
    steps = _Steps(_config(mode, 6), tmp_path_factory.mktemp("run"), _lengths(seed), learn_turns)
    asyncio.run(_run(steps, Position(step=0, train_seconds=0.0, threads=1), 6))
    _check(steps, 3, exact=True)
    for step, rollouts in steps.learned.items():
        oldest = min(span.version for each in rollouts for segment in each.segments for span in segment.versions)
        assert step - 1 - oldest <= min(staleness, 1)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    room=st.sampled_from([(2, "wait"), (3, "wait"), (1, "drop"), (2, "drop"), (1, "mask"), (3, "mask")]),
    spare=st.sampled_from([1.0, 1.5, 2.0, 3.0]),
    learn_turns=st.integers(0, 60),
    stop=st.integers(1, 6),
)
def test_carried_rollouts_are_neither_lost_nor_counted_twice(
    seed: int,
    room: tuple[int, str],
    spare: float,
    learn_turns: int,
    stop: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Also if the run is ended behind any step and goes on from the checkpoint there."""
    mode = (
        f'{{ kind = "pipelined", max_staleness = {room[0]}, too_old = "{room[1]}", '
        f'finish = {{ kind = "carry-over", spare = {spare} }} }}'
    )
    config, folder = _config(mode, 6), tmp_path_factory.mktemp("run")
    first = _Steps(config, folder, _lengths(seed), learn_turns)
    start = Position(step=0, train_seconds=0.0, threads=1)
    position = asyncio.run(_run(first, start, stop))
    state = first.parts.sampler.state()
    before = {step: [rollout.key for rollout in rollouts] for step, rollouts in first.learned.items()}
    second = _Steps(config, folder, _lengths(seed), learn_turns)
    second.parts.sampler.restore(state)
    second.learned = first.learned
    asyncio.run(_run(second, position, 6))
    assert {step: [r.key for r in second.learned[step]] for step in before} == before
    _check(second, 3, exact=room[1] != "wait")
    assert not second.paths.ahead.exists(), "nothing is left over behind the last step"


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), late=st.integers(1, 4), learn_turns=st.integers(0, 60))
def test_a_time_that_is_over_loses_no_group_and_leaves_none_behind_the_last_step(
    seed: int, late: int, learn_turns: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What a later step can learn from is carried to whoever goes on with more time; the last step cuts the others."""
    mode = '{ kind = "pipelined", max_staleness = 2, finish = { kind = "carry-over", spare = 3.0 } }'
    config, folder = _config(mode, 4), tmp_path_factory.mktemp("run")
    first = _Steps(config, folder, _lengths(seed), learn_turns)
    first.late = late
    position = asyncio.run(_run(first, Position(step=0, train_seconds=0.0, threads=1), late))
    first.paths.forget_after(late, keeps_rollouts=False)  # more time is another configuration
    second = _Steps(config, folder, _lengths(seed), learn_turns)
    second.parts.sampler.restore(first.parts.sampler.state())
    second.learned = first.learned
    asyncio.run(_run(second, position, 4))
    assert second.parts.sampler.carried == ()
    groups = Counter(rollout.key.rpartition("/")[0] for rollouts in second.learned.values() for rollout in rollouts)
    assert set(groups.values()) == {2}, "nothing counts twice, and groups are whole"
    indices = {rollout.task.id.index for rollouts in second.learned.values() for rollout in rollouts}
    assert indices == set(range(len(groups))), "no draw is lost"
    assert not any(is_cut(rollout) for step, rollouts in second.learned.items() if step < 4 for rollout in rollouts)


def test_a_time_that_is_over_cuts_what_an_earlier_step_began(tmp_path: Path) -> None:
    config = _config('{ kind = "pipelined", max_staleness = 2, finish = { kind = "carry-over", spare = 2.0 } }', 2, 1)
    steps = _Steps(config, tmp_path, lambda key: 40 if key.startswith("0/1/1/") else 1, 0)
    steps.late = 2
    asyncio.run(_run(steps, Position(step=0, train_seconds=0.0, threads=1), 2))
    assert [rollout.key for rollout in steps.learned[2] if is_cut(rollout)] == ["0/1/1/0", "0/1/1/1"]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), crash=st.integers(1, 400))
def test_what_is_in_the_log_is_never_sampled_again(
    seed: int, crash: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The process dies in the middle of a step, after so many turns of the loop, and goes on from the start."""
    config = _config('{ kind = "pipelined", finish = "carry-over", max_staleness = 2 }', 5)
    folder = tmp_path_factory.mktemp("run")
    first = _Steps(config, folder, _lengths(seed), 3)
    start = Position(step=0, train_seconds=0.0, threads=1)

    async def scene() -> None:
        run = asyncio.ensure_future(_run(first, start, 5))
        for _ in range(crash):
            await asyncio.sleep(0)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)

    asyncio.run(scene())
    log = AheadLog(first.paths, after=0)
    known = {rollout.key: rollout for rollouts in first.learned.values() for rollout in rollouts}
    logged = {key for key in first.parts.generator.asked if log.find(key.rpartition("/")[0]) is not None}
    second = _Steps(config, folder, _lengths(seed), 3)
    asyncio.run(_run(second, start, 5))
    _check(second, 3, exact=False)
    assert not logged & set(second.parts.generator.asked)
    for step, rollouts in first.learned.items():
        assert [r.key for r in second.learned[step]] == [r.key for r in rollouts], "the same steps of the same data"
        assert all(r == known[r.key] for r in second.learned[step])


@pytest.mark.parametrize("too_old", [Wait(), DropSamples(), MaskTokens()])
def test_too_old_is_a_closed_choice(too_old: TooOld) -> None:
    assert Pipelined(too_old=too_old).freshness(3).too_old is too_old
