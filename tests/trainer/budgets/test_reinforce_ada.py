from __future__ import annotations

import asyncio

import pytest
import torch

from budget_cases import by_rows, noisy, playground, run
from palestra.trainer.advantages import DrGrpo, ScoredGroups
from palestra.trainer.budgets import BothHalves, ReinforceAda, SomeRight
from palestra.trainer.selection import AdaBalance
from palestra.verifiers.keyed_random import KeyedRandom

ROWS = by_rows("w" * 9 + "r", "r" + "w" * 7, "w", "r", "?")


def test_a_task_leaves_with_its_first_right_answer_and_none_costs_more_than_the_cap() -> None:
    # METHODS 38: N = 4, M = 8: at most 32 of a task.
    ground = playground(ROWS)
    played = run(ReinforceAda(), ground, 5, 4)
    assert [len(prompt.rollouts) for prompt in played] == [16, 8, 32, 8, 32]
    assert [prompt.number for prompt in played] == [0, 1, 2, 3, 4]
    assert len({rollout.key for rollout in ground.rollouts}) == len(ground.rollouts) == 96


def test_balance_waits_for_both_halves() -> None:
    played = run(ReinforceAda(exit=BothHalves(), rounds=3), playground(by_rows("rrww", "rw", "r")), 3, 4)
    assert [len(prompt.rollouts) for prompt in played] == [8, 24, 24]


def test_one_right_answer_is_not_believed_under_a_verifier_that_accepts_wrong_ones() -> None:
    # METHODS 7: with fpr 0.1 the rule would stop in the first round of a hopeless task with probability .569533.
    script = by_rows("r" + "w" * 7)
    grounds = [playground(script, noisy(fpr, fnr)) for fpr, fnr in ((0.1, 0.0), (0.0, 0.3))]
    assert [len(run(ReinforceAda(), ground, 1, 4)[0].rollouts) for ground in grounds] == [32, 8]


def test_played_again_it_is_the_same() -> None:
    first, second = (run(ReinforceAda(), playground(ROWS), 3, 4) for _ in range(2))
    keys = [[rollout.key for rollout in prompt.rollouts] for prompt in first]
    assert keys == [[rollout.key for rollout in prompt.rollouts] for prompt in second]


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"rounds": 0}, {"samples_per_round": 0}, {"right_from": 0.0}):
        with pytest.raises(ValueError, match="must be"):
            ReinforceAda(**wrong)
    with pytest.raises(ValueError, match="count must be"):
        SomeRight(count=3, count_under_noise=2)


def test_pool_and_selection_together_learn_from_a_small_balanced_group() -> None:
    # METHODS 7: of a pool of 12 with 5 right, 2 + 2 are kept; advantages are against the mean of the pool.
    ground = playground(by_rows("wwwwrrrrrwww"))
    (prompt,) = asyncio.run(ReinforceAda(rounds=3, samples_per_round=4, exit=BothHalves())(ground, 1, 10))
    rewards = torch.tensor([prompt.scores])
    chosen = AdaBalance(keep=4)(ScoredGroups.of_rewards(rewards), DrGrpo(), KeyedRandom("pool"))
    kept = chosen.advantages_PG[chosen.copies_PG > 0]
    assert sorted(kept.tolist()) == pytest.approx([-0.416667] * 2 + [0.583333] * 2, abs=1e-6)
