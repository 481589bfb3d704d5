from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from palestra.agents import FinishReason, Rollout, TurnRow
from palestra.envs import EndReason
from palestra.trainer.advantages import DrGrpo, informative_groups
from palestra.trainer.config.reader import parse_config
from palestra.trainer.config.writer import to_toml
from palestra.trainer.credit.reward_log import write_rewards
from palestra.trainer.learner.batching import groups_of, scored_groups
from palestra.trainer.objective.aggregation import TokenMean
from palestra.trainer.rewards import RandomReward, VerdictReward, rewards_of
from palestra.trainer.rewards.turn_rewards import GatedTurns, NoTurns, SummedTurns, TurnRewards
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment

SEGMENT = segment([1, 2], [3, 4, 5])


def played(key: str, verdict: Verdict, *turns: Mapping[str, float], end: EndReason | None = None) -> Rollout:
    rows = tuple(
        TurnRow(segment=0, start=number, tokens_in=2, tokens_out=1, components=components)
        for number, components in enumerate(turns)
    )
    return replace(rollout(key, verdict, SEGMENT), turns=rows, end=end)


def paid(turns: TurnRewards, *rollouts: Rollout) -> list[float]:
    return [scored.reward.value for scored in rewards_of(rollouts, VerdictReward(turns=turns))]


def test_turns_count_behind_the_gate_of_the_outcome_alone() -> None:
    lost = played("lost", Verdict.failed(), {"format": 1.0}, {"format": 1.0})
    won = played("won", Verdict.passed(), {"format": 1.0}, {"format": 0.0})
    assert paid(GatedTurns(budget=0.1), lost, won) == [0.0, pytest.approx(1.05)]
    assert paid(SummedTurns(scale=0.2), lost, won) == [pytest.approx(0.4), pytest.approx(1.2)]
    assert paid(NoTurns(), lost, won) == [0.0, 1.0]
    [scored] = rewards_of([lost], VerdictReward())
    assert [scored.outcome, scored.gated, scored.ungated] == pytest.approx([0.0, 0.0, 0.05])
    assert scored.reward.parts == (("verdict", 0.0), ("turns", 0.0))


@pytest.mark.parametrize(("is_strict", "expected"), [(True, 0.0), (False, 0.05)])
def test_a_value_on_the_threshold_opens_a_gate_that_is_not_strict(is_strict: bool, expected: float) -> None:
    lost = played("lost", Verdict.failed(), {"format": 1.0})
    assert paid(GatedTurns(is_strict=is_strict), lost) == [pytest.approx(expected)]
    half = played("half", Verdict.partial(0.5), {"format": 1.0})
    assert paid(GatedTurns(threshold=0.5, is_strict=is_strict), half) == [pytest.approx(0.5 + expected)]


def test_weights_share_the_budget_and_a_missing_component_earns_nothing() -> None:
    won = played("won", Verdict.passed(), {"format": 1.0, "calls": 0.5}, {"format": 1.0})
    assert paid(GatedTurns(budget=0.1), won) == [pytest.approx(1 + 0.05 * (0.75 + 0.5))]
    assert paid(GatedTurns(budget=0.1, weights={"calls": 3.0}), won) == [pytest.approx(1 + 0.05 * (0.625 + 0.25))]
    assert paid(GatedTurns(budget=0.1, weights={"calls": 0.0}), won) == [pytest.approx(1.1)]
    [scored] = rewards_of([won], VerdictReward(turns=GatedTurns(budget=0.1)))
    assert scored.credits == pytest.approx([0.0375, 0.025])


def test_an_environment_without_components_is_paid_its_verdict() -> None:
    [scored] = rewards_of([rollout("k", Verdict.passed(), SEGMENT)], VerdictReward())
    assert (scored.reward.value, scored.gated, scored.ungated, scored.credits) == (1.0, 1.0, 1.0, ())
    assert scored.reward.parts == (("verdict", 1.0),)


components = st.dictionaries(st.sampled_from(["format", "calls", "submitted"]), st.floats(0, 1), max_size=3)


@given(
    episodes=st.lists(
        st.tuples(st.integers(0, 40), st.lists(components, min_size=1, max_size=30)), min_size=2, max_size=8
    ),
    budget=st.floats(0, 0.99),
)
def test_turns_never_turn_a_worse_outcome_into_a_better_reward(
    episodes: Sequence[tuple[int, Sequence[Mapping[str, float]]]], budget: float
) -> None:
    scores = [share / 40 for share, _ in episodes]
    rollouts = [
        played(str(i), Verdict.partial(scores[i]), *turns) if 0 < scores[i] < 1
        else played(str(i), Verdict.passed() if scores[i] else Verdict.failed(), *turns)
        for i, (_, turns) in enumerate(episodes)
    ]  # fmt: skip
    values = paid(GatedTurns(budget=budget), *rollouts)
    for a, b in ((a, b) for a in range(len(values)) for b in range(len(values))):
        if scores[a] < scores[b]:
            assert values[a] < values[b]
    assert all(value == 0.0 for value, score in zip(values, scores, strict=True) if score == 0.0)
    assert all(value - score <= budget + 1e-9 for value, score in zip(values, scores, strict=True))


def test_the_null_controls_know_nothing_of_turns() -> None:
    chatty = played("k", Verdict.passed(), *[{"format": 1.0}] * 9)
    [scored] = rewards_of([chatty], RandomReward(probability=1.0))
    assert scored.reward.value == 1.0 and scored.credits == ()


def test_ends_that_are_masked_leave_group_and_learner() -> None:
    rollouts = [
        played("a", Verdict.passed(), {"format": 1.0}, end=EndReason.SUBMITTED),
        played("b", Verdict.failed(), {"format": 1.0}, end=EndReason.MAX_TURNS),
        played("c", Verdict.failed(), {"format": 1.0}, end=EndReason.SUBMITTED),
        played("d", Verdict.error("gone"), end=EndReason.INFRA_ERROR),
    ]
    scored = rewards_of(rollouts, VerdictReward(masked_ends=(EndReason.MAX_TURNS,)))
    assert [each.reward.valid for each in scored] == [True, False, True, False]
    advantages = [[(advantage,) for advantage in DrGrpo()(scored_groups([scored])).flatten().tolist()]]
    [group] = groups_of([scored], advantages, [[1] * 4], TokenMean())
    assert len(group.samples) == 2
    assert sum(sample.weight * sum(sample.mask) for sample in group.samples) == pytest.approx(1.0)


def test_a_response_that_the_limit_cut_can_be_left_out_however_its_episode_ended() -> None:
    # METHODS 22: overlong filtering
    whole = played("b", Verdict.passed(), {"format": 1.0}, end=EndReason.SUBMITTED)
    cut = replace(whole, finish_reason=FinishReason.LENGTH)
    assert cut.is_truncated and not whole.is_truncated and cut.end is EndReason.SUBMITTED
    for ends, valid in (((EndReason.MAX_TOKENS,), [False, True]), ((EndReason.MAX_TURNS,), [True, True])):
        scored = rewards_of([cut, whole], VerdictReward(masked_ends=ends))
        assert [each.reward.valid for each in scored] == valid


@pytest.mark.parametrize("valid", [0, 1])
def test_a_group_with_fewer_than_two_valid_samples_is_dropped(valid: int) -> None:
    verdicts = [Verdict.passed()] * valid + [Verdict.error("gone")] * (4 - valid)
    scored = rewards_of([played(str(i), verdict) for i, verdict in enumerate(verdicts)], VerdictReward())
    groups = scored_groups([scored])
    assert not informative_groups(groups.rewards_PG).any()
    assert torch.equal(DrGrpo()(groups).nan_to_num(9.0), torch.zeros(1, 4))


def test_credits_of_turns_are_on_disk_in_strict_json(tmp_path: Path) -> None:
    rollouts = [
        played("a", Verdict.passed(), {"format": 1.0}, {"format": 0.0}, end=EndReason.SUBMITTED),
        played("b", Verdict.error("gone")),
    ]
    write_rewards(tmp_path / "rewards" / "step-00001.jsonl", rewards_of(rollouts, VerdictReward()))
    first, second = map(json.loads, (tmp_path / "rewards" / "step-00001.jsonl").read_text().splitlines())
    assert first["key"] == "a" and first["end"] == "submitted" and first["turn_credits"] == [0.025, 0.0]
    assert math.isclose(first["reward"], 1.025) and first["outcome"] == 1.0
    assert second == {"key": "b", "end": None, "valid": False, "observed": "ERROR"}


CONFIG = 'steps = 1\nenv.id = "palestra/ChainSum-v1"\nmodel.path = "m"\n'


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("", GatedTurns()),
        ('reward.turns = "off"', NoTurns()),
        ('reward.turns = { kind = "summed", scale = 0.3 }', SummedTurns(scale=0.3)),
        (
            'reward.turns = { kind = "gated", is_strict = false, threshold = 0.5, weights = { calls = 2.0 } }',
            GatedTurns(is_strict=False, threshold=0.5, weights={"calls": 2.0}),
        ),
    ],
)
def test_a_configuration_names_what_turns_add(lines: str, expected: TurnRewards) -> None:
    config = parse_config(CONFIG + lines)
    assert config.reward == VerdictReward(turns=expected)
    assert parse_config(to_toml(config)) == config
    masked = parse_config(CONFIG + 'reward.masked_ends = ["max_turns", "wall_limit"]')
    assert masked.reward == VerdictReward(masked_ends=(EndReason.MAX_TURNS, EndReason.WALL_LIMIT))
    assert parse_config(to_toml(masked)) == masked


def test_a_loop_is_named_with_its_history() -> None:
    text = 'loop = { kind = "mini-swe", steps = 30, history = { kind = "keep-last-observations", count = 3 } }'
    config = parse_config(CONFIG + text)
    assert parse_config(to_toml(config)) == config
    assert config.loop is not None and config.loop.options == {"codec": "fenced-bash"}


@pytest.mark.parametrize(
    "changes",
    [
        {"budget": 1.0},
        {"budget": -0.1},
        {"weights": {"a": -1.0}},
        {"weights": {"verdict": 1.0}},
        {"threshold": math.nan},
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        GatedTurns(**changes)  # type: ignore[arg-type]
