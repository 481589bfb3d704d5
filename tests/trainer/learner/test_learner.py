from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from transformers import PreTrainedModel

from palestra.trainer.config import OptimConfig
from palestra.trainer.errors import TrainerError
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ClippedLoss, GmpoLoss, GspoLoss, ReinforceLoss, TokenLoss, Tokens, ToprLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.entropy import EntropyBonus, EntropyControl
from palestra.trainer.objective.importance import TruncatedImportance
from palestra.trainer.objective.kl import K3, KlPenalty, with_kl
from palestra.trainer.objective.objective import Objective
from palestra.trainer.objective.token_focus import HighEntropyTokens
from palestra.trainer.objective.update_stats import UpdateStats
from palestra.trainer.packing.packs import Group
from policy_cases import STOP, generate, group_of, plain_logprobs, request, sample
from tiny_model import ARCHITECTURES, PLAIN_ARCHITECTURE, tiny_model

Gradients = dict[str, Tensor]
CLIPPED = Objective(loss=ClippedLoss())
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
        Objective(loss=loss or ClippedLoss(), kl=None if reference is None else reference[1]),
        tokens_per_microbatch=budget,
        temperature=temperature,
        reference=None if reference is None else reference[0],
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
                    sequence_T=torch.zeros(count, dtype=torch.long),
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
    stats = Learner(policy, OptimConfig(), CLIPPED).update([group], 1e-4)
    read = [done[i] for i in (0, 1, 3)]
    count = sum(len(d.token_ids) for d in read)
    assert stats.policy_tokens == count
    assert stats.packed_tokens == group_of(asked, read, [1.0] * 3).packed_tokens <= 7 + count - 3
    assert stats.entropy == pytest.approx(-sum(sum(d.logprobs) for d in read) / count, abs=1e-5)
    assert stats.mismatch_mean <= stats.mismatch_max < 1e-4
    assert stats.clip_share == 0.0 and abs(stats.kl_behaviour) < 1e-8


def test_an_update_without_any_advantage_changes_nothing() -> None:
    model = tiny_model()
    before = copy.deepcopy(model.state_dict())
    learner = Learner(Policy.of(model), OptimConfig(weight_decay=0.5), CLIPPED)
    for groups in ([], _groups()[3:]):
        stats = learner.update(groups, 1.0)
        assert (stats.policy_tokens, stats.gradient_norm, stats.loss) == (0, 0.0, 0.0)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_equal_updates_are_equal_bit_for_bit() -> None:
    models = [tiny_model(), tiny_model()]
    for model in models:
        learner = Learner(Policy.of(model), OptimConfig(), CLIPPED, tokens_per_microbatch=50)
        for _ in range(3):
            learner.update(_groups(), 1e-2)
    first, second = (model.state_dict() for model in models)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["lm_head.weight"], tiny_model().state_dict()["lm_head.weight"])


def test_the_gradient_is_clipped_and_its_norm_reported_before() -> None:
    model = tiny_model()
    stats = Learner(Policy.of(model), OptimConfig(clip_norm=0.01), CLIPPED).update(_groups(), 1e-3)
    norm = torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm()
    assert stats.gradient_norm > 0.01
    assert float(norm) == pytest.approx(0.01, rel=1e-3)


def test_a_gradient_that_is_not_finite_stops_the_run_and_spares_the_weights() -> None:
    model = tiny_model()
    before = copy.deepcopy(model.state_dict())
    learner = Learner(Policy.of(model), OptimConfig(), CLIPPED)
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
    straight, broken_off = (Learner(Policy.of(model), OptimConfig(), CLIPPED) for model in models)
    for learner in (straight, broken_off):
        learner.update(_groups(), 1e-2)
    resumed_model = copy.deepcopy(models[1])
    resumed = Learner(Policy.of(resumed_model), OptimConfig(), CLIPPED)
    resumed.restore(copy.deepcopy(broken_off.state()))
    for learner in (straight, resumed):
        learner.update(_groups(), 1e-2)
    first, second = models[0].state_dict(), resumed_model.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_restored_optimizer_has_the_settings_of_its_configuration() -> None:
    before, after = (Learner(Policy.of(tiny_model()), OptimConfig(beta1=b), CLIPPED) for b in (0.9, 0.5))
    before.update(_groups(), 1e-2)
    after.restore(copy.deepcopy(before.state()))
    assert after.optimizer.param_groups[0]["betas"] == (0.5, 0.999)


def test_a_scan_is_what_a_plain_forward_pass_says_in_every_order_of_micro_batches() -> None:
    model, plain_model, groups = tiny_model(), tiny_model(), _groups()
    scans = [
        Learner(Policy.of(model), UNCLIPPED, CLIPPED, tokens_per_microbatch=budget, temperature=0.7).scan(groups)
        for budget in (4096, 30)
    ]
    for group, *found in zip(groups, *scans, strict=True):
        for one, *both in zip(group.samples, *found, strict=True):
            ids, first = [*group.prompt_ids, *one.token_ids], len(group.prompt_ids)
            mask = torch.tensor(one.mask)
            with torch.no_grad():
                logits = plain_model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, first - 1 : -1] / 0.7
            plain = plain_logprobs(plain_model, ids, first, 0.7).detach()
            for scan in both:
                torch.testing.assert_close(torch.tensor(scan.logprobs), plain * mask, atol=1e-4, rtol=1e-4)
                entropies = torch.distributions.Categorical(logits=logits).entropy() * mask
                torch.testing.assert_close(torch.tensor(scan.entropies), entropies, atol=1e-4, rtol=1e-4)
                assert scan.values == ()


@pytest.mark.parametrize("loss", [GspoLoss(), GmpoLoss(clip_low=0.1, clip_high=0.1), ToprLoss()], ids=repr)
def test_a_loss_over_sequences_does_not_care_about_micro_batches(loss: TokenLoss) -> None:
    whole, stats = _learned(tiny_model(), _groups(), loss=loss)
    parts, cut_stats = _learned(tiny_model(), _groups(), loss=loss, budget=30)
    _assert_equal(parts, whole)
    assert stats.loss == pytest.approx(cut_stats.loss, rel=1e-5)
    expected, value = _by_autograd(tiny_model(), _groups(), loss)
    _assert_equal(whole, expected)
    assert stats.loss == pytest.approx(value, rel=1e-5)


def test_the_ratio_of_a_later_update_is_to_the_weights_at_the_start_of_the_step() -> None:
    def learned(groups: Sequence[Group], updates: int) -> list[UpdateStats]:
        objective = Objective(loss=ClippedLoss(), correction=TruncatedImportance(ceiling=3.0))
        return Learner(Policy.of(tiny_model()), OptimConfig(), objective).learn([groups] * updates, 3e-2)

    alone, (first, second, third) = learned(_groups()[:1], 1), learned(_groups()[:1], 3)
    assert alone[0].loss == first.loss and alone[0].clip_share == first.clip_share == 0.0
    assert third.loss < first.loss and third.clip_share > 0.0
    assert second.kl_behaviour != first.kl_behaviour


def test_only_tokens_in_focus_are_learned_from() -> None:
    groups = _groups()[:2]
    objective = Objective(loss=ClippedLoss(), focus=HighEntropyTokens(share=0.3))
    model = tiny_model()
    learner = Learner(Policy.of(model), UNCLIPPED, objective)
    scans = [scan for own in learner.scan(groups) for scan in own]
    entropies = sorted((e for scan in scans for e in scan.entropies if e), reverse=True)
    bound = entropies[math.ceil(0.3 * len(entropies)) - 1]
    learner.learn([groups], 0.0)
    found = {n: p.grad for n, p in model.named_parameters() if p.grad is not None}
    ordered = iter(scans)
    kept = [
        replace(
            group,
            samples=tuple(
                replace(
                    one,
                    advantages=tuple(
                        a if e >= bound else 0.0 for a, e in zip(one.advantages, next(ordered).entropies, strict=True)
                    ),
                )
                for one in group.samples
            ),
        )
        for group in groups
    ]
    expected, _ = _learned(tiny_model(), kept)
    _assert_equal(found, expected)


def test_the_entropy_rises_with_a_bonus_and_is_the_true_one() -> None:
    groups = _groups()
    learner = Learner(
        Policy.of(tiny_model()), OptimConfig(), Objective(loss=ClippedLoss(), entropy=EntropyBonus(coefficient=5.0))
    )
    scanned = [e for own in learner.scan(groups) for scan in own for e in scan.entropies if e]
    stats = [learner.update(groups, 1e-2) for _ in range(4)]
    assert stats[0].entropy == pytest.approx(sum(scanned) / len(scanned), rel=1e-5)
    assert stats[-1].entropy > stats[0].entropy
    assert stats[0].policy_tokens == len(scanned), "samples without an advantage count too"


def test_entropy_control_steers_its_coefficient_and_remembers_it() -> None:
    control = EntropyControl(low=50.0, high=60.0, step=0.1, maximum=0.25)
    learner = Learner(Policy.of(tiny_model()), OptimConfig(), Objective(loss=ClippedLoss(), entropy=control))
    paid = [learner.update(_groups(), 1e-4).entropy_coefficient for _ in range(4)]
    assert paid == pytest.approx([0.0, 0.1, 0.2, 0.25])
    other = Learner(Policy.of(tiny_model()), OptimConfig(), Objective(loss=ClippedLoss(), entropy=control))
    other.restore(copy.deepcopy(learner.state()))
    assert other.update(_groups(), 1e-4).entropy_coefficient == pytest.approx(0.25)


def test_a_penalty_and_its_reference_go_together() -> None:
    with pytest.raises(ValueError, match="reference"):
        Learner(Policy.of(tiny_model()), UNCLIPPED, Objective(loss=ClippedLoss(), kl=K3()))


def test_a_renewed_optimizer_has_no_moments() -> None:
    learner = Learner(Policy.of(tiny_model()), OptimConfig(), CLIPPED)
    learner.update(_groups(), 1e-3)
    assert learner.optimizer.state
    learner.renew()
    assert not learner.optimizer.state


turns = st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=12)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.lists(turns, min_size=1, max_size=5), min_size=1, max_size=3), st.sampled_from([12, 4096]))
def test_gradients_of_trees_are_those_of_plain_rows(forest: list[list[list[tuple[int, bool]]]], budget: int) -> None:
    # Of four different tokens: samples begin alike, repeat each other, go on from each other, and prompts do too.
    groups = []
    for number, drawn in enumerate(forest):
        samples = []
        for place, row in enumerate(drawn):
            mask = [1, *(int(is_policy) for _, is_policy in row[1:])]
            samples.append(sample([token for token, _ in row], 1.0 + number - 0.7 * place, mask=mask, weight=0.05))
        groups.append(Group(prompt_ids=(0, 1, number % 2), samples=tuple(samples)))
    found, stats = _learned(tiny_model(), groups, budget=budget)
    expected, value = _by_autograd(tiny_model(), groups, ClippedLoss())
    _assert_equal(found, expected, tolerance=1e-6)
    assert stats.loss == pytest.approx(value, abs=1e-5)


def test_what_a_learner_computed_is_counted() -> None:
    groups = [Group(prompt_ids=(1, 2, 3), samples=(sample([7, 8, 9], 1.0), sample([7, 8, 5, 6], -1.0)))]
    learner = Learner(Policy.of(tiny_model()), OptimConfig(), CLIPPED)
    learner.update(groups, 0.0)
    work = learner.take_work()
    assert (work.tokens, work.tokens_read, work.padding, work.updates) == (6, 6, 0, 1)
    assert work.positions == 4 and work.pairs == 1 + 2 + 3 + 4 + 5 + 6
    learner.scan(groups)
    assert learner.take_work().extra_tokens == 6
    plain = Learner(Policy.of(tiny_model(PLAIN_ARCHITECTURE)), OptimConfig(), CLIPPED)
    plain.update(groups, 0.0)
    work = plain.take_work()
    assert (work.tokens, work.tokens_read, work.padding) == (6, 6, 0), "the longer sample goes on from the shorter"
