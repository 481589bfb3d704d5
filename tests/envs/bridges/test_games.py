import json
import pickle
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

from palestra.envs import ENVS, ConfigError, EmptySplitError, KeyedRandom, NoOracleError, Scalar, Split, TextEnv
from palestra.envs.bridges import gem, skyrl_gym, textarena
from palestra.envs.bridges.game import PeerGames, PeerStep


@dataclass
class Dice:
    """A peer that draws from the global generator: guess the sum of what was thrown so far."""

    total: int = 0

    def start(self, seed: int) -> str:
        random.seed(seed)
        return f"opening {random.randrange(10**6)}"

    def step(self, text: str) -> PeerStep:
        if text == "break":
            raise RuntimeError("broken")
        self.total += random.randrange(10**6)
        reward = float(text) if text.startswith(("0", "1", "-", "n")) else 0.0
        return PeerStep(reply=f"thrown {self.total}", reward=reward, is_over=text == "stop")

    def guess(self, rng: KeyedRandom) -> str:
        return str(random.randrange(10**6))


class DiceGames(PeerGames):
    id = "acme/Dice-v1"

    @classmethod
    def read(cls, options: Mapping[str, Scalar]) -> Self:
        return cls("dice", options, 4)

    def open(self) -> Dice:
        return Dice()


def dice() -> TextEnv:
    return DiceGames.configured({}).env()


def test_an_episode_is_the_same_whatever_the_global_state() -> None:
    seen = []
    for state in (1, 2):
        random.seed(state)
        env = dice()
        env.reset(seed=0)
        seen.append([env.task.prompt, *(env.step("x")[0] for _ in range(3))])
    assert seen[0] == seen[1]


def test_episodes_that_run_at_the_same_time_do_not_meet() -> None:
    env, other = dice(), dice()
    env.reset(seed=0)
    alone = [env.step("x")[0] for _ in range(3)]
    env.reset(seed=0)
    other.reset(seed=1)
    mixed = []
    for _ in range(3):
        other.step("x")
        mixed.append(env.step("x")[0])
    assert mixed == alone


def test_a_snapshot_goes_on_in_another_instance() -> None:
    env, other = dice(), dice()
    env.reset(seed=5)
    env.step("x")
    state = pickle.loads(pickle.dumps(env.state()))
    first = env.step("x")
    other.restore(state)
    assert other.step("x") == first
    env.restore(state)
    assert env.step("x") == first


@pytest.mark.parametrize(
    ("responses", "score", "outcome"),
    [
        (["0.25", "0.5", "stop"], 0.75, "PARTIAL"),
        (["1", "1", "stop"], 1.0, "PASS"),
        (["-3", "stop"], 0.0, "FAIL"),
        (["0", "0", "0", "0.5"], 0.5, "PARTIAL"),
        (["nan", "stop"], 0.0, "ERROR"),
        (["0", "break"], 0.0, "ERROR"),
    ],
)
def test_the_score_is_the_sum_of_the_rewards_cut_to_0_and_1(responses: list[str], score: float, outcome: str) -> None:
    env = dice()
    env.reset(seed=0)
    for response in responses[:-1]:
        assert env.step(response)[1:4] == (0.0, False, False)
    _, reward, terminated, truncated, info = env.step(responses[-1])
    assert (reward, terminated, truncated, info["outcome"]) == (score, True, False, outcome)


def test_a_peer_that_does_not_begin_is_a_wrong_configuration() -> None:
    class Closed(DiceGames):
        def open(self) -> Dice:
            raise ValueError("needs two players")

    with pytest.raises(ConfigError, match=r"`dice` of `acme/Dice-v1` does not start.*needs two players"):
        Closed.configured({}).task("train", 0, 0)


def test_there_is_no_oracle_and_a_guess_moves_nothing() -> None:
    env = dice()
    env.reset(seed=0)
    with pytest.raises(NoOracleError, match="knows no best response"):
        env.oracle()
    first = env.guess(KeyedRandom("a"))
    assert env.guess(KeyedRandom("a")) == first
    assert env.step("x")[0] == _replies(0)[0]


def _replies(seed: int) -> list[str]:
    env = dice()
    env.reset(seed=seed)
    return [env.step("x")[0]]


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["game:Mastermind-v0-easy", "game:Game2048-v0-easy", "game:Sokoban-v0-easy"])
def test_games_of_gem_repeat_and_leave_the_global_state(name: str) -> None:
    pytest.importorskip("gem")
    env = gem(name).env()
    random.seed(3)
    before = random.getstate()
    episodes = []
    for _ in range(2):
        env.reset(seed=11)
        rng, replies = KeyedRandom("play"), [env.task.prompt]
        for _ in range(5):
            reply, _, terminated, truncated, _ = env.step(env.guess(rng))
            replies.append(reply)
            if terminated or truncated:
                break
        episodes.append(replies)
    assert episodes[0] == episodes[1]
    assert random.getstate() == before
    check_env(gymnasium.make("palestra/Gem-v1", name=name, render_mode="ansi").unwrapped)


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["rg:countdown", "code:Taco8k"])
def test_environments_of_gem_that_are_not_offered_say_why(name: str) -> None:
    pytest.importorskip("gem")
    with pytest.raises(ConfigError, match=r"reasoning-gym|runs the response as code"):
        gem(name)


@pytest.mark.heavy
def test_a_game_of_textarena_is_won_with_what_its_replies_tell() -> None:
    pytest.importorskip("textarena")
    env = textarena("GuessTheNumber-v0").env()
    env.reset(seed=0)
    low, high = 1, 20
    while True:
        middle = (low + high) // 2
        reply, reward, terminated, _, _ = env.step(f"[{middle}]")
        if terminated:
            break
        low, high = (middle + 1, high) if "higher" in reply else (low, middle - 1)
    assert reward == 1.0


@pytest.mark.heavy
def test_a_game_of_textarena_for_two_is_refused() -> None:
    pytest.importorskip("textarena")
    with pytest.raises(ConfigError, match=r"TicTacToe-v0.*does not start.*players has to be 2"):
        ENVS.make("palestra/TextArena-v1", config={"name": "TicTacToe-v0"}).reset(seed=0)


@pytest.mark.heavy
def test_skyrl_gym_judges_the_rows_of_a_file(tmp_path: Path) -> None:
    pytest.importorskip("skyrl_gym")
    path = tmp_path / "rows.jsonl"
    rows = [{"prompt": f"What is {i} + 1?", "reward_spec": {"ground_truth": str(i + 1)}} for i in range(60)]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    homes: dict[str, Split] = {}
    splits: tuple[Split, ...] = ("train", "validation", "test")
    for name in ("gsm8k", "aime"):
        env = skyrl_gym(name, str(path)).env()
        for split in splits:
            for index in range(10):
                env.reset(seed=0, options={"split": split, "index": index})
                assert homes.setdefault(env.task.prompt, split) == split
                assert env.step(env.oracle())[1] == 1.0
    with pytest.raises(EmptySplitError, match="the splits are"):
        skyrl_gym("gsm8k", str(path)).task("unseen-difficulty", 0, 0)
    with pytest.raises(ConfigError, match="runs the response as code"):
        skyrl_gym("lcb", str(path))
