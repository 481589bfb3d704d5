"""Bounds on the first five environments that are tighter than what the audit asks of all, and how they vectorise."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from palestra.envs import ENVS, KeyedRandom, Question, Task

HARD_TO_GUESS = ("palestra/Countdown-v1", "palestra/KnightsAndKnaves-v1", "palestra/RandomCalculation-v1")
FIRST_FIVE = (*HARD_TO_GUESS, "palestra/ChainSum-v1", "palestra/RandomCalculationContinuous-v1")


def family_of(env_id: str, difficulty: float | None = None) -> Question[Any, Any]:
    source = ENVS[env_id].load().configured({} if difficulty is None else {"difficulty": difficulty})
    assert isinstance(source, Question)
    return source


def score(env_id: str, task: Task, response: str) -> float:
    return family_of(env_id).verifier.verify(response, task.reference).score


@pytest.mark.parametrize("env_id", HARD_TO_GUESS)
def test_guesses_are_hardly_ever_right(env_id: str) -> None:
    family = family_of(env_id)
    tasks = [family.task("test", 0, index) for index in range(500)]
    rng = KeyedRandom("guess")
    assert np.mean([score(env_id, task, family.guess(task, rng)) for task in tasks]) <= 0.02


@pytest.mark.parametrize("env_id", HARD_TO_GUESS)
def test_no_constant_answer_is_paid(env_id: str) -> None:
    family = family_of(env_id)
    tasks = [family.task("train", 2, index) for index in range(200)]
    constants = ["0", "1", "-1", "1/2", "10", "100", *(family.oracle(task) for task in tasks[:5])]
    for constant in constants:
        assert np.mean([score(env_id, task, constant) for task in tasks[5:]]) <= 0.02


@pytest.mark.parametrize("env_id", FIRST_FIVE)
@pytest.mark.parametrize("difficulty", [0.0, 0.2, 0.5, 0.9])
def test_repeating_the_prompt_is_not_paid(env_id: str, difficulty: float) -> None:
    family = family_of(env_id, difficulty)
    for index in range(40 if difficulty < 0.9 else 5):
        task = family.task("train", 3, index)
        if env_id != "palestra/RandomCalculationContinuous-v1":
            assert max(score(env_id, task, line) for line in [task.prompt, *task.prompt.splitlines()]) == 0.0


@pytest.mark.parametrize("env_id", FIRST_FIVE)
def test_processes_of_a_vector_show_the_same_group(env_id: str) -> None:
    envs: Any = gymnasium.make_vec(env_id, 3, "async")
    try:
        prompts, _ = envs.reset(seed=[7] * 3)
        assert prompts == (family_of(env_id).task("train", 7, 0).prompt,) * 3
        _, rewards, terminated, truncated, info = envs.step(("\ud800", "", "x" * 200_000))
        assert (list(rewards), list(terminated), list(truncated)) == ([0.0] * 3, [True] * 3, [False] * 3)
        assert list(info["outcome"]) == ["UNPARSED"] * 3
    finally:
        envs.close()


@pytest.mark.parametrize("env_id", FIRST_FIVE)
@pytest.mark.parametrize("mode", AutoresetMode)
def test_every_autoreset_mode_goes_on_with_the_next_task(env_id: str, mode: AutoresetMode) -> None:
    envs: Any = gymnasium.make_vec(env_id, 2, "sync", vector_kwargs={"autoreset_mode": mode})
    envs.reset(seed=[3, 4])
    following = envs.step(("", ""))[0]
    if mode is AutoresetMode.DISABLED:
        following = envs.reset(options={"reset_mask": np.array([True, True])})[0]
    elif mode is AutoresetMode.NEXT_STEP:
        following = envs.step(("", ""))[0]
    assert tuple(following) == tuple(family_of(env_id).task("train", seed, 1).prompt for seed in (3, 4))
    envs.close()
