"""What all operators promise."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable

import gymnasium
import pytest

from palestra.envs import ENVS, ConfigError, EmptySplitError, KeyedRandom, Kind, Task, TaskIdError, UnknownEnvError
from palestra.envs.families.arithmetic.chain_sum import ChainSum, ChainSumConfig
from palestra.envs.families.logic.knights_and_knaves import KnightsAndKnaves
from palestra.envs.operators.chained import Chained
from palestra.envs.operators.distracted import Distracted
from palestra.envs.operators.encoded import Encoded
from palestra.envs.operators.operator import Operator, symbols_of
from palestra.envs.operators.paraphrased import Paraphrased
from palestra.envs.operators.renamed import Renamed
from palestra.envs.operators.spec import read_spec, write_spec

IDS = [env_id for env_id, row in ENVS.items() if row.kind is Kind.OPERATOR]


def operator_of(env_id: str, difficulty: float = 0.3) -> Operator:
    source = ENVS[env_id].load().configured({"difficulty": difficulty})
    assert isinstance(source, Operator)
    return source


@pytest.mark.parametrize("env_id", IDS)
def test_the_oracle_is_right_in_every_split(env_id: str) -> None:
    operator = operator_of(env_id)
    for split in ("train", "validation", "test", "unseen-template", "unseen-difficulty"):
        for index in range(4):
            task = operator.task(split, 1, index)
            assert operator.verifier.verify(operator.oracle(task), task.reference).score == 1.0
            assert operator.verifier.verify("", task.reference).score == 0.0
            guess = operator.guess(task, KeyedRandom("guess", index))
            assert operator.verifier.verify(guess, task.reference).valid


@pytest.mark.parametrize("env_id", IDS)
def test_an_id_makes_its_task_again_with_any_operator_of_the_kind(env_id: str) -> None:
    task = operator_of(env_id, 0.6).task("validation", 3, 4)
    plain = ENVS[env_id].load().configured({})
    assert plain.regenerate(type(task.id).parse(str(task.id))) == task
    assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task
    env = gymnasium.make(env_id)
    prompt, info = env.reset(options={"task_id": str(task.id)})
    assert (prompt, info) == (task.prompt, {"task_id": str(task.id)})


@pytest.mark.parametrize("env_id", IDS)
def test_another_difficulty_for_one_episode_is_solved_too(env_id: str) -> None:
    env = ENVS.make(env_id)
    env.reset(seed=1, options={"difficulty": 0.7})
    assert env.step(env.oracle())[1] == 1.0


@pytest.mark.parametrize("env_id", IDS)
def test_operators_go_through_pickle(env_id: str) -> None:
    operator = operator_of(env_id)
    again = pickle.loads(pickle.dumps(operator))
    task = operator.task("train", 0, 0)
    assert again.task("train", 0, 0) == task
    assert again.oracle(task) == operator.oracle(task)


def test_a_derived_task_has_the_split_and_the_puzzle_of_its_origin() -> None:
    family = ChainSum()
    for operator in (Paraphrased(inner=family), Distracted(inner=family), Encoded(inner=family)):
        for split in ("train", "test"):
            origin, derived = family.task(split, 5, 6), operator.task(split, 5, 6)
            assert (derived.puzzle, derived.reference) == (origin.puzzle, origin.reference)
            assert derived.prompt != origin.prompt


@pytest.mark.parametrize(
    "stack",
    [
        lambda: Distracted(inner=Renamed(inner=KnightsAndKnaves())),
        lambda: Renamed(inner=Distracted(inner=Paraphrased(inner=KnightsAndKnaves()))),
        lambda: Encoded(inner=Chained(first=ChainSum(), second=Distracted(inner=ChainSum()))),
        lambda: Renamed(inner=Renamed(inner=KnightsAndKnaves())),
    ],
)
def test_operators_take_operators(stack: Callable[[], Operator]) -> None:
    operator = stack()
    for index in range(3):
        task = operator.task("train", 2, index)
        assert operator.verifier.verify(operator.oracle(task), task.reference).score == 1.0
        assert operator.configured(task.id.config).regenerate(task.id) == task


def test_a_spec_makes_its_source_again() -> None:
    operator = Distracted(inner=ChainSum(ChainSumConfig(difficulty=0.5, num_terms=3)), sentences=2)
    assert write_spec(operator.inner) == "palestra/ChainSum-v1?difficulty=0.5&num_terms=3"
    again = read_spec(write_spec(operator))
    assert again.task("test", 1, 2) == operator.task("test", 1, 2)


def test_sources_that_no_table_knows_work_from_code() -> None:
    class Unlisted(ChainSum):
        id = "elsewhere/Unlisted-v1"

    operator = Distracted(inner=Unlisted())
    task = operator.task("train", 0, 0)
    assert operator.regenerate(task.id) == task
    env = operator.env()
    env.reset(seed=0, options={"difficulty": 0.9})
    assert env.step(env.oracle())[1] == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"iner": "palestra/ChainSum-v1"}, "did you mean `inner`"),
        ({"inner": 3}, "`inner` must be of type str"),
        ({"inner": "palestra/ChainSum-v1?num_terms=0"}, "`num_terms` must lie"),
        ({"inner": "palestra/ChainSum-v1?nonsense"}, "names no source"),
        ({"inner": "palestra/Mastermind-v1"}, "has several turns"),
        ({"sentences": 0}, "`sentences` must lie in 1..20"),
        ({"sentences": 2.0}, "`sentences` must be of type int"),
        ({"place": "inside"}, "no place `inside`"),
        ({"difficulty": "hard"}, "`difficulty` must be of type float"),
        ({"difficulty": 2.0}, "`difficulty` must lie in 0..1"),
    ],
)
def test_options_are_checked(options: dict[str, str | int | float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Distracted.configured(options)


def test_unknown_environments_and_foreign_ids_are_refused() -> None:
    with pytest.raises(UnknownEnvError, match="did you mean `palestra/ChainSum-v1`"):
        Encoded.configured({"inner": "palestra/ChainSun-v1"})
    with pytest.raises(TaskIdError, match="given to `palestra/Encoded-v1`"):
        Encoded().regenerate(ChainSum().task("train", 0, 0).id)
    with pytest.raises(EmptySplitError):
        Encoded().task("unseen-composition", 0, 0)


def test_an_operator_that_hides_its_text_has_nothing_to_rename() -> None:
    inner = Encoded(inner=KnightsAndKnaves())
    assert symbols_of(inner, inner.task("train", 0, 0)) == ()
    with pytest.raises(ConfigError, match="has nothing to rename"):
        Renamed(inner=inner).task("train", 0, 0)
