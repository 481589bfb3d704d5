from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from transformers import PreTrainedModel

from palestra.trainer.config import OptimConfig
from palestra.trainer.errors import TrainerError
from palestra.trainer.generator import InProcessGenerator
from palestra.trainer.kl import K3, KlPenalty, with_kl
from palestra.trainer.learner import Learner, UpdateStats
from palestra.trainer.losses import ClippedLoss, ReinforceLoss, TokenLoss, Tokens
from palestra.trainer.packing import Group
from palestra.trainer.policy import Policy
from policy_cases import STOP, generate, group_of, plain_logprobs, request, sample
from tiny_model import ARCHITECTURES, PLAIN_ARCHITECTURE, tiny_model

Gradients = dict[str, Tensor]
UNCLIPPED = OptimConfig(lr=1e-9, clip_norm=float("inf"))


def _groups() -> list[Group]:
    """Two groups and a loner: observations, samples of one token, samples without an advantage."""
    torch.manual_seed(1)

    def tokens(count: int) -> list[int]:
        return torch.randint(256, (count,)).tolist()

    def behaviour(mask: Sequence[int]) -> list[float]:
        return [-5.5 * m + float(torch.randn(())) * m for m in mask]

    def drawn(count: int, advantage: float, mask: Sequence[int] | None = None) -> object:
        mask = mask or [1] * count
        weight = 0.02 + 0.05 * float(torch.rand(()))
        return sample(tokens(count), advantage, mask=mask, behaviour=behaviour(mask), weight=weight)

    turns = [1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 1]
    shapes = [
        (9, [drawn(7, 1.0), drawn(1, -0.5), drawn(12, 0.0), drawn(11, -1.0, turns)]),
        (14, [drawn(1, 2.0), drawn(1, -2.0)]),
        (3, [drawn(20, 0.7)]),
        (5, [drawn(4, 0.0), drawn(6, 0.0)]),
    ]
    return [Group(prompt_ids=tuple(tokens(n)), samples=tuple(samples)) for n, samples in shapes]  # type: ignore[arg-type]


def _learned(
    model: PreTrainedModel,
    groups: Sequence[Group],
    *,
    loss: TokenLoss | None = None,
    budget: int = 4096,
    temperature: float = 1.0,
    reference: tuple[Policy, KlPenalty] | None = None,
) -> tuple[Gradients, UpdateStats]:
    """Gradients of one update, unclipped."""
    learner = Learner(
        Policy.of(model),
        UNCLIPPED,
        loss or ClippedLoss(),
        tokens_per_microbatch=budget,
        temperature=temperature,
        reference=reference,
    )
    stats = learner.update(groups, 0.0)
    return {n: p.grad for n, p in model.named_parameters() if p.grad is not None}, stats


def _by_autograd(
    model: PreTrainedModel,
    groups: Sequence[Group],
    loss: TokenLoss,
    temperature: float = 1.0,
    reference: PreTrainedModel | None = None,
) -> tuple[Gradients, float]:
    """Gradients and value with one plain forward pass for each sample."""
    total = torch.zeros((), dtype=torch.float64)
    for group in groups:
        for one in group.samples:
            ids, first = [*group.prompt_ids, *one.token_ids], len(group.prompt_ids)
            kept = torch.tensor(one.mask, dtype=torch.bool)
            count = int(kept.sum())
            frozen = None
            if reference is not None:
                with torch.no_grad():
                    frozen = plain_logprobs(reference, ids, first, temperature)[kept]
            terms = loss(
                Tokens(
                    logprobs_T=plain_logprobs(model, ids, first, temperature)[kept],
                    behaviour_T=torch.tensor(one.behaviour)[kept],
                    advantages_T=torch.tensor(one.advantages)[kept],
                    mask_T=torch.ones(count, dtype=torch.bool),
                    reference_T=frozen,
                )
            )
            total = total + (terms.value_T.double() * one.weight).sum()
    total.backward()
    return {n: p.grad for n, p in model.named_parameters() if p.grad is not None}, float(total.detach())


def _assert_equal(found: Gradients, expected: Gradients, tolerance: float = 1e-5) -> None:
    assert found.keys() == expected.keys()
    scale = max(float(gradient.abs().max()) for gradient in expected.values())
    for name, gradient in expected.items():
        assert float((found[name] - gradient).abs().max()) <= tolerance * max(scale, 1.0), name


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, "plain"])
@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_gradients_of_shared_prompts_are_those_of_plain_rows(architecture: str, temperature: float) -> None:
    config = ARCHITECTURES.get(architecture, PLAIN_ARCHITECTURE)
    groups = _groups()
    found, stats = _learned(tiny_model(config), groups, temperature=temperature)
    expected, value = _by_autograd(tiny_model(config), groups, ClippedLoss(), temperature)
    _assert_equal(found, expected)
    assert stats.loss == pytest.approx(value, abs=1e-5)
    assert 0.0 < stats.clip_share < 1.0, "the case is one with clipped tokens"


@pytest.mark.parametrize("budget", [1, 20, 33, 60])
@pytest.mark.parametrize("architecture", ["llama", "mistral-sliding", "plain"])
def test_the_token_budget_changes_nothing(architecture: str, budget: int) -> None:
    config = ARCHITECTURES.get(architecture, PLAIN_ARCHITECTURE)
    whole, all_at_once = _learned(tiny_model(config), _groups())
    parts, in_parts = _learned(tiny_model(config), _groups(), budget=budget)
    _assert_equal(parts, whole)
    assert in_parts.policy_tokens == all_at_once.policy_tokens
    # The prompts of groups that had to be split are read again.
    assert (in_parts.packed_tokens > all_at_once.packed_tokens) == (budget <= 20)
    assert (in_parts.loss, in_parts.entropy) == pytest.approx((all_at_once.loss, all_at_once.entropy), abs=1e-5)


def test_samples_without_an_advantage_are_not_read() -> None:
    with_them, stats = _learned(tiny_model(), _groups())
    kept = [replace(g, samples=tuple(s for s in g.samples if any(s.advantages))) for g in _groups()]
    without, stats_without = _learned(tiny_model(), [group for group in kept if group.samples])
    assert stats == stats_without
    assert all(torch.equal(with_them[name], without[name]) for name in without)


def test_observations_are_read_but_have_no_loss() -> None:
    [group] = _groups()[:1]
    turns = group.samples[3]
    only = Group(prompt_ids=group.prompt_ids, samples=(turns,))
    found, stats = _learned(tiny_model(), [only])
    assert stats.policy_tokens == sum(turns.mask) == 6
    expected, _ = _by_autograd(tiny_model(), [only], ClippedLoss())
    _assert_equal(found, expected)
    louder = replace(turns, behaviour=tuple(b if m else 99.0 for b, m in zip(turns.behaviour, turns.mask, strict=True)))
    again, _ = _learned(tiny_model(), [Group(prompt_ids=group.prompt_ids, samples=(louder,))])
    assert all(torch.equal(again[name], found[name]) for name in found)


def test_positions_that_predict_observations_get_no_gradient_from_the_head() -> None:
    [group] = _groups()[:1]
    turns = replace(group.samples[3], mask=(1, *[0] * 10))
    model = tiny_model()
    _learned(model, [Group(prompt_ids=group.prompt_ids, samples=(turns,))], loss=ReinforceLoss())
    embedding = dict(model.named_parameters())["model.embed_tokens.weight"].grad
    assert embedding is not None
    read = set(group.prompt_ids)
    later = [token for token in turns.token_ids if token not in read]
    assert later and not embedding[later].any(), "tokens behind the last policy token carry no gradient at all"
    assert embedding[list(read)].any()


@pytest.mark.parametrize("architecture", ["llama", "gemma2-softcap", "plain"])
def test_the_penalty_for_leaving_the_reference_is_in_the_gradient(architecture: str) -> None:
    config = ARCHITECTURES.get(architecture, PLAIN_ARCHITECTURE)
    penalty = K3(coefficient=0.5)
    frozen = tiny_model(config, seed=5)
    reference = Policy.of(copy.deepcopy(frozen).requires_grad_(False))
    found, stats = _learned(tiny_model(config), _groups(), reference=(reference, penalty), temperature=0.8)
    expected, _ = _by_autograd(tiny_model(config), _groups(), with_kl(ClippedLoss(), penalty), 0.8, frozen)
    _assert_equal(found, expected)
    assert stats.policy_tokens == sum(sum(s.mask) for g in _groups() for s in g.samples), "no sample is left out"


def test_statistics_are_those_of_the_tokens_that_were_read() -> None:
    policy = Policy.of(tiny_model())
    asked = request("a", 7, tokens=9)
    done = generate(InProcessGenerator(policy, [STOP]), [replace(asked, key=str(i)) for i in range(4)])
    group = group_of(asked, done, [1.0, -1.0, 0.0, 2.0])
    stats = Learner(policy, OptimConfig(), ClippedLoss()).update([group], 1e-4)
    read = [done[i] for i in (0, 1, 3)]
    count = sum(len(d.token_ids) for d in read)
    assert stats.policy_tokens == count
    assert stats.packed_tokens == 7 + count - 3
    assert stats.entropy == pytest.approx(-sum(sum(d.logprobs) for d in read) / count, abs=1e-5)
    assert stats.mismatch_mean <= stats.mismatch_max < 1e-4
    assert stats.clip_share == 0.0 and abs(stats.kl_behaviour) < 1e-8


def test_an_update_without_any_advantage_changes_nothing() -> None:
    model = tiny_model()
    before = copy.deepcopy(model.state_dict())
    learner = Learner(Policy.of(model), OptimConfig(weight_decay=0.5), ClippedLoss())
    for groups in ([], _groups()[3:]):
        stats = learner.update(groups, 1.0)
        assert (stats.policy_tokens, stats.gradient_norm, stats.loss) == (0, 0.0, 0.0)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_equal_updates_are_equal_bit_for_bit() -> None:
    models = [tiny_model(), tiny_model()]
    for model in models:
        learner = Learner(Policy.of(model), OptimConfig(), ClippedLoss(), tokens_per_microbatch=50)
        for _ in range(3):
            learner.update(_groups(), 1e-2)
    first, second = (model.state_dict() for model in models)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["lm_head.weight"], tiny_model().state_dict()["lm_head.weight"])


def test_the_gradient_is_clipped_and_its_norm_reported_before() -> None:
    model = tiny_model()
    stats = Learner(Policy.of(model), OptimConfig(clip_norm=0.01), ClippedLoss()).update(_groups(), 1e-3)
    norm = torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm()
    assert stats.gradient_norm > 0.01
    assert float(norm) == pytest.approx(0.01, rel=1e-3)


def test_a_gradient_that_is_not_finite_stops_the_run_and_spares_the_weights() -> None:
    model = tiny_model()
    before = copy.deepcopy(model.state_dict())
    learner = Learner(Policy.of(model), OptimConfig(), ClippedLoss())
    [group] = _groups()[2:3]
    broken = replace(
        group, samples=(replace(group.samples[0], advantages=(float("inf"),) * len(group.samples[0].mask)),)
    )
    with pytest.raises(TrainerError, match=r"gradient's norm is nan(.|\n)*hint: lower optim.lr"):
        learner.update([broken], 1e-3)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert learner.update(_groups(), 1e-3).gradient_norm > 0


def test_a_restored_optimizer_goes_on_as_if_nothing_had_happened() -> None:
    models = [tiny_model(), tiny_model()]
    straight, broken_off = (Learner(Policy.of(model), OptimConfig(), ClippedLoss()) for model in models)
    for learner in (straight, broken_off):
        learner.update(_groups(), 1e-2)
    resumed_model = copy.deepcopy(models[1])
    resumed = Learner(Policy.of(resumed_model), OptimConfig(), ClippedLoss())
    resumed.restore(copy.deepcopy(broken_off.state()))
    for learner in (straight, resumed):
        learner.update(_groups(), 1e-2)
    first, second = models[0].state_dict(), resumed_model.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
