from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from palestra.envs import ENVS, ConfigError, Kind
from palestra.envs.bridges_out import TaskVerifier, verifier_of
from palestra.envs.single_turn import SingleTurnEnv
from palestra.verifiers import Outcome
from palestra.verifiers.adapters import as_open_instruct, as_trl, as_verl
from palestra.verifiers.keyed_random import KeyedRandom

QUESTIONS = sorted(row.id for row in ENVS.values() if row.kind is Kind.QUESTION)[::9]


@pytest.mark.parametrize("env_id", QUESTIONS)
def test_it_judges_as_the_environment_does(env_id: str) -> None:
    env, verifier = ENVS.make(env_id, split="validation"), TaskVerifier()
    env.reset(seed=3)
    for response in (env.oracle(), env.guess(KeyedRandom("a guess")), ""):
        env.reset(options={"task_id": str(env.task.id)})
        _, reward, *_, info = env.step(response)
        verdict = verifier.verify(response, str(env.task.id))
        assert (verdict.score, str(verdict.outcome)) == (reward, info["outcome"])
        assert asyncio.run(verifier.averify(response, str(env.task.id))) == verdict


@pytest.mark.parametrize(
    ("task_id", "message"),
    [
        ("nonsense", "is no task id"),
        ("palestra/Nothing-v1/train/0/0", "no environment"),
        ("palestra/Wordle-v1/train/0/0", "plays several turns"),
        ("palestra/Countdown-v1/train/0/0?difficulty=9", "must lie in 0..1"),
        ("palestra/Dataset-v1/train/0/0?path=%22%2Fetc%2Fpasswd%22", "are read from this machine"),
    ],
)
def test_an_id_that_cannot_be_judged_is_a_bad_reference(task_id: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TaskVerifier().verify("1", task_id)
    assert message in TaskVerifier().lint_reference(task_id)[0]


def test_only_what_is_allowed_is_judged(tmp_path: Path) -> None:
    for name in ("mine", "other"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"prompt": f"{name}?", "reference": "2"}) + "\n")
    config = {"path": str(tmp_path / "mine.jsonl"), "splits": "train"}
    mine = ENVS.make("palestra/Dataset-v1", config=config).source.task("train", 0, 0).id
    verifier = TaskVerifier(allowed={"palestra/Dataset-v1": mine.config})
    assert verifier.verify("2", str(mine)).outcome is Outcome.PASS
    with pytest.raises(ValueError, match="other options"):
        verifier.verify("2", str(mine).replace("mine", "other"))
    with pytest.raises(ValueError, match="none of the environments"):
        verifier.verify("2", "palestra/ChainSum-v1/train/0/0")


def test_one_function_serves_a_mixture_in_every_trainer() -> None:
    right, ids = [], []
    for env_id in ("palestra/ChainSum-v1", "palestra/Countdown-v1"):
        env = ENVS.make(env_id)
        env.reset(seed=0)
        right.append(env.oracle())
        ids.append(str(env.task.id))
    assert as_trl(TaskVerifier(), "task_id")(prompts=["", ""], completions=right, task_id=ids) == [1.0, 1.0]
    assert as_trl(TaskVerifier(), "task_id")(prompts=["", ""], completions=right[::-1], task_id=ids) == [0.0, 0.0]
    assert as_verl(TaskVerifier())("", right[0], ids[0])["score"] == 1.0
    assert as_open_instruct(TaskVerifier())([], right[1], ids[1]).score == 1.0


def test_the_verifier_of_an_environment_takes_its_references() -> None:
    env: Any = ENVS.make("palestra/KnightsAndKnaves-v1")
    assert isinstance(env, SingleTurnEnv)
    env.reset(seed=0)
    assert verifier_of("palestra/KnightsAndKnaves-v1").verify(env.oracle(), env.task.reference).score == 1.0
    with pytest.raises(ConfigError, match="palestra serve palestra/Wordle-v1"):
        verifier_of("palestra/Wordle-v1")


def test_what_was_made_is_kept_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("palestra.envs.bridges_out.task_verifier._MAX_KEPT", 2)
    verifier = TaskVerifier()
    ids = [f"palestra/ChainSum-v1/train/0/{index}?difficulty=0.2" for index in range(3)]
    first = verifier.parse_reference(ids[0])
    verifier.parse_reference(ids[1])
    assert verifier.parse_reference(ids[0]) is first
    verifier.parse_reference(ids[2])
    assert verifier.parse_reference(ids[0]) is first, "used last, so kept"
    assert list(verifier._kept) == [ids[2], ids[0]]
