import json
from collections import Counter

import pytest

from palestra.envs.curriculum import CurriculumSampler, Drift, GroupResult, Member, Mixture, Pace, Steady, TaskSampler

SUM, COUNTDOWN, KNIGHTS = (Member(env=f"palestra/{name}-v1") for name in ("ChainSum", "Countdown", "KnightsAndKnaves"))


def curriculum(**pace: float) -> CurriculumSampler:
    return CurriculumSampler([SUM, COUNTDOWN], [0.0, 0.5, 1.0], group_size=8, seed=3, pace=Pace(**pace))


def learned(
    sampler: CurriculumSampler, steps: int, rates: dict[int, float], tokens: dict[int, int] | None = None
) -> None:
    """Draw and record, as if cells had these pass rates (in eighths) and costs."""
    for step in range(1, steps + 1):
        results = []
        for draw in sampler.draw(step, 6):
            passes = round(8 * rates.get(draw.cell, 0.0))
            cost = (tokens or {}).get(draw.cell, 80)
            results.append(GroupResult(draw=draw, scores=(1.0,) * passes + (0.0,) * (8 - passes), tokens=cost))
        sampler.record(results)


@pytest.mark.parametrize("make", [lambda: Mixture([SUM, COUNTDOWN], seed=3), curriculum], ids=["mixture", "curriculum"])
def test_a_restored_sampler_goes_on_exactly(make: type[TaskSampler]) -> None:
    straight, broken_off = make(), make()
    for sampler in (straight, broken_off):
        for step in (1, 2):
            draws = sampler.draw(step, 5)
            sampler.record([GroupResult(draw=draw, scores=(1.0, 0.0), tokens=10) for draw in draws])
    resumed = make()
    resumed.restore(json.loads(json.dumps(broken_off.state())))
    for step in (3, 4):
        assert resumed.draw(step, 5) == straight.draw(step, 5)
    assert resumed.state() == straight.state()


def test_no_task_is_drawn_twice() -> None:
    ids = [str(draw.task.id) for step in range(1, 30) for draw in curriculum().draw(step, 4)]
    sampler = curriculum()
    ids = [str(draw.task.id) for step in range(1, 30) for draw in sampler.draw(step, 4)]
    assert len(set(ids)) == len(ids)


def test_every_draw_makes_its_task_again() -> None:
    for draw in curriculum().draw(1, 8):
        env = draw.member.make()
        env.reset(options={"task_id": str(draw.task.id)})
        assert env.task == draw.task


def test_members_are_drawn_by_weight_and_weights_drift() -> None:
    heavy = Member(env=SUM.env, weight=Steady(value=3.0))
    leaving = Member(env=COUNTDOWN.env, weight=Drift(start=1.0, end=0.0, after=10, over=10))
    mixture = Mixture([heavy, leaving])
    early = Counter(draw.cell for draw in mixture.draw(1, 400))
    assert 250 < early[0] < 350
    assert Counter(draw.cell for draw in mixture.draw(15, 400))[1] < early[1]
    assert {draw.cell for draw in mixture.draw(20, 100)} == {0}


def test_a_mixture_of_one_shows_the_environments_own_stream() -> None:
    source = SUM.source()
    assert [draw.task for draw in Mixture([SUM], seed=7).draw(1, 3)] == [source.task("train", 7, i) for i in range(3)]


def test_a_curriculum_goes_where_the_signal_is() -> None:
    sampler = curriculum(half_life=100.0)
    learned(sampler, 60, rates={0: 1.0, 1: 0.5, 2: 0.0, 3: 0.0, 4: 0.0, 5: 0.0})
    probabilities = sampler.probabilities(61)
    assert probabilities[1] == max(probabilities) > 0.5
    assert min(probabilities) > 0.01, "all cells are looked at again"


def test_of_equal_signal_the_cheaper_is_preferred() -> None:
    sampler = curriculum(half_life=100.0)
    learned(sampler, 60, rates=dict.fromkeys(range(6), 0.5), tokens={0: 40, 1: 400, 2: 400, 3: 400, 4: 400, 5: 400})
    assert sampler.probabilities(61)[0] > 0.8


def test_a_mastered_cell_comes_back_when_its_evidence_is_old() -> None:
    sampler = curriculum(half_life=2.0)
    learned(sampler, 20, rates={0: 1.0, 1: 0.5, 2: 0.5, 3: 0.5, 4: 0.5, 5: 0.5})
    known = sampler.probabilities(21)[0]
    for _ in range(20):
        sampler.record([])
    assert sampler.probabilities(21)[0] > 1.5 * known


def test_weights_of_members_hold_for_their_cells() -> None:
    away = Member(env=COUNTDOWN.env, weight=Steady(value=0.0))
    sampler = CurriculumSampler([SUM, away], [0.0, 1.0], group_size=4)
    assert {draw.member.env for draw in sampler.draw(1, 50)} == {SUM.env}


def test_scores_between_0_and_1_count_in_part() -> None:
    sampler = curriculum()
    [draw] = sampler.draw(1, 1)
    sampler.record([GroupResult(draw=draw, scores=(0.25, 0.75), tokens=7)])
    [(env, difficulty, evidence)] = [row for row in sampler.table() if row[2].groups]
    assert (env, difficulty) == (draw.task.id.source, draw.task.id.config["difficulty"])
    assert (evidence.passes, evidence.fails, evidence.tokens) == (1.0, 1.0, 7.0)


def test_impossible_samplers_and_states_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one member"):
        Mixture([])
    with pytest.raises(ValueError, match="every weight is 0"):
        Mixture([Member(env=SUM.env, weight=Steady(value=0.0))]).draw(1, 1)
    with pytest.raises(ValueError, match="at least one member and one difficulty"):
        CurriculumSampler([SUM], [], group_size=2)
    with pytest.raises(ValueError, match="no state of a curriculum of 6 cells"):
        curriculum().restore({"drawn": [1], "evidence": []})
    with pytest.raises(ValueError, match="no state of a mixture of 1"):
        Mixture([SUM]).restore({"drawn": ["x"]})
    with pytest.raises(ValueError, match="explore must be in"):
        Pace(explore=0.0)
