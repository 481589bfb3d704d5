import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.verifiers.rewards import (
    ComponentValue,
    EpisodeValue,
    GatedAccumulation,
    GatedComponent,
    Scope,
    Submission,
    Threshold,
    TurnValue,
    submission_gates,
)

SUBMIT = GatedComponent(name="submit", level=0, scope=Scope.EPISODE, gate=Threshold(value=1.0))
OUTCOME = GatedComponent(name="outcome", level=1, scope=Scope.EPISODE)
STEP = GatedComponent(name="step", level=1, scope=Scope.TURN)


def _episode(name: str, value: float, *, valid: bool = True) -> EpisodeValue:
    return EpisodeValue(name=name, value=value, valid=valid)


def _turn(turn: int, value: float, *, name: str = "step", valid: bool = True) -> TurnValue:
    return TurnValue(name=name, turn=turn, value=value, valid=valid)


@pytest.mark.parametrize(
    ("outcome", "submit", "step", "ungated", "gated"),
    [(0, 0, 0.6, 0.6, 0), (0, 1, 0.6, 1.6, 1.6), (1, 1, 0.4, 2.4, 2.4)],
)
def test_the_published_vectors(outcome: float, submit: float, step: float, ungated: float, gated: float) -> None:
    gates = GatedAccumulation(components=(SUBMIT, OUTCOME, STEP))
    settled = gates([_episode("submit", submit), _episode("outcome", outcome), _turn(0, step)])
    assert settled.reward.value == pytest.approx(gated)
    assert settled.ungated.value == pytest.approx(ungated)


@pytest.mark.parametrize(("is_strict", "counts"), [(False, 0.5), (True, 0.0)])
def test_strictness_decides_at_the_gate_itself(is_strict: bool, counts: float) -> None:
    gate = GatedComponent(name="outcome", level=0, scope=Scope.EPISODE, gate=Threshold(value=0.0, is_strict=is_strict))
    settled = GatedAccumulation(components=(gate, STEP))([_episode("outcome", 0.0), _turn(0, 0.5)])
    assert settled.reward.value == counts
    assert settled.closed == (("outcome",) if is_strict else ())


def test_turn_credits_are_settled_when_the_episode_ends() -> None:
    gates = submission_gates(("format", "tool"))
    turns = [_turn(0, 0.1, name="format"), _turn(2, 0.2, name="tool"), _turn(2, 0.1, name="format")]
    paid = gates([Submission.FAILING.component, *turns], num_turns=4)
    assert paid.turn_credits == pytest.approx((0.1, 0.0, 0.3, 0.0))
    assert paid.reward.value == pytest.approx(paid.episode_credit + sum(paid.turn_credits))
    unpaid = gates([Submission.MISSING.component, *turns], num_turns=4)
    assert unpaid.turn_credits == (0.0, 0.0, 0.0, 0.0)
    assert unpaid.ungated_turn_credits == pytest.approx(paid.turn_credits)
    assert unpaid.reward.value == -1.0
    assert unpaid.closed == ("outcome",)


def test_gates_of_all_higher_ranks_must_open() -> None:
    middle = GatedComponent(name="middle", level=1, scope=Scope.EPISODE, gate=Threshold(value=0.5))
    low = GatedComponent(name="low", level=2, scope=Scope.EPISODE)
    gates = GatedAccumulation(components=(SUBMIT, middle, low))
    open_top = [_episode("submit", 1.0), _episode("middle", 0.2), _episode("low", 5.0)]
    assert gates(open_top).reward.value == 1.2
    closed_top = [_episode("submit", 0.0), _episode("middle", 0.9), _episode("low", 5.0)]
    assert gates(closed_top).reward.value == 0.0


def test_a_gate_of_a_turn_rules_over_its_own_turn() -> None:
    form = GatedComponent(name="form", level=0, scope=Scope.TURN, gate=Threshold(value=1.0))
    gates = GatedAccumulation(components=(form, STEP))
    settled = gates([_turn(0, 0.0, name="form"), _turn(0, 0.5), _turn(1, 1.0, name="form"), _turn(1, 0.5)])
    assert settled.turn_credits == (0.0, 1.5)
    assert settled.closed == ("form@0",)


def test_masks_count_only_where_the_value_would() -> None:
    gates = GatedAccumulation(components=(SUBMIT, OUTCOME, STEP))
    masked_below: list[ComponentValue] = [_episode("outcome", 0.0, valid=False), _turn(0, 0.5)]
    closed = gates([_episode("submit", 0.0), *masked_below])
    assert closed.reward.or_nan == 0.0
    assert math.isnan(closed.ungated.or_nan)
    assert closed.ungated_turn_credits == (0.0,)
    assert math.isnan(gates([_episode("submit", 1.0), *masked_below]).reward.or_nan)
    undecided: list[ComponentValue] = [_episode("submit", 1.0, valid=False), _episode("outcome", 1.0), _turn(0, 0.5)]
    assert math.isnan(gates(undecided).reward.or_nan)


@pytest.mark.parametrize(
    "values",
    [
        [_turn(0, 0.5)],
        [_episode("submit", 1.0), _episode("outcome", 0.0), _turn(0, 0.5), _turn(0, 0.5)],
        [_episode("submit", 1.0), _episode("submit", 1.0), _episode("outcome", 0.0)],
        [_episode("submit", 1.0), _episode("outcome", 0.0), _episode("step", 0.0)],
        [_episode("submit", 1.0), _episode("outcome", 0.0), _turn(3, 0.5)],
    ],
)
def test_values_must_fit_the_components(values: list[ComponentValue]) -> None:
    with pytest.raises(ValueError, match=r"value|component"):
        GatedAccumulation(components=(SUBMIT, OUTCOME, STEP))(values, num_turns=2)


def test_ambiguous_ranks_are_refused() -> None:
    form = GatedComponent(name="form", level=0, scope=Scope.TURN, gate=Threshold(value=1.0))
    with pytest.raises(ValueError, match="each turn"):
        GatedAccumulation(components=(form, OUTCOME))
    with pytest.raises(ValueError, match="different names"):
        GatedAccumulation(components=(STEP, STEP))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1))
def test_closing_a_gate_never_raises_a_reward_of_terms_that_are_not_negative(
    steps: list[float], outcome: float, threshold: float, rise: float
) -> None:
    def settled(level: float) -> float:
        gate = GatedComponent(name="outcome", level=0, scope=Scope.EPISODE, gate=Threshold(value=level))
        turns = [_turn(turn, value) for turn, value in enumerate(steps)]
        return GatedAccumulation(components=(gate, STEP))([_episode("outcome", outcome), *turns]).reward.value

    assert settled(threshold + rise) <= settled(threshold)


@pytest.mark.parametrize(("accuracy", "consistency", "value"), [(1, 1, 2.0), (1, 0, 1.5), (0, 1, 0.5)])
def test_the_reward_of_r1_reward_is_a_gate_too(accuracy: float, consistency: float, value: float) -> None:
    # METHODS 21: .5 format + accuracy (1 + .5 consistency), with the format kept
    right = Threshold(value=1.0)
    gates = GatedAccumulation(
        components=(
            GatedComponent(name="format", level=0, scope=Scope.EPISODE),
            GatedComponent(name="accuracy", level=0, scope=Scope.EPISODE, gate=right),
            GatedComponent(name="consistency", level=1, scope=Scope.EPISODE),
        )
    )
    parts = {"format": 0.5, "accuracy": accuracy, "consistency": 0.5 * consistency}
    assert gates([_episode(name, part) for name, part in parts.items()]).reward.value == value
