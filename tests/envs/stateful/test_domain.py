"""What every domain of the table keeps to."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import pytest

from palestra.envs import ENVS, Kind
from palestra.envs.stateful import Domain, Recipe, Sitting, called
from palestra.envs.tools import Effect, Toolbox
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.call import ToolCall


def _is_domain(source: object) -> bool:
    return isinstance(source, type) and issubclass(source, Domain)


DOMAINS = [row.id for row in ENVS.values() if row.kind is Kind.TOOLS and _is_domain(row.load())]
KINDS = [
    (env_id, kind)
    for env_id in DOMAINS
    for source in [vars(ENVS[env_id].load())]
    for kind in source.get("refusals", ())
]


def made(env_id: str, difficulty: float = 0.5) -> Any:
    return ENVS[env_id].load().configured({"difficulty": difficulty})


def after(domain: Any, world: Sitting, calls: Sequence[ToolCall]) -> Sitting:
    desk = domain.desk(world)
    box = Toolbox.of(desk)
    for call in calls:
        box.call(call)
    changed: Sitting = desk.world()
    return changed


@pytest.mark.parametrize("env_id", DOMAINS)
@pytest.mark.parametrize("difficulty", [0.0, 1.0])
def test_the_oracle_earns_1_and_less_than_all_of_it_earns_0(env_id: str, difficulty: float) -> None:
    domain = made(env_id, difficulty)
    env = domain.env()
    for index in range(8):
        task = domain.task("train", 1, index)
        env.enter(task)
        while not env.episode.is_over:
            env.play(env.oracle())
        env.grade()
        assert env.episode.verdict.score == 1
        start, plan = domain.open_world(task), domain.scenario(task).plan
        assert domain.settle(start).score == 0
        for left_out in range(len(plan)):
            rest = [call for place, call in enumerate(plan) if place != left_out]
            assert domain.settle(after(domain, start, rest)).score == 0


@pytest.mark.parametrize("env_id", DOMAINS)
def test_cheats_and_random_writes_earn_nothing(env_id: str) -> None:
    domain = made(env_id)
    env = domain.env()
    for index in range(6):
        task = domain.task("train", 2, index)
        rng = KeyedRandom("random", index)
        env.enter(task)
        while not env.episode.is_over:
            env.play(env.guess(rng))
        env.grade()
        assert env.episode.verdict.score == 0
        for name, moves in domain.cheats(task).items():
            env.enter(task)
            for move in moves:
                if not env.episode.is_over:
                    env.play(domain.written(move))
            env.grade()
            assert env.episode.verdict.score == 0, name


@pytest.mark.parametrize("env_id", DOMAINS)
def test_one_write_more_than_wished_fails_the_episode(env_id: str) -> None:
    domain = made(env_id)
    strayed = 0
    for index in range(4):
        task = domain.task("train", 3, index)
        end = after(domain, domain.open_world(task), domain.scenario(task).plan)
        assert domain.settle(end).score == 1
        rng = KeyedRandom("stray", index)
        for _ in range(100):
            more = after(domain, end, [call for call in domain.random_calls(end, rng) if call.name != "done"])
            if len(more.touched) > len(end.touched):
                assert domain.settle(more).score == 0
                strayed += 1
                break
    assert strayed


@pytest.mark.parametrize("env_id", DOMAINS)
def test_a_call_that_changes_nothing_is_refused(env_id: str) -> None:
    domain = made(env_id)
    for index in range(4):
        task = domain.task("train", 8, index)
        end = after(domain, domain.open_world(task), domain.scenario(task).plan)
        notes = [call for call in domain.scenario(task).plan if call.name in ("tell", "decline")]
        for call in notes:
            assert not Toolbox.of(domain.desk(end)).call(call).ok
        assert after(domain, end, notes) == end


@pytest.mark.parametrize("env_id", DOMAINS)
def test_recipes_hardly_ever_come_to_nothing_and_always_to_the_same(env_id: str) -> None:
    domain, other = made(env_id), made(env_id, 0.25)
    rng = KeyedRandom("recipes")
    recipes = [domain.draw(rng) for _ in range(40)]
    scenarios = [domain.make_scenario(recipe) for recipe in recipes]
    assert sum(scenario is None for scenario in scenarios) <= 6
    assert other.make_scenario(recipes[0]) == scenarios[0]


@pytest.mark.parametrize("env_id", DOMAINS)
def test_what_a_customer_tells_later_says_what_it_is_about_and_no_ids_of_rows(env_id: str) -> None:
    domain = made(env_id, 1.0)
    for index in range(12):
        scenario = domain.scenario(domain.task("train", 7, index))
        later = (*scenario.withheld, *scenario.corrections)
        assert len({fact.about for fact in later}) == len(later)
        spoken = " ".join(fact.told for fact in later)
        subjects = {refusal.subject for refusal in scenario.refusals} | {answer.subject for answer in scenario.answers}
        assert not [subject for subject in subjects if subject in spoken and any(map(str.isdigit, subject))]


@pytest.mark.parametrize("env_id", DOMAINS)
def test_an_episode_goes_on_from_a_pickled_snapshot(env_id: str) -> None:
    domain = made(env_id)
    env, other = domain.env(), domain.env()
    env.enter(domain.task("train", 4, 0))
    env.play(env.oracle())
    env.play(env.oracle())
    other.restore(pickle.loads(pickle.dumps(env.state())))
    while not env.episode.is_over:
        assert env.oracle() == other.oracle()
        assert env.play(env.oracle()) == other.play(other.oracle())
    assert env.judge(env.episode) == other.judge(other.episode)


@pytest.mark.parametrize("env_id", DOMAINS)
def test_tools_answer_whatever_a_model_can_write(env_id: str) -> None:
    domain = made(env_id)
    world = domain.open_world(domain.task("train", 5, 0))
    world = after(domain, world, domain.scenario(domain.task("train", 5, 0)).plan[:1])
    desk = domain.desk(world)
    for tool in Toolbox.of(desk).values():
        properties: Any = tool.spec.parameters["properties"]
        for text in ("\ud800", "", "'; DROP TABLE x; --", "\0", "x" * 100_000):
            arguments = {name: text if hint.get("type") == "string" else 2**70 for name, hint in properties.items()}
            result = Toolbox.of(desk).call(ToolCall(name=tool.spec.name, arguments=arguments))
            assert len(result.content) < 12_000
            assert result.effect in tuple(Effect)
    domain.settle(desk.world())


@pytest.mark.parametrize(("env_id", "kind"), KINDS)
def test_what_must_be_declined_cannot_be_done_without_a_fault(env_id: str, kind: str) -> None:
    domain = made(env_id)
    for seed in range(6):
        for wish in domain.wishes:
            recipe = Recipe(seed=seed, kinds=(kind, wish), num_distractors=4, num_withheld=0, num_corrections=0)
            scenario = domain.make_scenario(recipe)
            if scenario is None:
                continue
            assert scenario.refusals
            for call in scenario.tempting:
                end = after(domain, domain.opened(scenario), [*scenario.plan, call])
                refused = end.touched == after(domain, domain.opened(scenario), scenario.plan).touched
                assert refused or end.broken, call
                assert refused or domain.settle(end).score == 0
            break


def test_every_domain_has_a_tool_that_ends_the_work() -> None:
    assert DOMAINS
    for env_id in DOMAINS:
        domain = made(env_id)
        env = domain.env()
        env.enter(domain.task("train", 6, 0))
        env.play(domain.written([called("done")]))
        assert env.episode.end == "submitted"
