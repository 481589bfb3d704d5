from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from palestra.trainer.config import OptimConfig
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ReinforceLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.aggregation import SequenceMean, TokenMean
from palestra.trainer.objective.objective import Objective
from palestra.trainer.supervised import Demonstration, Sft, SurprisingTokens
from policy_cases import plain_logprobs
from tiny_model import tiny_model


def _demonstration(number: int, tokens: int = 3, *, is_right: bool = True) -> Demonstration:
    return Demonstration(
        prompt_ids=(1, 2, number), token_ids=tuple(range(10, 10 + tokens)), mask=(1,) * tokens, is_right=is_right
    )


def test_surprising_tokens_are_those_of_the_vector() -> None:
    # METHODS 25: delta = CE - c H; the top 40% of 5 tokens are tokens 2 and 1.
    cross_entropies, entropies = torch.tensor([0.1, 2, 1, 3, 0.2]), torch.tensor([0.2, 1.5, 0.1, 2.9, 0.1])
    choice = SurprisingTokens(share=0.4)
    torch.testing.assert_close(choice.excess(-cross_entropies, entropies), torch.tensor([-0.1, 0.5, 0.9, 0.1, 0.1]))
    assert choice(-cross_entropies, entropies).nonzero().flatten().tolist() == [1, 2]


@given(st.integers(1, 60), st.floats(0.01, 1.0))
def test_the_share_is_kept_and_is_never_nothing(count: int, share: float) -> None:
    torch.manual_seed(count)
    chosen = SurprisingTokens(share=share)(torch.randn(count), torch.rand(count))
    assert int(chosen.sum()) == max(1, math.floor(share * count + 1e-9))


def test_right_and_wrong_demonstrations_are_weighed_as_redi() -> None:
    # METHODS 27: logp -2 over 4 tokens, -3 over 6, a = .8 -> .5 - .4 = .1 for the pair; the mean over both is half.
    right, wrong = _demonstration(0, 4), _demonstration(1, 6, is_right=False)
    sft = Sft(wrong_weight=0.8)
    groups = sft.groups_of([right, wrong], [right.mask, wrong.mask], SequenceMean())
    total = 0.0
    for group, logprob in zip(groups, (-2.0, -3.0), strict=True):
        [sample] = group.samples
        total += sum(-a * logprob / len(sample.mask) * sample.weight for a in sample.advantages)
    assert 2 * total == pytest.approx(0.5 - 0.4)


def test_an_update_follows_the_gradient_of_the_plain_cross_entropy() -> None:
    model = tiny_model()
    learner = Learner(Policy.of(model), OptimConfig(lr=1e-9, clip_norm=math.inf), Objective(loss=ReinforceLoss()))
    batch = [
        Demonstration(prompt_ids=(1, 2, 3), token_ids=(4, 5, 6, 7), mask=(1, 0, 1, 1)),
        Demonstration(prompt_ids=(9, 8), token_ids=(7, 6), mask=(1, 1)),
    ]
    groups = Sft().groups_of(batch, [each.mask for each in batch], TokenMean())
    stats = learner.update(groups, 1e-9)
    seen = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}

    untouched = tiny_model()
    plain = torch.cat(
        [
            plain_logprobs(untouched, [*each.prompt_ids, *each.token_ids], len(each.prompt_ids))[
                torch.tensor(each.mask) > 0
            ]
            for each in batch
        ]
    )
    loss = -plain.mean()
    loss.backward()
    assert stats.loss == pytest.approx(float(loss.detach()), abs=1e-5) and stats.policy_tokens == 5
    for name, parameter in untouched.named_parameters():
        if parameter.grad is not None:
            torch.testing.assert_close(seen[name], parameter.grad, atol=1e-5, rtol=1e-3)


@given(st.integers(1, 40), st.integers(1, 20), st.integers(0, 5))
def test_each_epoch_shows_each_demonstration_once(count: int, batch: int, seed: int) -> None:
    demonstrations = [_demonstration(number) for number in range(count)]
    sft = Sft(batch=batch)
    steps = -(-3 * count // batch)
    shown = [each.prompt_ids[2] for step in range(1, steps + 1) for each in sft.batch_of(demonstrations, step, seed)]
    for epoch in range(3):
        assert sorted(shown[epoch * count : (epoch + 1) * count]) == list(range(count))


def test_the_order_is_drawn_anew_by_epoch_and_seed() -> None:
    demonstrations = [_demonstration(number) for number in range(20)]
    orders = {
        tuple(each.prompt_ids for each in Sft(batch=20).batch_of(demonstrations, step, seed))
        for step in (1, 2)
        for seed in (0, 1)
    }
    assert len(orders) == 4


def test_wrong_demonstrations_are_left_out_unless_they_have_a_weight() -> None:
    mixed = [_demonstration(0), _demonstration(1, is_right=False), _demonstration(2, 0)]
    assert Sft().usable(mixed) == mixed[:1]
    assert Sft(wrong_weight=0.5).usable(mixed) == mixed[:2]


def test_tokens_that_are_not_chosen_have_no_part_in_the_loss() -> None:
    batch = [_demonstration(0, 4), _demonstration(1, 2)]
    groups = Sft().groups_of(batch, [(0, 1, 0, 0), (0, 0)], TokenMean())
    [group] = groups
    [sample] = group.samples
    assert (sample.mask, sample.advantages, sample.weight) == ((0, 1, 0, 0), (0.0, 1.0, 0.0, 0.0), 1.0)
