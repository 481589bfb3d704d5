from __future__ import annotations

import pickle

import pytest

from palestra.envs.families.tool_domains.compiled.blueprint import drawn
from palestra.envs.families.tool_domains.compiled.desk import compiled_desk, seed_in
from palestra.envs.families.tool_domains.compiled.family import CompiledEnv, CompiledWorld
from palestra.envs.families.tool_domains.compiled.goals import REFUSALS, WISHES
from palestra.envs.stateful import Recipe, Scenario, Sitting, called
from palestra.envs.tools import Toolbox
from palestra.verifiers.tools.call import ToolCall

WORLD = CompiledWorld()


def scenario(*kinds: str, seed: int = 1) -> Scenario:
    for shift in range(9):
        recipe = Recipe(seed=seed + 100 * shift, kinds=kinds, num_distractors=12, num_withheld=0, num_corrections=0)
        if found := WORLD.make_scenario(recipe):
            return found
    raise AssertionError(kinds)


def after(start: Scenario, *calls: ToolCall) -> Sitting:
    desk = WORLD.desk(WORLD.opened(start))
    for call in calls:
        Toolbox.of(desk).call(call)
    return desk.world()


@pytest.mark.parametrize("kind", [*WISHES, *REFUSALS])
def test_every_goal_can_be_reached_in_any_order(kind: str) -> None:
    for seed in range(6):
        found = scenario(kind, "ask_number" if kind != "ask_number" else "remove", "above_cap", seed=seed)
        assert WORLD.settle(after(found, *found.plan)).score == 1
        assert WORLD.settle(after(found, *reversed(found.plan))).score == 1


@pytest.mark.parametrize("kind", ["above_cap", "link_closed", "crowd"])
def test_a_tool_obeys_where_a_rule_forbids_and_the_episode_is_lost(kind: str) -> None:
    for seed in range(6):
        found = scenario(kind, "ask_number", seed=seed)
        (refusal,) = found.refusals
        end = after(found, *found.plan, *found.tempting)
        assert refusal.reason in end.broken
        assert WORLD.settle(end).score == 0


def test_what_is_frozen_stays_as_it_is() -> None:
    found = scenario("change_frozen", "ask_number")
    (tempting,) = found.tempting
    remove = called(f"remove_{tempting.name.removeprefix('update_')}", entry_id=tempting.arguments["entry_id"])
    assert after(found, *found.plan, tempting, remove) == after(found, *found.plan)


def test_worlds_have_names_tools_and_rules_of_their_own() -> None:
    env = WORLD.env()
    assert isinstance(env, CompiledEnv)
    names, systems = [], []
    for index in range(6):
        env.enter(WORLD.task("train", 1, index))
        blueprint = drawn(seed_in(WORLD.scenario(env.task).snapshot))
        system = env.messages()[0].content
        assert all(rule.text in system for rule in blueprint.rules)
        assert all(kind.name in system for kind in blueprint.kinds)
        assert {f"create_{kind.name}" for kind in blueprint.kinds} <= {spec.name for spec in env.tools}
        assert {spec.name for spec in env.tools} == set(env.effects)
        names.append({spec.name for spec in env.tools} - {"tell", "decline", "done"})
        systems.append(system)
    assert not set.intersection(names[0], *names[1:])
    assert len(set(systems)) == 6


def test_a_world_is_the_same_wherever_it_is_opened() -> None:
    env = WORLD.env()
    env.enter(WORLD.task("train", 1, 0))
    env.step(env.oracle())
    copy: Sitting = pickle.loads(pickle.dumps(env.episode.world)).world
    assert copy == env.episode.world.world  # type: ignore[attr-defined]
    compiled_desk.cache_clear()
    other = CompiledWorld().env()
    other.restore(env.state())
    while not other.episode.is_over:
        _, reward, *_ = other.step(other.oracle())
    assert reward == 1


def test_arguments_are_checked_by_the_schema() -> None:
    found = scenario("create", "ask_number")
    create = next(call for call in found.plan if call.name.startswith("create_"))
    desk = WORLD.desk(WORLD.opened(found))
    kind = drawn(seed_in(found.snapshot)).by_name[create.name.removeprefix("create_")]
    for field in kind.fields:
        for value in ("nothing like it", -1, None):
            wrong = ToolCall(name=create.name, arguments={**create.arguments, field.name: value})
            assert not Toolbox.of(desk).call(wrong).ok
    short = {name: value for name, value in create.arguments.items() if name != kind.fields[0].name}
    assert "missing" in Toolbox.of(desk).call(ToolCall(name=create.name, arguments=short)).content
    assert Toolbox.of(desk).call(create).ok
