"""What every row of `ENVS` promises."""

import hashlib
import json
import pickle
import string
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

from palestra.envs import ENVS, IID_SPLITS, EmptySplitError, Family, KeyedRandom, Kind, Task, TextEnv
from palestra.verifiers import Outcome

GOLDENS = Path(__file__).parent / "goldens"
DIFFICULTIES = (0.0, 0.25, 0.5, 0.75, 1.0)

HOSTILE = [
    "\ud800",
    "\x00\x1b[31m\x07",
    "a" * 2_000_000,
    "9" * 1_000_000,
    "(" * 1_000_000,
    "[[" * 500_000,
    "<answer>" * 100_000,
    "\\boxed{" * 100_000,
    "1e999999999",
    "<answer>" + "9" * 5000 + "</answer>",
    "<answer>[" + "9," * 9000 + "9]</answer>",
]

PROCEDURAL = sorted(env_id for env_id, row in ENVS.items() if row.kind in (Kind.QUESTION, Kind.GAME))


@pytest.fixture(params=PROCEDURAL)
def env_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def env(env_id: str) -> Iterator[TextEnv]:
    env = ENVS.make(env_id)
    yield env
    env.close()


def family_of(env_id: str, difficulty: float | None = None) -> Family[Any, Any]:
    source = ENVS[env_id].load().configured({} if difficulty is None else {"difficulty": difficulty})
    assert isinstance(source, Family)
    return source


def play(env: TextEnv, task: Task, write: Any) -> float:
    """The reward of an episode whose responses `write(env)` makes."""
    env.reset(options={"task_id": str(task.id)})
    while True:
        _, reward, terminated, truncated, info = env.step(write(env))
        assert info.get("valid", True)
        if terminated or truncated:
            return reward


def test_the_family_is_that_of_its_row(env_id: str) -> None:
    family = family_of(env_id)
    assert family.id == env_id
    assert len(family.templates) >= 3
    slots = [{slot for _, slot, _, _ in string.Formatter().parse(text) if slot} for text in family.templates]
    assert all(one == slots[0] for one in slots), "every template must show the same slots"


def test_gymnasiums_checker_is_content(env_id: str) -> None:
    check_env(gymnasium.make(env_id, render_mode="ansi").unwrapped)


def test_a_vector_of_one_seed_is_a_group_of_equal_prompts(env_id: str) -> None:
    envs: Any = gymnasium.make_vec(env_id, 3, "sync", vector_kwargs={"autoreset_mode": AutoresetMode.DISABLED})
    prompts, _ = envs.reset(seed=[7] * 3)
    assert prompts == (family_of(env_id).task("train", 7, 0).prompt,) * 3
    _, rewards, _, truncated, _ = envs.step(("\ud800", "", "x" * 200_000))
    assert (list(rewards), list(truncated)) == ([0.0] * 3, [False] * 3)
    envs.close()


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_the_oracle_is_right_and_silence_is_not(env_id: str, difficulty: float) -> None:
    family = family_of(env_id, difficulty)
    env = ENVS.make(env_id)
    for index in range(4):
        task = family.task("train", 1, index)
        assert play(env, task, lambda env: env.oracle()) == 1.0
        assert play(env, task, lambda env: "") == 0.0
        rng = KeyedRandom("guess", index)
        assert 0.0 <= play(env, task, lambda env, rng=rng: env.guess(rng)) <= 1.0


@pytest.mark.parametrize("split", ["validation", "test", "unseen-template", "unseen-difficulty", "unseen-composition"])
def test_every_split_has_tasks_unless_it_says_that_there_are_none(env_id: str, split: Any) -> None:
    env = ENVS.make(env_id)
    try:
        task = family_of(env_id).task(split, 0, 0)
    except EmptySplitError:
        assert split == "unseen-composition"
        return
    assert play(env, task, lambda env: env.oracle()) == 1.0


def test_effort_grows_with_the_difficulty(env_id: str) -> None:
    efforts = [
        np.mean([family_of(env_id, d).task("train", 0, i).meta["effort"] for i in range(12)]) for d in (0.0, 0.5, 1.0)
    ]
    assert efforts[0] < efforts[2]
    assert efforts[0] <= efforts[1] * 1.05 <= efforts[2] * 1.1


def test_the_reference_is_in_no_observation(env_id: str, env: TextEnv) -> None:
    for seed in range(5):
        prompt, info = env.reset(seed=seed)
        assert info.keys() == {"task_id"}
        if len(env.task.reference) > 12:
            assert env.task.reference not in prompt + json.dumps(dict(env.task.meta))


def test_tasks_go_through_json_unchanged(env_id: str) -> None:
    family = family_of(env_id)
    for split in IID_SPLITS:
        task = family.task(split, 5, 6)
        assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task


def test_an_id_makes_its_task_again_anywhere(env_id: str, env: TextEnv) -> None:
    for difficulty in (None, 0.0, 0.5):
        task = family_of(env_id, difficulty).task("validation", 8, 9)
        prompt, info = env.reset(options={"task_id": str(task.id)})
        assert (prompt, info["task_id"], env.task) == (task.prompt, str(task.id), task)


def test_no_puzzle_is_in_two_splits(env_id: str) -> None:
    seen: dict[str, str] = {}
    for difficulty in (0.1, 0.3):
        family = family_of(env_id, difficulty)
        rng = KeyedRandom("splits", str(difficulty))
        for _ in range(100):
            key = family.draw(rng)
            split = family.split_of(key)
            assert seen.setdefault(family.canonical(key), split) == split
    assert set(IID_SPLITS) <= set(seen.values())


def test_different_seeds_give_different_streams(env_id: str) -> None:
    family = family_of(env_id, 0.5)
    streams = [[family.task("train", seed, index).prompt for index in range(10)] for seed in (42, 43)]
    assert len(set(streams[0]) & set(streams[1])) <= 1
    assert len(set(streams[0])) >= 9


def test_streams_never_change(env_id: str) -> None:
    """A change here is a change of behaviour: it needs a new version of the environment, not a new golden."""
    goldens = json.loads((GOLDENS / f"{ENVS[env_id].group}.json").read_text())
    assert digest(env_id) == goldens[env_id]


def digest(env_id: str) -> str:
    """Of two test tasks of seed 0 at each of three difficulties."""
    rows = [family_of(env_id, d).task("test", 0, index).to_json() for d in (0.2, 0.5, 1.0) for index in range(2)]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def test_hostile_responses_earn_nothing(env: TextEnv) -> None:
    for text in HOSTILE:
        env.reset(seed=0)
        _, reward, _, _, info = env.step(text)
        assert (reward, info.get("valid", True)) == (0.0, True)
        assert info.get("outcome", Outcome.FAIL) in {Outcome.UNPARSED, Outcome.FAIL}
        json.dumps(info)


def test_threads_agree(env_id: str) -> None:
    family = family_of(env_id)
    with ThreadPoolExecutor(2) as pool:
        tasks = list(pool.map(lambda index: family.task("train", 0, index % 4), range(8)))
    assert tasks == [family.task("train", 0, index) for index in range(4)] * 2


def test_episodes_go_on_from_a_pickled_snapshot(env: TextEnv) -> None:
    env.reset(seed=1)
    if ENVS[env.source.id].kind is Kind.GAME:
        env.step(env.oracle())
    snapshot = pickle.dumps(env.state())
    rewards = []
    for _ in range(2):
        other = pickle.loads(pickle.dumps(env))
        other.restore(pickle.loads(snapshot))
        reward, is_over = 0.0, env.state().verdict is not None
        while not is_over:
            _, reward, terminated, truncated, _ = other.step(other.oracle())
            is_over = terminated or truncated
        rewards.append(reward)
    assert rewards[0] == rewards[1]
