"""What every row of `ENVS` promises."""

import hashlib
import json
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode

from palestra.envs import ENVS, SPLITS, Family, KeyedRandom, Task, TextEnv
from palestra.verifiers import VERIFIERS, Outcome

HARD_TO_GUESS = ("palestra/Countdown-v1", "palestra/KnightsAndKnaves-v1", "palestra/RandomCalculation-v1")

# Digests of the first three test tasks of seed 0 at the default difficulty. A change here is a change of
# behaviour: it needs a new version of the environment, not a new digest.
GOLDEN = {
    "palestra/ChainSum-v1": "7dab37e03c0586df",
    "palestra/Countdown-v1": "8ba3775d3648dcd5",
    "palestra/KnightsAndKnaves-v1": "9cb00b82c11e5022",
    "palestra/RandomCalculation-v1": "540615d0058a4dd6",
    "palestra/RandomCalculationContinuous-v1": "91ec5f3b1d9a0907",
}

HOSTILE = [
    "",
    "\ud800",
    "\x00\x1b[31m\x07",
    "a" * 10_000_000,
    "9" * 1_000_000,
    "(" * 1_000_000,
    "<answer>" * 100_000,
    "\\boxed{" * 100_000,
    "1e999999999",
]


@pytest.fixture(params=sorted(ENVS))
def env_id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def env(env_id: str) -> Iterator[TextEnv]:
    env = ENVS.make(env_id)
    yield env
    env.close()


def _family(env_id: str, difficulty: int | None = None) -> Family[Any, Any]:
    return ENVS[env_id].load_family().configured({} if difficulty is None else {"difficulty": difficulty})


def _score(env_id: str, task: Task, response: str) -> float:
    return VERIFIERS.make(ENVS[env_id].verifier).verify(response, task.reference).score


def test_the_family_has_the_id_of_its_row(env_id: str) -> None:
    assert ENVS[env_id].load_family().id == env_id


def test_gymnasiums_checker_is_content(env_id: str) -> None:
    check_env(gymnasium.make(env_id).unwrapped)
    check_env(gymnasium.make(env_id, render_mode="ansi").unwrapped)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_vector_of_one_seed_is_a_group_of_equal_prompts(env_id: str, mode: str) -> None:
    envs: Any = gymnasium.make_vec(env_id, 3, mode)
    try:
        prompts, _ = envs.reset(seed=[7] * 3)
        assert prompts == (ENVS[env_id].load_family()().task("train", 7, 0).prompt,) * 3
        _, rewards, terminated, truncated, info = envs.step(("\ud800", "", "x" * 200_000))
        assert (list(rewards), list(terminated), list(truncated)) == ([0.0] * 3, [True] * 3, [False] * 3)
        assert list(info["outcome"]) == ["UNPARSED"] * 3
    finally:
        envs.close()


@pytest.mark.parametrize("mode", AutoresetMode)
def test_every_autoreset_mode_goes_on_with_the_next_task(env_id: str, mode: AutoresetMode) -> None:
    envs: Any = gymnasium.make_vec(env_id, 2, "sync", vector_kwargs={"autoreset_mode": mode})
    envs.reset(seed=[3, 4])
    following = envs.step(("", ""))[0]
    if mode is AutoresetMode.DISABLED:
        following = envs.reset(options={"reset_mask": np.array([True, True])})[0]
    elif mode is AutoresetMode.NEXT_STEP:
        following = envs.step(("", ""))[0]
    family = ENVS[env_id].load_family()()
    assert tuple(following) == tuple(family.task("train", seed, 1).prompt for seed in (3, 4))
    envs.close()


@pytest.mark.parametrize("difficulty", [None, 0, 3, 6, 9])
def test_the_oracle_is_right_and_silence_is_not(env_id: str, difficulty: int | None) -> None:
    family = _family(env_id, difficulty)
    for index in range(50 if difficulty != 9 else 20):
        task = family.task("train", 1, index)
        assert _score(env_id, task, family.oracle(task)) == 1.0
        assert _score(env_id, task, "") == 0.0


@pytest.mark.parametrize("env_id", HARD_TO_GUESS)
def test_guesses_are_hardly_ever_right(env_id: str) -> None:
    family = _family(env_id)
    tasks = [family.task("test", 0, index) for index in range(500)]
    rng = KeyedRandom("guess")
    assert np.mean([_score(env_id, task, family.guess(task, rng)) for task in tasks]) <= 0.02


@pytest.mark.parametrize("env_id", HARD_TO_GUESS)
def test_no_constant_answer_is_paid(env_id: str) -> None:
    family = _family(env_id)
    tasks = [family.task("train", 2, index) for index in range(200)]
    constants = ["0", "1", "-1", "1/2", "10", "100", *(family.oracle(task) for task in tasks[:5])]
    for constant in constants:
        assert np.mean([_score(env_id, task, constant) for task in tasks[5:]]) <= 0.02


@pytest.mark.parametrize("difficulty", [0, 2, 5, 9])
def test_repeating_the_prompt_is_not_paid(env_id: str, difficulty: int) -> None:
    family = _family(env_id, difficulty)
    for index in range(40 if difficulty != 9 else 5):
        task = family.task("train", 3, index)
        lines = [task.prompt, *task.prompt.splitlines(), task.prompt.splitlines()[0].removeprefix("Calculate ")]
        if env_id != "palestra/RandomCalculationContinuous-v1":
            assert max(_score(env_id, task, line) for line in lines) == 0.0


def test_the_reference_is_in_no_observation(env_id: str) -> None:
    env = ENVS.make(env_id)
    for seed in range(30):
        prompt, info = env.reset(seed=seed)
        assert info.keys() == {"task_id"}
        solution = env.oracle()
        shown = prompt + json.dumps(dict(env.task.meta))
        if len(solution) > 4:
            assert solution not in shown
        if env.task.reference.startswith("{"):
            assert env.task.reference not in shown


def test_tasks_go_through_json_unchanged(env_id: str) -> None:
    family = _family(env_id)
    for split in SPLITS:
        task = family.task(split, 5, 6)
        assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task


def test_an_id_makes_its_task_again_anywhere(env_id: str, env: TextEnv) -> None:
    for difficulty in (None, 0, 5):
        task = _family(env_id, difficulty).task("validation", 8, 9)
        assert ENVS[env_id].load_family()().regenerate(task.id) == task
        prompt, info = env.reset(options={"task_id": str(task.id)})
        assert (prompt, info["task_id"], env.task) == (task.prompt, str(task.id), task)


def test_no_puzzle_is_in_two_splits(env_id: str) -> None:
    family_type = ENVS[env_id].load_family()
    seen: dict[str, str] = {}
    for difficulty in (0, 1, 2):
        family = family_type.configured({"difficulty": difficulty})
        rng = KeyedRandom("splits", difficulty)
        for _ in range(300):
            key = family.draw(rng)
            split = family.split_of(key)
            assert seen.setdefault(family.canonical(key), split) == split
    assert set(seen.values()) == set(SPLITS)


def test_different_seeds_give_different_streams(env_id: str) -> None:
    family = _family(env_id)
    streams = [[family.task("train", seed, index).prompt for index in range(30)] for seed in (42, 43)]
    assert len(set(streams[0]) & set(streams[1])) <= 1
    assert len(set(streams[0])) >= 29


def test_streams_never_change(env_id: str) -> None:
    family = _family(env_id)
    rows = json.dumps([family.task("test", 0, index).to_json() for index in range(3)])
    assert hashlib.sha256(rows.encode()).hexdigest()[:16] == GOLDEN[env_id]


@pytest.mark.parametrize("index", range(len(HOSTILE)))
def test_hostile_responses_end_an_episode_with_a_verdict(env: TextEnv, index: int) -> None:
    env.reset(seed=0)
    reply, reward, terminated, truncated, info = env.step(HOSTILE[index])
    assert (reply, reward, terminated, truncated, info["valid"]) == ("", 0.0, True, False, True)
    assert info["outcome"] in {Outcome.UNPARSED, Outcome.FAIL}
    json.dumps(info)


def test_threads_agree(env_id: str) -> None:
    family = _family(env_id)
    with ThreadPoolExecutor(2) as pool:
        tasks = list(pool.map(lambda index: family.task("train", 0, index % 10), range(40)))
    assert tasks == [family.task("train", 0, index) for index in range(10)] * 4


def test_environments_and_states_can_be_pickled(env: TextEnv) -> None:
    env.reset(seed=1)
    copy = pickle.loads(pickle.dumps(env))
    assert copy.task == env.task
    assert copy.step(copy.oracle())[1] == 1.0
    copy.restore(pickle.loads(pickle.dumps(env.state())))
    assert copy.step("")[1] == 0.0


def test_difficulties_grow(env_id: str) -> None:
    family_type = ENVS[env_id].load_family()
    lengths = [
        np.mean([len(family_type.configured({"difficulty": d}).task("train", 0, i).prompt) for i in range(20)])
        for d in (0, 3, 6, 9)
    ]
    assert lengths == sorted(lengths)
