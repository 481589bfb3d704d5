import math

import pytest

from palestra.trainer.learner.batching import scored_groups
from palestra.trainer.rewards import InvertedReward, RandomReward, RewardSource, VerdictReward, rewards_of
from palestra.trainer.shaping import OverlongPenalty
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment, unknown

SEGMENT = segment([1, 2], [3, 4, 5])


@pytest.mark.parametrize("verdict", [unknown(), Verdict.error("the sandbox went away")])
@pytest.mark.parametrize("source", [VerdictReward(), RandomReward(), InvertedReward()])
def test_a_rollout_without_a_verdict_is_masked_whatever_pays(verdict: Verdict, source: RewardSource) -> None:
    [scored] = rewards_of([rollout("k", verdict, SEGMENT)], source, [OverlongPenalty(max_tokens=3, buffer=1)])
    assert not scored.reward.valid and math.isnan(scored.reward.or_nan) and math.isnan(scored.outcome)


def test_the_verdicts_score_is_paid() -> None:
    verdicts = [Verdict.passed(), Verdict.partial(0.25), Verdict.failed(), Verdict.unparsed(), Verdict.timeout()]
    rewards = rewards_of([rollout("k", verdict, SEGMENT) for verdict in verdicts], VerdictReward())
    assert [scored.reward.or_nan for scored in rewards] == [1.0, 0.25, 0.0, 0.0, 0.0]
    inverted = rewards_of([rollout("k", verdict, SEGMENT) for verdict in verdicts], InvertedReward())
    assert [scored.reward.or_nan for scored in inverted] == [0.0, 0.75, 1.0, 1.0, 1.0]


def test_random_rewards_know_the_key_alone() -> None:
    rollouts = [rollout(f"0/1/{i}/0", Verdict.passed() if i % 2 else Verdict.failed(), SEGMENT) for i in range(2000)]
    for probability in (0.0, 0.3, 1.0):
        values = [scored.reward.value for scored in rewards_of(rollouts, RandomReward(probability=probability))]
        assert set(values) <= {0.0, 1.0}
        assert sum(values) / 2000 == pytest.approx(probability, abs=0.04)
        assert values == [scored.reward.value for scored in rewards_of(rollouts, RandomReward(probability=probability))]


def test_long_responses_pay_by_their_policy_tokens() -> None:
    turns = segment([1], [2, 3, 4, 5, 6], [1, 1, 0, 0, 1])
    rollouts = [rollout("a", Verdict.passed(), SEGMENT), rollout("b", Verdict.passed(), turns, turns)]
    rewards = rewards_of(rollouts, VerdictReward(), [OverlongPenalty(max_tokens=6, buffer=4)])
    assert [scored.reward.value for scored in rewards] == [0.75, 0.0]
    assert rewards[0].reward.parts == (("verdict", 1.0), ("overlong", -0.25))


def test_masked_and_missing_samples_are_nan_in_the_matrices() -> None:
    verdicts = [Verdict.passed(), unknown(), Verdict.failed()]
    scored = rewards_of([rollout("k", v, SEGMENT) for v in verdicts], VerdictReward())
    groups = scored_groups([scored[:2], scored[2:]])
    rewards_PG = groups.rewards_PG
    assert rewards_PG.shape == (2, 2) and rewards_PG[0, 0] == 1.0 and rewards_PG[1, 0] == 0.0
    assert rewards_PG[0, 1].isnan() and rewards_PG[1, 1].isnan()
    assert groups.lengths_PG.tolist() == [[3, 3], [3, 0]]
    assert scored_groups([]).rewards_PG.shape == (0, 0)
