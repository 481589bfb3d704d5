import asyncio
import copy
from typing import Any

import gymnasium
import pytest

from palestra.envs import ENVS, ConfigError, Message, TaskIdError, TextEnv


@pytest.fixture
def env() -> TextEnv:
    return ENVS.make("palestra/ChainSum-v1", system_prompt="Be brief.")


def test_each_reset_shows_the_next_task_of_the_stream(env: TextEnv) -> None:
    ids = [env.reset(seed=3)[1]["task_id"], env.reset()[1]["task_id"], env.reset()[1]["task_id"]]
    assert ids == [f"palestra/ChainSum-v1/train/3/{index}?difficulty=0.2" for index in range(3)]


def test_a_reset_without_any_seed_draws_one() -> None:
    ids = {ENVS.make("palestra/ChainSum-v1").reset()[1]["task_id"] for _ in range(3)}
    assert len(ids) == 3


def test_reset_options_name_split_index_and_difficulty(env: TextEnv) -> None:
    _, info = env.reset(seed=3, options={"split": "test", "index": 7, "difficulty": 0.0})
    assert info["task_id"] == "palestra/ChainSum-v1/test/3/7?difficulty=0.0"
    assert env.step(env.oracle())[1] == 1.0
    assert env.reset()[1]["task_id"] == "palestra/ChainSum-v1/train/3/8?difficulty=0.2"


def test_a_difficulty_keeps_the_fields_that_were_set() -> None:
    env = ENVS.make("palestra/ChainSum-v1", config={"num_terms": 5})
    prompt, info = env.reset(seed=0, options={"difficulty": 0.0})
    assert info["task_id"].endswith("?difficulty=0.0&num_terms=5")
    assert prompt.count("+") == 4


def test_a_task_id_wins_over_the_rest(env: TextEnv) -> None:
    task_id = "palestra/ChainSum-v1/test/9/9?difficulty=0.1"
    assert env.reset(seed=1, options={"task_id": task_id, "split": "train"})[1]["task_id"] == task_id


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"spit": "test"}, TaskIdError, "no reset option `spit`; did you mean `split`"),
        ({"split": "tset"}, TaskIdError, "no split `tset`"),
        ({"index": "1"}, TaskIdError, "must be of type int"),
        ({"index": True}, TaskIdError, "must be of type int"),
        ({"index": -1}, TaskIdError, "must not be negative"),
        ({"difficulty": 10}, ConfigError, "must lie in 0..1"),
        ({"task_id": "nonsense"}, TaskIdError, "is no task id"),
        ({"task_id": "palestra/Countdown-v1/test/0/0"}, TaskIdError, "task id of `palestra/Countdown-v1`"),
        ({"task_id": "palestra/ChainSum-v1/test/0/0?size=3"}, ConfigError, "no option `size`"),
    ],
)
def test_bad_reset_options_are_one_clear_sentence(
    env: TextEnv, options: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        env.reset(seed=0, options=options)


def test_make_takes_the_fields_of_the_configuration() -> None:
    env = gymnasium.make("palestra/Countdown-v1", difficulty=0.3, split="test")
    _, info = env.reset(seed=0)
    assert info["task_id"] == "palestra/Countdown-v1/test/0/0?difficulty=0.3"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dificulty": 3}, "no option `dificulty`; did you mean `difficulty`"),
        ({"splitt": "test"}, "no option `splitt`; did you mean `split`"),
        ({"difficulty": "3"}, "must be of type float, got '3'"),
        ({"difficulty": -1}, "must lie in 0..1"),
        ({"num_terms": 1}, "must lie in 2..100"),
        ({"low": 30, "high": 20}, "`low` must lie in 0..high"),
        ({"operators": "*"}, "`operators` must be"),
    ],
)
def test_bad_configurations_are_one_clear_sentence(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        gymnasium.make("palestra/ChainSum-v1", **options)


def test_a_bad_split_is_refused_at_once() -> None:
    with pytest.raises(TaskIdError, match="no split `tests`"):
        ENVS.make("palestra/ChainSum-v1", split="tests")  # type: ignore[arg-type]


def test_an_episode_ends_with_its_verdict_and_must_be_reset(env: TextEnv) -> None:
    with pytest.raises(gymnasium.error.ResetNeeded, match="no episode yet"):
        env.step("1")
    env.reset(seed=0)
    env.step("1")
    with pytest.raises(gymnasium.error.ResetNeeded, match="the episode is over"):
        env.step("1")


def test_a_response_must_be_text(env: TextEnv) -> None:
    env.reset(seed=0)
    with pytest.raises(TypeError, match="must be text, got int"):
        env.step(12)  # type: ignore[arg-type]


def test_messages_and_render_hold_the_conversation(env: TextEnv) -> None:
    prompt, _ = env.reset(seed=0)
    env.step("7")
    assert env.messages() == (
        Message(role="system", content="Be brief."),
        Message(role="user", content=prompt),
        Message(role="assistant", content="7"),
    )
    assert env.render() == f"[system] Be brief.\n[user] {prompt}\n[assistant] 7"


def test_restore_goes_on_from_a_snapshot(env: TextEnv) -> None:
    env.reset(seed=0)
    state, answer = copy.copy(env.state()), env.oracle()
    assert env.step("no")[1] == 0.0
    env.restore(state)
    assert env.step(answer)[1] == 1.0


def test_astep_agrees_with_step(env: TextEnv) -> None:
    env.reset(seed=0)
    state, answer = env.state(), env.oracle()
    stepped = env.step(answer)
    env.restore(state)
    assert asyncio.run(env.astep(answer)) == stepped
