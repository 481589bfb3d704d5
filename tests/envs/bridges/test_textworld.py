import pickle
from pathlib import Path

import pytest

from palestra.envs import ConfigError, KeyedRandom
from palestra.envs.bridges.textworld_games import TextWorld, TextWorldEnv
from palestra.envs.task import TaskId

pytest.importorskip("textworld")


@pytest.fixture(scope="module", name="env")
def _env(tmp_path_factory: pytest.TempPathFactory) -> TextWorldEnv:
    """Games of one room and two commands, which are made once."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    return TextWorld.configured({"num_rooms": 2, "num_objects": 2, "quest_length": 2}).env()


def test_the_shortest_way_wins_and_progress_is_noted(env: TextWorldEnv) -> None:
    env.reset(seed=0)
    terminated = False
    while not terminated:
        _, reward, terminated, _, info = env.step(env.oracle())
    assert (reward, info["outcome"]) == (1.0, "PASS")
    assert sum(r.components.get("progress", 0.0) for r in env.episode.records) == pytest.approx(1.0)


def test_looking_around_to_the_end_earns_nothing(env: TextWorldEnv) -> None:
    env.reset(seed=0)
    ended = False
    while not ended:
        _, reward, terminated, truncated, _ = env.step("look")
        ended = terminated or truncated
    assert reward == 0.0


@pytest.mark.parametrize(
    "command", ["save", "script", "restart", "quit", "look. save", "look then save", "l\x00ook", ""]
)
def test_commands_for_the_interpreter_never_reach_it(
    env: TextWorldEnv, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    env.reset(seed=0)
    before = env.step("look")[0]
    assert "no command of this game" in env.step(command)[0]
    assert env.step("look")[0] == before
    assert not list(tmp_path.iterdir())


def test_the_last_line_of_a_reply_counts(env: TextWorldEnv) -> None:
    env.reset(seed=0)
    told = env.step("inventory")[0]
    assert env.step("<think>go north</think>I look at what I have.\n> `inventory`")[0] == told


def test_a_game_goes_on_from_a_snapshot_beside_another(env: TextWorldEnv) -> None:
    env.reset(seed=0)
    env.step("look")
    state = pickle.loads(pickle.dumps(env.state()))
    twin = TextWorldEnv(env.source)  # type: ignore[arg-type]
    twin.restore(state)
    command = env.oracle()
    assert twin.oracle() == command
    assert twin.step(command) == env.step(command)


def test_a_task_is_made_again_of_its_id(env: TextWorldEnv) -> None:
    task = env.source.task("train", 0, 0)
    assert env.source.regenerate(TaskId.parse(str(task.id))) == task
    env.reset(seed=0)
    assert env.guess(KeyedRandom("x"))


@pytest.mark.parametrize("options", [{"num_rooms": 0}, {"quest_length": 99}, {"difficulty": 0.5}, {"colour": "red"}])
def test_options_out_of_range_are_refused(options: dict[str, float | str]) -> None:
    with pytest.raises(ConfigError):
        TextWorld.configured(options)
