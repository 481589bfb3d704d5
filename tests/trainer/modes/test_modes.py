"""Modes through the whole loop, on the tiny model."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mode_cases import COPIED, START, config_of, loop_of, notes_of, slowed
from palestra.agents import (
    Completion,
    FinishReason,
    GenerationRequest,
    GeneratorError,
    Rollout,
    Sampling,
    Wake,
    read_rollouts,
)
from palestra.agents.generator import SingleGenerator
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config.composition import composition
from palestra.trainer.errors import ConfigError, SyncError
from palestra.trainer.losses import ClippedLoss, ReinforceLoss
from palestra.trainer.modes import Colocated, Pipelined, WakefulGenerator
from palestra.trainer.modes.colocated import WakefulSingleGenerator
from palestra.trainer.modes.pipelined import bounds_ratio
from palestra.trainer.run.loop import TrainingLoop
from palestra.trainer.run.parts import Parts
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.weight_sync.in_process import CopiedWeights

PIPELINED = 'mode = "pipelined"'
BOUNDARY = 'mode = { kind = "pipelined", in_flight = "boundary" }'
EVALUATED = ("--evaluation.every=1", "--evaluation.tasks=2")
CARRYING = 'mode = { kind = "pipelined", max_staleness = 2, finish = "carry-over" }'


def _weights(loop: TrainingLoop) -> list[torch.Tensor]:
    return [parameter.detach().clone() for parameter in loop.parts.policy.model.parameters()]


def _are_equal(one: TrainingLoop, other: TrainingLoop) -> bool:
    return all(torch.equal(a, b) for a, b in zip(_weights(one), _weights(other), strict=True))


def _rollouts(folder: Path) -> dict[int, list[Rollout]]:
    return {step: list(read_rollouts(path)) for step, path in RunPaths(folder=folder).rollout_steps()}


def _versions(rollout: Rollout) -> set[int]:
    return {span.version for segment in rollout.segments for span in segment.versions}


def _trained(folder: Path, *lines: str, steps: int = 4) -> TrainingLoop:
    loop = loop_of(config_of(folder, *lines, steps=steps), folder / "run")
    assert asyncio.run(loop.run(START)).step == steps
    return loop


def test_without_staleness_pipelined_is_synchronous_bit_for_bit(tmp_path: Path) -> None:
    first = _trained(tmp_path / "a")
    second = _trained(tmp_path / "b", 'mode = { kind = "pipelined", max_staleness = 0 }')
    assert _are_equal(first, second)
    assert all(row.staleness_max == 0 and row.overlap_s == 0.0 for row in notes_of(second).steps)


def test_copied_weights_learn_what_shared_ones_learn(tmp_path: Path) -> None:
    assert _are_equal(_trained(tmp_path / "a"), _trained(tmp_path / "b", COPIED))


def test_at_boundaries_every_step_but_the_first_is_one_version_old(tmp_path: Path) -> None:
    loop = _trained(tmp_path, BOUNDARY, COPIED, steps=4)
    for step, rollouts in _rollouts(tmp_path / "run").items():
        assert {version for each in rollouts for version in _versions(each)} == {max(0, step - 2)}
    rows = notes_of(loop).steps
    assert [(row.staleness_max, row.stale_share) for row in rows] == [(0, 0.0), (1, 1.0), (1, 1.0), (1, 1.0)]
    assert rows[1].kl_fresh is None and rows[1].kl_stale is not None and rows[1].kl_stale > 0
    assert all(row.effective_share is not None and 0.5 < row.effective_share <= 1.0 for row in rows)
    assert rows[0].effective_share == pytest.approx(1.0, abs=1e-6)


def test_at_boundaries_a_pipelined_run_repeats_bit_for_bit(tmp_path: Path) -> None:
    first, second = (_trained(tmp_path / name, BOUNDARY, COPIED) for name in "ab")
    assert _are_equal(first, second)


def test_rejected_rollouts_are_masked_where_steps_overlap(tmp_path: Path) -> None:
    rejecting = ("score=opening", "every=2", "spare=0.5")
    loop = _trained(tmp_path, BOUNDARY, COPIED, *(f"--rollout.rejection.{line}" for line in rejecting))
    rollouts = [each for step in _rollouts(tmp_path / "run").values() for each in step]
    rejected = [each for each in rollouts if each.finish_reason is FinishReason.REJECTED]
    spared = [each for each in rollouts if each.weight == 2.0]
    assert rejected and spared
    assert sum(row.masked_samples for row in notes_of(loop).steps) == len(rejected)
    assert [row.staleness_max for row in notes_of(loop).steps][1:] == [1, 1, 1]


def test_in_flight_rollouts_go_on_with_the_new_weights_and_label_every_token(tmp_path: Path) -> None:
    config = config_of(tmp_path, PIPELINED, COPIED, "--rollout.max-new-tokens=60", steps=4)

    def may_go(key: str, version: int) -> bool:
        """Every other answer begins when the weights have come."""
        _, step, *sample = key.split("/")
        return sample[0] == "proof" or int(sample[-1]) % 2 == 0 or version == int(step) - 1

    loop = loop_of(config, tmp_path / "run", slowed(may_go))
    asyncio.run(loop.run(START))
    rows = notes_of(loop).steps
    assert all(row.staleness_max is not None and row.staleness_max <= 1 for row in rows)
    mixed = [row for row in rows if row.stale_share is not None and 0.0 < row.stale_share < 1.0]
    assert mixed, "some tokens are of the old version, some of the new one"
    # The generator reads rows again under new weights, so that fresh tokens agree with the learner to rounding.
    assert all(row.mismatch_max < 1e-4 for row in mixed)


def test_at_boundaries_nothing_is_sampled_together_with_the_proof(tmp_path: Path) -> None:
    going: list[str] = []
    looks = Counter[str]()

    def may_go(key: str, version: int) -> bool:
        """Tokens of a proof come late; whoever is asked for in between is seen."""
        looks[key] += 1
        goes = "/proof/" not in key or looks[key] > 20
        if looks[key] == 1 or goes:
            going.append(key)
        return goes

    def asked_together(steps: int, position: Position) -> list[set[str]]:
        """The keys between the first and the last of each proof."""
        going.clear()
        looks.clear()
        loop = loop_of(config_of(tmp_path, BOUNDARY, COPIED, *EVALUATED, steps=steps), tmp_path / "run", slowed(may_go))
        asyncio.run(loop.run(position))
        kinds = [key.rpartition("/")[0] if "/proof/" in key else key for key in going]
        places = {kind: [i for i, each in enumerate(kinds) if each == kind] for kind in kinds if kind.endswith("proof")}
        return [set(kinds[found[0] : found[-1] + 1]) - {kind} for kind, found in places.items()]

    assert asked_together(4, START) == [set(), set(), set()]
    # The step after the checkpoint is read from the log and proven before the one after it is asked for.
    assert asked_together(7, replace(START, step=3)) == [set(), set(), set(), set()]


def test_shared_weights_are_refused(tmp_path: Path) -> None:
    config = config_of(tmp_path, PIPELINED)
    with pytest.raises(ConfigError, match=r"weights of its own(.|\n)*hint: generator.copies_weights"):
        loop_of(config, tmp_path / "run")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ('mode = { kind = "pipelined", max_staleness = 2, finish = "carry-over", in_flight = "boundary" }',),
            "never comes to it",
        ),
        ((CARRYING, "--rollout.budget=dynamic"), 'rollout.budget = "fixed"'),
        (('mode = { kind = "pipelined", finish = "carry-over" }',), "needs a max_staleness of 2 or more"),
        (
            ('mode = { kind = "pipelined", max_staleness = 0, finish = "carry-over", too_old = "mask" }',),
            "needs a max_staleness of 1 or more",
        ),
        (('mode = { kind = "pipelined", max_staleness = -1 }',), "max_staleness must be 0 or more"),
        (('mode = { kind = "pipelined", too_old = "mask" }', "critic.lr_factor = 1.0"), "does not go with a critic"),
        (('mode = { kind = "colocated", sleep_level = 3 }',), "sleep_level must be 1 or 2"),
        ((PIPELINED, "--rollout.budget=dynamic", "--shaping=self-aligned"), "asks the learner for the budget"),
        (
            (PIPELINED, "--rollout.budget=gvm", 'noise.rates = { kind = "audited", auditor = "verdict" }'),
            "goes by error rates while they are measured",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(lines: tuple[str, ...], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=said):
        config_of(tmp_path, *lines)


def test_a_loss_that_nothing_bounds_is_remarked_once(tmp_path: Path) -> None:
    assert bounds_ratio(ClippedLoss()) and not bounds_ratio(ReinforceLoss())
    loop = _trained(tmp_path / "a", PIPELINED, COPIED, 'loss = "reinforce"', steps=2)
    assert [text for text in notes_of(loop).said if "there is no correction" in text] == [
        "tokens may be 1 version(s) old, there is no correction, and the loss `reinforce` does not bound their ratio: "
        'consider correction = "truncated"'
    ]
    corrected = config_of(tmp_path / "b", PIPELINED, 'loss = "reinforce"', 'correction = "truncated"')
    assert corrected.mode.remark(corrected) == ""


def test_the_composition_names_the_mode(tmp_path: Path) -> None:
    assert "-> mode synchronous ->" in composition(config_of(tmp_path / "a"))
    assert "-> mode pipelined (max_staleness 1) ->" in composition(config_of(tmp_path / "b", PIPELINED))


class _Mislabelled:
    """Labels tokens with a version that never changes."""

    def __init__(self, parts: Parts) -> None:
        self._generator = parts.generator

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        return [
            replace(each, versions=tuple(replace(span, version=0) for span in each.versions))
            for each in await self._generator.generate(requests)
        ]


def test_old_tokens_stop_a_run_that_allows_none(tmp_path: Path) -> None:
    loop = loop_of(config_of(tmp_path), tmp_path / "run", lambda parts: replace(parts, generator=_Mislabelled(parts)))
    with pytest.raises(SyncError, match=r"1 versions older than the learner's, where 0 are allowed(.|\n)*hint: "):
        asyncio.run(loop.run(START))


def test_colocated_is_synchronous_with_naps(tmp_path: Path) -> None:
    first, second = _trained(tmp_path / "a"), _trained(tmp_path / "b", 'mode = "colocated"')
    assert _are_equal(first, second)


class _Sleeper:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        self.said.append("generate")
        return [Completion.error("nothing to say") for _ in requests]

    async def sleep(self, level: int) -> None:
        self.said.append(f"sleep {level}")

    async def wake(self, part: Wake) -> None:
        self.said.append(f"wake {part}")

    async def push(self, version: int) -> None:
        self.said.append(f"push {version}")


def test_a_sleeping_generator_is_woken_weights_first_and_asked_for_nothing_in_between(tmp_path: Path) -> None:
    config, sleeper = config_of(tmp_path, 'mode = "colocated"', steps=1), _Sleeper()

    def change(parts: Parts) -> Parts:
        return Colocated().fit(replace(parts, generator=sleeper, weight_sync=sleeper))

    loop = loop_of(config, tmp_path / "run", change)
    asyncio.run(loop.run(START))
    steps = [said for said in sleeper.said if said != "generate"]
    assert steps == ["push 0", "sleep 2", "wake weights", "push 1", "wake kv_cache"]
    last = len(sleeper.said) - sleeper.said[::-1].index("generate")
    assert sleeper.said[last] == "sleep 2", "the rollouts come before"


def test_generating_in_its_sleep_is_an_error() -> None:
    sleeper = _Sleeper()
    generator = WakefulGenerator(sleeper, sleeper)
    request = GenerationRequest(prompt_ids=(1,), sampling=Sampling(), key="a")

    async def scene() -> None:
        await generator.sleep(1)
        with pytest.raises(GeneratorError, match="neither its weights nor its cache"):
            await generator.generate([request])
        await generator.wake(Wake.WEIGHTS)
        with pytest.raises(GeneratorError, match="its cache is not there"):
            await generator.generate([request])
        await generator.wake(Wake.CACHE)
        assert len(await generator.generate([request])) == 1

    asyncio.run(scene())


def test_a_generator_of_single_completions_stays_one_and_is_guarded(tmp_path: Path) -> None:
    class Single(_Sleeper):
        async def complete(self, request: GenerationRequest) -> Completion:
            return (await self.generate([request]))[0]

    sleeper = Single()
    parts = loop_of(config_of(tmp_path), tmp_path / "run").parts
    generator = Colocated().fit(replace(parts, generator=sleeper, weight_sync=sleeper)).generator
    assert isinstance(generator, WakefulSingleGenerator)
    assert isinstance(generator, SingleGenerator), "the driver knows it by that"
    request = GenerationRequest(prompt_ids=(1,), sampling=Sampling(), key="a")

    async def scene() -> None:
        await generator.complete(request)
        await generator.sleep(1)
        with pytest.raises(GeneratorError, match="neither its weights nor its cache"):
            await generator.complete(request)

    asyncio.run(scene())


def test_a_generator_that_cannot_sleep_is_refused(tmp_path: Path) -> None:
    config = config_of(tmp_path, 'mode = "colocated"')

    class Restless:
        async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
            return []

    parts = loop_of(config_of(tmp_path / "b"), tmp_path / "run").parts
    with pytest.raises(ConfigError, match="needs a generator that can sleep, and Restless cannot"):
        config.mode.fit(replace(parts, generator=Restless()))


def test_the_learner_does_not_hold_up_the_event_loop(tmp_path: Path) -> None:
    """Generation over HTTP goes on during an update: the loop turns while the thread learns."""
    config = config_of(tmp_path, PIPELINED, COPIED, steps=3)
    loop = loop_of(config, tmp_path / "run")
    learn = loop.parts.learner.learn
    turns: list[int] = []

    def slowly(*arguments: object, **options: object) -> object:
        before = beats[0]
        time.sleep(0.2)
        turns.append(beats[0] - before)
        return learn(*arguments, **options)  # type: ignore[arg-type]

    beats = [0]
    loop.parts.learner.learn = slowly  # type: ignore[method-assign, assignment]

    async def scene() -> None:
        async def beat() -> None:
            while True:
                beats[0] += 1
                await asyncio.sleep(0.001)

        heart = asyncio.create_task(beat())
        await loop.run(START)
        heart.cancel()

    asyncio.run(scene())
    assert len(turns) == 3 and min(turns) > 0
    assert any(row.overlap_s and row.overlap_s > 0 for row in notes_of(loop).steps)


def test_idle_seconds_and_overlap_add_up(tmp_path: Path) -> None:
    for row in notes_of(_trained(tmp_path, PIPELINED, COPIED)).steps:
        assert row.generator_idle_s is not None and row.learner_idle_s is not None and row.overlap_s is not None
        assert min(row.generator_idle_s, row.learner_idle_s, row.overlap_s) >= 0.0


def test_collecting_ends_when_the_time_of_the_run_is_over(tmp_path: Path) -> None:
    config = config_of(tmp_path, "--max-seconds=1.5", steps=50)
    late = slowed(lambda key, version: key.split("/")[2] != "2")  # one prompt of three is never answered
    loop = loop_of(config, tmp_path / "run", late)
    started = time.monotonic()
    position = asyncio.run(loop.run(START))
    assert position.step == 1 and time.monotonic() - started < 30
    [row] = notes_of(loop).steps
    assert (row.cut_samples, row.masked_samples, row.groups) == (4, 4, 3)
    [rollouts] = _rollouts(tmp_path / "run").values()
    assert [each.verdict.valid for each in rollouts] == [True] * 8 + [False] * 4


class _Forgetful:
    """A weight sync that brings the first weights, and of all others the number and some layers."""

    def __init__(self, sync: CopiedWeights, missing: str) -> None:
        self._sync, self._missing = sync, missing

    async def push(self, version: int) -> None:
        own = dict(self._sync._generator.policy.model.named_parameters())
        before = {name: tensor.detach().clone() for name, tensor in own.items() if self._missing in name}
        await self._sync.push(version)
        if version:
            with torch.no_grad():
                for name, tensor in before.items():
                    own[name].copy_(tensor)


@pytest.mark.parametrize("missing", ["", "layers.1.mlp", "embed"], ids=["all", "layer", "head"])
@pytest.mark.parametrize("mode", ['mode = "synchronous"', PIPELINED, BOUNDARY, CARRYING])
def test_weights_that_do_not_arrive_stop_the_run_in_every_mode(mode: str, missing: str, tmp_path: Path) -> None:
    """Also where no token of a step is of the learner's own version."""

    def change(parts: Parts) -> Parts:
        assert isinstance(parts.weight_sync, CopiedWeights)
        return replace(parts, weight_sync=_Forgetful(parts.weight_sync, missing))

    loop = loop_of(config_of(tmp_path, mode, COPIED, steps=4), tmp_path / "run", change)
    with pytest.raises(SyncError, match=r"step [23]: generator and learner differ(.|\n)*hint: "):
        asyncio.run(loop.run(START))


def test_a_budget_of_the_next_step_leaves_the_learner_its_temperature(tmp_path: Path) -> None:
    schedule = ("--rollout.temperature-schedule.kind=linear", "--rollout.temperature-schedule.final=0.5")
    budget = ("--rollout.budget.kind=dynamic", "--rollout.budget.keep=mixed")
    config = config_of(tmp_path, PIPELINED, COPIED, *budget, *schedule, steps=3)
    loop = loop_of(config, tmp_path / "run")
    learner = loop.parts.learner
    learn, seen = learner.learn, list[float]()

    def slowly(*arguments: object, **options: object) -> object:
        before = learner.temperature
        time.sleep(0.3)  # the next step is played, and its groups are looked at
        seen.append(learner.temperature - before)
        return learn(*arguments, **options)  # type: ignore[arg-type]

    learner.learn = slowly  # type: ignore[method-assign, assignment]
    asyncio.run(loop.run(START))
    assert seen == [0.0, 0.0, 0.0]


def test_waiting_for_a_boundary_ends_with_the_time_of_the_run(tmp_path: Path) -> None:
    config = config_of(tmp_path, BOUNDARY, COPIED, "--max-seconds=3", steps=50)
    loop = loop_of(config, tmp_path / "run", slowed(lambda key, version: not key.startswith("0/2/")))

    async def scene() -> Position:
        async with asyncio.timeout(60):
            return await loop.run(START)

    assert asyncio.run(scene()).step == 1


def test_pipelined_defaults_are_safe() -> None:
    assert Pipelined().freshness(5).bound == 1
