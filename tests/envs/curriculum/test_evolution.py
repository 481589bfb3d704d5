from __future__ import annotations

import json
from collections import Counter

import pytest

from palestra.envs.curriculum import Breeding, Draw, EvolvingSampler, GroupResult, Member, Mixture, Seed, information

MEMBERS = (
    Member(env="palestra/ChainSum-v1", config={"difficulty": 0.0}),
    Member(env="palestra/Countdown-v1", config={"difficulty": 0.2}),
)


def _results(draws: list[Draw], scores: tuple[float, ...]) -> list[GroupResult]:
    return [GroupResult(draw=draw, scores=scores, tokens=8) for draw in draws]


def _difficulty(draw: Draw) -> float:
    return float(draw.task.id.config.get("difficulty", 0.0))


@pytest.mark.parametrize(
    ("scores", "expected"), [((1.0, 1.0, 1.0), 0.0), ((1.0, 0.0, 0.5), 1.0), ((0.2, 0.1, 0.15), 0.1), ((), 0.0)]
)
def test_information_is_best_less_worst(scores: tuple[float, ...], expected: float) -> None:
    # METHODS 23.
    assert information(scores) == pytest.approx(expected)


def test_informative_tasks_come_back_harder_and_climb() -> None:
    sampler = EvolvingSampler(MEMBERS[:1], breeding=Breeding(share=0.9, harder=0.25))
    seen: Counter[float] = Counter()
    for step in range(1, 12):
        draws = sampler.draw(step, 6)
        seen.update(map(_difficulty, draws))
        sampler.record(_results(draws, (0.0, 1.0)))
    assert set(seen) == {0.0, 0.25, 0.5, 0.75, 1.0}


def test_evolved_tasks_keep_their_seed() -> None:
    sampler = EvolvingSampler(MEMBERS, breeding=Breeding(share=0.9))
    first = sampler.draw(1, 8)
    sampler.record(_results(first, (0.0, 1.0)))
    evolved = [draw for draw in sampler.draw(2, 8) if _difficulty(draw) not in (0.0, 0.2)]
    parents = {(draw.cell, draw.task.id.index): _difficulty(draw) for draw in first}
    assert evolved
    for draw in evolved:
        assert _difficulty(draw) == pytest.approx(parents[draw.cell, draw.task.id.index] + 0.1)
        assert draw.member is MEMBERS[draw.cell]


@pytest.mark.parametrize("scores", [(1.0, 1.0), (0.0, 0.0), (0.5, 0.6), ()])
def test_tasks_that_say_little_do_not_evolve(scores: tuple[float, ...]) -> None:
    sampler = EvolvingSampler(MEMBERS)
    for step in range(1, 5):
        draws = sampler.draw(step, 6)
        assert all(_difficulty(draw) == draw.member.config.get("difficulty", 0.0) for draw in draws)
        sampler.record(_results(draws, scores))
    assert sampler.pool == ()


def test_the_pool_is_bounded_and_takes_the_newest() -> None:
    sampler = EvolvingSampler(MEMBERS[:1], breeding=Breeding(share=0.0, pool=3))
    sampler.record(_results(sampler.draw(1, 9), (0.0, 1.0)))
    assert [seed.index for seed in sampler.pool] == [6, 7, 8]


def test_a_restored_sampler_goes_on_exactly() -> None:
    sampler = EvolvingSampler(MEMBERS, breeding=Breeding(pool=5))
    for step in range(1, 4):
        sampler.record(_results(sampler.draw(step, 5), (0.0, 1.0)))
    twin = EvolvingSampler(MEMBERS, breeding=Breeding(pool=5))
    twin.restore(json.loads(json.dumps(sampler.state())))
    for step in range(4, 7):
        ours, theirs = sampler.draw(step, 5), twin.draw(step, 5)
        assert [str(draw.task.id) for draw in ours] == [str(draw.task.id) for draw in theirs]
        sampler.record(_results(ours, (0.0, 1.0)))
        twin.record(_results(theirs, (0.0, 1.0)))
    assert sampler.pool == twin.pool and isinstance(sampler.pool[0], Seed)


@pytest.mark.parametrize(
    "state", [{}, {"new": {"drawn": [0]}, "pool": []}, {"new": {"drawn": [0, 0]}, "pool": [{"cell": 9}]}]
)
def test_foreign_states_are_refused(state: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no state of an evolution"):
        EvolvingSampler(MEMBERS).restore(state)


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"share": 1.0}, {"harder": 0.0}, {"pool": 0}, {"least": 0.0}):
        with pytest.raises(ValueError, match="must be"):
            Breeding(**wrong)


def test_a_second_round_of_a_step_is_not_the_first_again() -> None:
    for sampler in (Mixture(MEMBERS), EvolvingSampler(MEMBERS)):
        rounds = [[draw.cell for draw in sampler.draw(1, 40)] for _ in range(2)]
        assert rounds[0] != rounds[1]
        assert [draw.cell for draw in type(sampler)(MEMBERS).draw(1, 40)] == rounds[0], "as a resumed run draws"
