from __future__ import annotations

import asyncio
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from budget_cases import by_rows, playground
from palestra.trainer.advantages import DrGrpo, Grpo, ScoredGroups
from palestra.trainer.budgets import FixedBudget, PlayedPrompt, Playground
from palestra.trainer.learner.batching import groups_of, scored_groups
from palestra.trainer.losses import ClippedLoss, Tokens
from palestra.trainer.objective.aggregation import TokenMean
from palestra.trainer.practice.gold import GoldMember, OwnBaseline, ShapedForeign, with_gold
from palestra.trainer.rewards import VerdictReward, rewards_of


def _joined(gold: GoldMember, *rows: str) -> tuple[Playground, list[PlayedPrompt]]:
    ground = playground(by_rows(*rows))

    async def play() -> list[PlayedPrompt]:
        return await gold.join(ground, await FixedBudget()(ground, len(rows), 4))

    return ground, asyncio.run(play())


def test_gold_joins_where_nothing_was_right_and_its_verdict_is_real() -> None:
    ground, played = _joined(GoldMember(), "wwww", "rwww", "????")
    assert [[rollout.is_foreign for rollout in prompt.rollouts].count(True) for prompt in played] == [1, 0, 1]
    gold = played[0].rollouts[-1]
    assert gold.verdict.score == 1.0 and gold.responses == (gold.task.reference,)
    assert gold.key not in {rollout.key for rollout in ground.rollouts}
    assert ground.recited == [played[0].rollouts[-1], played[2].rollouts[-1]]
    assert ground.results()[0].scores == (0.0,) * 4, "no curriculum takes it for the policy's success"
    assert len(_joined(GoldMember(only_unsolved=False), "rrrr")[1][0].rollouts) == 5


def test_tokens_of_gold_have_no_behaviour_and_a_ratio_of_one() -> None:
    _, played = _joined(GoldMember(), "wwww")
    groups = [rewards_of(played[0].rollouts, VerdictReward())]
    assert scored_groups(groups).foreign_PG is not None
    (made,) = groups_of(groups, [[(1.0,)] * 5], [[1] * 5], TokenMean())
    assert [all(map(math.isnan, sample.behaviour)) for sample in made.samples] == [False] * 4 + [True]


def test_gold_stays_out_of_the_baseline_of_the_policy() -> None:
    rewards = torch.tensor([[0.0, 0.0, 0.2, 0.2, 1.0]])
    foreign = torch.tensor([[False, False, False, False, True]])
    groups = ScoredGroups(rewards_PG=rewards, lengths_PG=torch.ones(1, 5), foreign_PG=foreign)
    own = OwnBaseline(estimate=DrGrpo())(groups)[0].tolist()
    assert own == pytest.approx([-0.1, -0.1, 0.1, 0.1, 0.72])
    unsolved = groups.with_rewards(torch.tensor([[0.0, 0.0, 0.0, 0.0, 1.0]]))
    for estimator in (DrGrpo(), Grpo()):
        advantages = OwnBaseline(estimate=estimator)(unsolved)[0]
        assert not advantages[:4].any() and advantages[4] > 0, "what failed is not pushed away for it"
        assert (estimator(unsolved)[0, :4] < 0).all(), "which `in_baseline` does"


@given(
    st.lists(st.floats(-12.0, -1e-3), min_size=1, max_size=6),
    st.floats(-3.0, 3.0),
    st.floats(0.01, 1.0),
)
def test_shaping_is_the_derivative_of_its_value(logprobs: list[float], advantage: float, gamma: float) -> None:
    logprobs_T = torch.tensor(logprobs, dtype=torch.float64, requires_grad=True)
    foreign_T = torch.tensor([place % 2 == 0 for place in range(len(logprobs))])
    tokens = Tokens(
        logprobs_T=logprobs_T,
        behaviour_T=logprobs_T.detach(),
        advantages_T=torch.full_like(logprobs_T, advantage),
        mask_T=torch.ones_like(foreign_T),
        foreign_T=foreign_T,
    )
    terms = ShapedForeign(loss=ClippedLoss(), gamma=gamma)(tokens)
    (gradient,) = torch.autograd.grad(terms.value_T.sum(), logprobs_T)
    assert torch.allclose(gradient, terms.derivative_T.detach(), atol=1e-9)
    plain = ClippedLoss()(tokens)
    assert torch.equal(terms.value_T[~foreign_T], plain.value_T[~foreign_T])


def test_shaping_favours_rare_tokens_and_is_off_when_told_to() -> None:
    loss = ClippedLoss()
    assert with_gold(loss, None) is loss and with_gold(loss, GoldMember(shaping=None)) is loss
    chances = torch.tensor([0.9, 0.5, 0.1])
    tokens = Tokens(
        logprobs_T=chances.log(),
        behaviour_T=chances.log(),
        advantages_T=torch.ones(3),
        mask_T=torch.ones(3, dtype=torch.bool),
        foreign_T=torch.ones(3, dtype=torch.bool),
    )
    terms = with_gold(loss, GoldMember(shaping=0.1))(tokens)
    # gamma p / (p + gamma)^2, by hand.
    assert terms.derivative_T.tolist() == pytest.approx([-0.09, -0.05 / 0.36, -0.25], abs=1e-6)


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"shaping": 0.0}, {"right_from": 0.0}):
        with pytest.raises(ValueError, match="must be"):
            GoldMember(**wrong)  # type: ignore[arg-type]
