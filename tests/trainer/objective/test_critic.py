from __future__ import annotations

import copy
import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from palestra.trainer.config import OptimConfig
from palestra.trainer.credit import Gae
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ClippedLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.critic import Critic, ValueHead, explained_variance, with_advantages
from palestra.trainer.objective.objective import Objective
from palestra.trainer.objective.scan import SampleScan
from palestra.trainer.packing.packs import Group, Sample
from palestra.trainer.packing.policy_tokens import PolicyTokens
from palestra.trainer.run.train import train_command
from policy_cases import sample
from tiny_model import save_tiny_model, tiny_model
from tiny_run import write_config

PLAIN = Critic(whiten=False, gae=Gae(gamma=1.0, lam=1.0))


def _paid(token_ids: list[int], rewards: list[float], mask: list[int] | None = None, episode: int = 0) -> Sample:
    return replace(sample(token_ids, 0.0, mask=mask, weight=0.1), rewards=tuple(rewards), episode=episode)


def _groups() -> list[Group]:
    return [
        Group(
            prompt_ids=(1, 2, 3),
            samples=(
                _paid([5, 6, 7, 8], [0.0, 0.25, 0.0, 1.0], episode=0),
                _paid([9, 10, 11, 12, 13], [0.0, 0.5, 0.0, 0.0, -1.0], mask=[1, 1, 0, 0, 1], episode=1),
            ),
        ),
        Group(prompt_ids=(4, 4), samples=(_paid([20, 21], [0.0, 1.0], episode=1),)),
    ]


def _scans(groups: list[Group], value: float) -> list[list[SampleScan]]:
    def scan(one: Sample) -> SampleScan:
        values = tuple(value * m for m in one.mask)
        return SampleScan(logprobs=values, entropies=values, values=values)

    return [[scan(one) for one in group.samples] for group in groups]


def test_without_values_advantages_are_what_is_still_paid() -> None:
    groups = _groups()
    first, second, rest = (one for g in with_advantages(groups, _scans(groups, 0.0), PLAIN) for one in g.samples)
    assert first.advantages == pytest.approx((1.25, 1.25, 1.0, 1.0))
    # The second episode was cut in two: what its last part earns is seen from its first.
    assert second.advantages == pytest.approx((0.5, 0.5, 0.0, 0.0, 0.0))
    assert rest.advantages == pytest.approx((1.0, 1.0))
    assert all(one.returns == pytest.approx(one.advantages) for one in (first, second, rest))


def test_an_episode_is_followed_in_its_own_order_whatever_prompts_its_parts_share() -> None:
    early, late = (replace(_paid([5], [paid], episode=0), part=part) for part, paid in ((0, 0.0), (1, 1.0)))
    discounting = Critic(whiten=False, gae=Gae(gamma=0.5, lam=1.0))
    # Another episode began with the late part's prompt, so that its group comes first.
    groups = [Group(prompt_ids=(9,), samples=(late,)), Group(prompt_ids=(1,), samples=(early,))]
    found = with_advantages(groups, _scans(groups, 0.0), discounting)
    assert [group.samples[0].advantages for group in found] == [(1.0,), (0.5,)]


def test_values_are_taken_off_and_returns_stay() -> None:
    groups = _groups()
    plain, lowered = (
        [one for g in with_advantages(groups, _scans(groups, value), PLAIN) for one in g.samples]
        for value in (0.0, 0.4)
    )
    for one, other in zip(plain, lowered, strict=True):
        shifted = [a - 0.4 * m for a, m in zip(one.advantages, one.mask, strict=True)]
        assert other.advantages == pytest.approx(shifted)
        assert other.returns == pytest.approx(one.returns)
        assert other.old_values == pytest.approx([0.4 * m for m in one.mask])


def test_whitened_advantages_have_mean_0_and_variance_1_over_the_policys_tokens() -> None:
    groups = _groups()
    found = with_advantages(groups, _scans(groups, 0.0), Critic())
    kept = torch.tensor(
        [a for g in found for one in g.samples for a, m in zip(one.advantages, one.mask, strict=True) if m]
    )
    assert float(kept.mean()) == pytest.approx(0.0, abs=1e-6)
    assert float(kept.var()) == pytest.approx(1.0, rel=1e-5)
    assert found[0].samples[1].advantages[2:4] == (0.0, 0.0), "observations have none"


def test_the_loss_of_values_is_the_greater_of_the_free_and_the_clipped_error() -> None:
    ones_M = torch.ones(3)
    tokens = PolicyTokens(
        row_M=torch.arange(3),
        target_M=torch.zeros(3, dtype=torch.long),
        behaviour_M=ones_M,
        advantage_M=ones_M,
        weight_M=torch.tensor([0.5, 0.25, 0.25]),
        old_value_M=torch.zeros(3),
        return_M=ones_M,
    )
    values_M = torch.tensor([0.1, 0.9, -0.5])
    clipped = 0.5 * 0.81 + 0.25 * 0.64 + 0.25 * 2.25
    assert float(Critic(coefficient=2.0).loss(values_M, tokens)) == pytest.approx(clipped)
    free = 0.5 * 0.81 + 0.25 * 0.01 + 0.25 * 2.25
    assert float(Critic(coefficient=2.0, value_clip=None).loss(values_M, tokens)) == pytest.approx(free)


def test_explained_variance_is_1_for_the_truth_and_0_for_a_constant() -> None:
    returns_M = torch.tensor([0.0, 1.0, 3.0])
    assert explained_variance(returns_M, returns_M) == pytest.approx(1.0)
    assert explained_variance(torch.full((3,), 0.7), returns_M) == pytest.approx(0.0, abs=1e-9)
    assert explained_variance(-returns_M, returns_M) < 0.0
    assert math.isnan(explained_variance(returns_M, torch.ones(3)))


def _learner(critic: Critic) -> Learner:
    return Learner(Policy.of(tiny_model()), OptimConfig(), Objective(loss=ClippedLoss(), critic=critic))


def test_the_critic_learns_what_is_paid() -> None:
    learner = _learner(replace(PLAIN, lr_factor=300.0, value_clip=None))
    stats = [learner.learn([_groups()], 1e-4)[0] for _ in range(40)]
    assert stats[0].value_loss is not None and stats[-1].value_loss is not None
    assert stats[-1].value_loss < stats[0].value_loss / 4
    assert stats[0].explained_variance == pytest.approx(0.0, abs=1e-6)
    assert stats[-1].explained_variance is not None and stats[-1].explained_variance > 0.5


@pytest.mark.parametrize("detached", [True, False])
def test_the_error_of_values_reaches_the_trunk_only_if_asked(detached: bool) -> None:
    groups = [Group(prompt_ids=(1, 2, 3), samples=(_paid([5, 6], [0.0, 0.0]),))]
    critic = replace(PLAIN, detach_trunk=detached, coefficient=1.0)
    learner = _learner(critic)
    assert learner.value_head is not None
    with torch.no_grad():
        learner.value_head.weight_W.normal_(generator=torch.Generator().manual_seed(0))
    silent = [
        replace(group, samples=tuple(replace(one, advantages=(0.0,) * len(one.mask)) for one in group.samples))
        for group in with_advantages(groups, learner.scan(groups), critic)
    ]
    stats = learner.update(silent, 1e-4)
    assert (stats.gradient_norm == 0.0) == detached
    assert learner.value_head.weight_W.grad is not None and learner.value_head.weight_W.grad.any()


def test_a_restored_critic_goes_on_as_if_nothing_had_happened() -> None:
    straight, broken_off = _learner(Critic()), _learner(Critic())
    for learner in (straight, broken_off):
        learner.learn([_groups()], 1e-2)
    resumed = Learner(
        Policy.of(copy.deepcopy(broken_off.policy.model)),
        OptimConfig(),
        Objective(loss=ClippedLoss(), critic=Critic()),
    )
    resumed.restore(copy.deepcopy(broken_off.state()))
    assert straight.learn([_groups()], 1e-2) == resumed.learn([_groups()], 1e-2)
    assert straight.value_head is not None and resumed.value_head is not None
    assert torch.equal(straight.value_head.weight_W, resumed.value_head.weight_W)


def test_a_value_head_starts_at_0_and_is_fp32() -> None:
    head = ValueHead(8, torch.device("cpu"))
    values_U = head(torch.randn(5, 8, dtype=torch.bfloat16))
    assert values_U.dtype == torch.float32 and not values_U.any()


@pytest.mark.parametrize("options", [{"coefficient": 0.0}, {"lr_factor": math.inf}, {"value_clip": 0.0}])
def test_settings_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Critic(**options)  # type: ignore[arg-type]


def test_ppo_runs_from_a_configuration_to_its_metrics_and_resumes_exactly(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    config = write_config(
        tmp_path,
        model,
        "critic = { gae = { gamma = 1.0, lam = 0.95 }, detach_trunk = false }",
        'loss = { kind = "clipped", clip_high = 0.2 }',
        'entropy = { kind = "bonus", coefficient = 1e-3 }',
        'kl = { kind = "k2", output_clamp = 10.0 }',
        'correction = { kind = "truncated" }',
        "reward = { kind = 'random' }",  # the random model is never right
        "learner.updates_per_step = 2",
        "checkpoint.every = 1",
    )
    assert train_command(str(config), [], None) == 0
    lines = (tmp_path / "runs" / "tiny" / "metrics.jsonl").read_text().splitlines()
    steps = [row for row in map(json.loads, lines) if row["kind"] == "step"]
    assert len(steps) == 2
    assert all(row["value_loss"] is not None and row["kl_reference"] is not None for row in steps)
    assert all(row["entropy_coefficient"] == 1e-3 and 0.0 < row["entropy"] < math.log(260) for row in steps)

    folder = tmp_path / "runs" / "tiny"
    last = folder / "checkpoints" / "step-00002"
    weights = (last / "model" / "model.safetensors").read_bytes()
    state = torch.load(last / "tensors" / "optimizer.pt", weights_only=True)
    assert state["value_head"]["weight_W"].any() and state["entropy_coefficient"] == 1e-3
    shutil.rmtree(last)
    assert train_command(None, [], folder) == 0
    assert (last / "model" / "model.safetensors").read_bytes() == weights
    again = torch.load(last / "tensors" / "optimizer.pt", weights_only=True)
    assert torch.equal(again["value_head"]["weight_W"], state["value_head"]["weight_W"])
