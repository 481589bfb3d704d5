from collections.abc import Sequence
from dataclasses import replace

import pytest

from palestra.agents import Rollout
from palestra.agents.rollout import TurnRow
from palestra.trainer.learner.batching import groups_of, update_shares
from palestra.trainer.objective.aggregation import Aggregation, SequenceMean, TokenMean
from palestra.trainer.packing.packs import Group
from palestra.trainer.rewards import VerdictReward, rewards_of
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment, unknown

PASSED = Verdict.passed()


def built(
    rollouts: Sequence[Sequence[Rollout]],
    advantages: Sequence[Sequence[float]],
    aggregation: Aggregation,
    copies: Sequence[Sequence[int]] | None = None,
) -> list[Group]:
    scored = [rewards_of(group, VerdictReward()) for group in rollouts]
    of_turns = [[(advantage,) for advantage in group] for group in advantages]
    return groups_of(scored, of_turns, copies or [[1] * len(group) for group in rollouts], aggregation)


@pytest.mark.parametrize(("prompts", "updates"), [(1, 1), (12, 1), (12, 5), (7, 7), (3, 2), (2, 3)])
def test_shares_are_contiguous_and_nearly_equal(prompts: int, updates: int) -> None:
    shares = update_shares(prompts, updates)
    assert [prompt for share in shares for prompt in share] == list(range(prompts))
    sizes = {len(share) for share in shares}
    assert max(sizes) - min(sizes) <= 1 and 0 not in sizes


def test_samples_of_a_prompt_form_a_group_with_weights_from_the_whole_update() -> None:
    rollouts = [
        [rollout("a", PASSED, segment([1, 2], [3, 4])), rollout("b", PASSED, segment([1, 2], [5]))],
        [rollout("c", PASSED, segment([9], [3, 4, 5, 6, 7])), rollout("d", PASSED, segment([9], [8, 8]))],
    ]
    groups = built(rollouts, [[1.0, -1.0], [0.5, -0.5]], TokenMean())
    assert [group.prompt_ids for group in groups] == [(1, 2), (9,)]
    assert [s.token_ids for group in groups for s in group.samples] == [(3, 4), (5,), (3, 4, 5, 6, 7), (8, 8)]
    assert [set(s.advantages) for group in groups for s in group.samples] == [{1.0}, {-1.0}, {0.5}, {-0.5}]
    assert {s.weight for group in groups for s in group.samples} == {0.1}


def test_masked_rollouts_have_no_sample_and_no_weight() -> None:
    rollouts = [
        [rollout("a", PASSED, segment([1], [3, 4])), rollout("b", unknown(), segment([1], [5] * 90))],
        [rollout("c", Verdict.error("no start")), rollout("d", PASSED, segment([9], [8, 8]))],
    ]
    groups = built(rollouts, [[0.0] * 2] * 2, TokenMean())
    assert [s.token_ids for group in groups for s in group.samples] == [(3, 4), (8, 8)]
    assert [s.weight for group in groups for s in group.samples] == [0.25, 0.25]


def test_nothing_but_masked_rollouts_makes_no_group() -> None:
    rollouts = [[rollout("a", unknown(), segment([1], [3])), rollout("b", Verdict.error("gone"))]]
    for aggregation in (TokenMean(), SequenceMean()):
        assert built(rollouts, [[0.0] * 2], aggregation) == []


def test_observations_keep_their_place_and_count_for_nothing() -> None:
    turns = segment([1], [3, 4, 5, 6], [1, 0, 0, 1])
    [group] = built(
        [[rollout("a", PASSED, turns), rollout("b", PASSED, segment([1], [7, 7]))]], [[1.0, 1.0]], TokenMean()
    )
    assert group.samples[0].mask == (1, 0, 0, 1) and group.samples[0].behaviour == (-0.5, 0.0, 0.0, -0.5)
    assert group.samples[0].advantages == (1.0, 0.0, 0.0, 1.0)
    assert group.samples[0].weight == 0.25


def test_a_segment_with_another_history_has_a_prompt_of_its_own() -> None:
    forked = rollout("a", PASSED, segment([1, 2], [3]), segment([1, 2, 3, 4], [5, 6], id=1))
    groups = built([[forked, rollout("b", PASSED, segment([1, 2], [7]))]], [[1.0, 2.0]], SequenceMean())
    assert [(group.prompt_ids, [s.token_ids for s in group.samples]) for group in groups] == [
        ((1, 2), [(3,), (7,)]),
        ((1, 2, 3, 4), [(5, 6)]),
    ]
    assert [s.weight for group in groups for s in group.samples] == pytest.approx([1 / 6, 1 / 2, 1 / 6])


def test_each_turn_has_the_advantage_of_its_own() -> None:
    turns = segment([1], [3, 4, 5, 6, 7], [1, 1, 0, 0, 1])
    rows = (
        TurnRow(segment=0, start=0, tokens_in=1, tokens_out=2),
        TurnRow(segment=0, start=4, tokens_in=5, tokens_out=1),
    )
    scored = rewards_of([replace(rollout("a", PASSED, turns), turns=rows)], VerdictReward())
    [group] = groups_of([scored], [[(0.5, -2.0)]], [[1]], TokenMean())
    assert group.samples[0].advantages == (0.5, 0.5, 0.0, 0.0, -2.0)
    with pytest.raises(ValueError, match="3 advantages for the 2 turns"):
        groups_of([scored], [[(0.5, -2.0, 1.0)]], [[1]], TokenMean())


def test_a_sample_that_counts_twice_weighs_twice_and_one_that_counts_never_is_gone() -> None:
    rollouts = [[rollout("a", PASSED, segment([1], [3, 4])), rollout("b", PASSED, segment([1], [5]))]]
    [group] = built(rollouts, [[1.0, 1.0]], TokenMean(), [[2, 0]])
    assert [s.token_ids for s in group.samples] == [(3, 4)]
    assert group.samples[0].weight == pytest.approx(2 / 4)


def test_each_token_is_paid_what_its_turn_earned_and_the_last_one_the_rest() -> None:
    first = segment([1], [3, 4, 5, 6], [1, 1, 0, 1], id=0)
    second = segment([1, 2], [7, 8], id=1)
    turns = (
        TurnRow(segment=0, start=0, tokens_in=1, tokens_out=2),
        TurnRow(segment=0, start=3, tokens_in=4, tokens_out=1),
        TurnRow(segment=1, start=0, tokens_in=2, tokens_out=2),
    )
    played = replace(rollout("a", PASSED, first, second), turns=turns, responses=("answer",) * 3)
    [scored] = rewards_of([played], VerdictReward())
    scored = replace(scored, credits=(0.25, 0.0, 0.125))
    other = rewards_of([rollout("b", PASSED, segment([1], [9, 9]))], VerdictReward())
    groups = groups_of([[scored, *other]], [[(0.0,), (0.0,)]], [[1, 1]], TokenMean())
    paid = {one.token_ids: (one.episode, one.rewards) for group in groups for one in group.samples}
    assert paid == {
        (3, 4, 5, 6): (0, (0.0, 0.25, 0.0, 0.0)),
        (7, 8): (0, (0.0, 0.75)),
        (9, 9): (1, (0.0, 1.0)),
    }
