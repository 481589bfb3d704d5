from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from doubles import ByteTokenizer, EchoEnv, EchoSource, ScriptedGenerator
from eval_cases import graded, rollout, task
from palestra.agents import EvaluationError, GeneratorError, Rollout, RolloutDriver, Sampling
from palestra.agents.evaluation import EvalFolder, Plan, Player, RolloutCache, play_plan, read_finished
from palestra.agents.evaluation.folder import read_config, unused
from palestra.verifiers import Verdict

TASKS = [EchoSource().task("test", 0, index) for index in range(4)]


def said(prompt: str, key: str) -> str:
    return prompt.partition("Say ")[2].partition(".")[0]


def untimed(rollout: Rollout) -> Rollout:
    return replace(rollout, timings={})


def player(generator: ScriptedGenerator) -> Player:
    driver = RolloutDriver(generator, ByteTokenizer(), Sampling(max_new_tokens=50))
    return Player(driver=driver, make_env=lambda task: EchoEnv())


def test_an_interrupted_evaluation_goes_on_and_plays_nothing_twice(tmp_path: Path) -> None:
    def break_off(prompt: str, key: str) -> str:
        if "/2#1/" in key:
            raise GeneratorError("the network is gone")
        return said(prompt, key)

    plan = Plan(tasks=TASKS, samples_per_task=2)
    whole = asyncio.run(play_plan(player(ScriptedGenerator(said)), plan))
    with EvalFolder.create(tmp_path / "run", {"asked": 1}) as folder:
        asyncio.run(play_plan(player(ScriptedGenerator(said)), Plan(tasks=TASKS[:2], samples_per_task=2), [folder]))
        with pytest.raises(GeneratorError):
            asyncio.run(play_plan(player(ScriptedGenerator(break_off)), plan, [folder]))
    with (tmp_path / "run" / "rollouts.jsonl").open("a") as file:
        file.write('{"key": "torn')
    again = ScriptedGenerator(said)
    with EvalFolder(tmp_path / "run") as folder:
        rollouts = asyncio.run(play_plan(player(again), plan, [folder]))
    played = {request.key.rpartition("/")[0] for request in again.requests}
    assert played == {key for key, of, _ in plan.samples() if of in TASKS[2:]}
    assert list(map(untimed, rollouts)) == list(map(untimed, whole)), (
        "and what comes out is what would have come out at once"
    )
    stored = read_finished(tmp_path / "run" / "rollouts.jsonl")
    assert sorted(each.key for each in stored) == sorted(each.key for each in whole)
    assert read_config(tmp_path / "run") == {"asked": 1}


def test_a_sample_whose_machinery_broke_is_played_again_and_the_later_line_counts(tmp_path: Path) -> None:
    of = task(0)
    with EvalFolder.create(tmp_path, {}) as folder:
        folder.note(rollout(of, Verdict.error("lost")), 0)
        assert folder.known(f"{of.id}#0", of, 0) is None
        folder.note(rollout(of, Verdict.passed()), 0)
    assert [each.verdict for each in read_finished(tmp_path / "rollouts.jsonl")] == [Verdict.passed()]


def test_two_processes_do_not_write_one_folder(tmp_path: Path) -> None:
    with EvalFolder.create(tmp_path, {}), pytest.raises(EvaluationError, match="another process"):
        EvalFolder(tmp_path)
    with pytest.raises(EvaluationError, match="not empty"):
        EvalFolder.create(tmp_path, {})
    assert unused(tmp_path).name == f"{tmp_path.name}-2"


def test_an_environment_that_asks_otherwise_now_is_noticed(tmp_path: Path) -> None:
    with EvalFolder.create(tmp_path, {}) as folder:
        folder.note(rollout(task(0), Verdict.passed()), 0)
        changed = task(0, prompt="another question")
        with pytest.raises(EvaluationError, match="the environment has changed"):
            folder.known(f"{changed.id}#0", changed, 0)


@pytest.mark.parametrize("content", [None, "", "no rollout\n"])
def test_files_without_rollouts_are_one_sentence(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    if content is not None:
        path.write_text(content)
    with pytest.raises(EvaluationError, match="hint: "):
        read_finished(path)
    with pytest.raises(EvaluationError, match="no folder of an evaluation"):
        read_config(tmp_path)


def test_the_cache_gives_back_what_the_same_settings_played(tmp_path: Path) -> None:
    plan = Plan(tasks=TASKS, samples_per_task=2)
    first = asyncio.run(play_plan(player(ScriptedGenerator(said)), plan, [RolloutCache(tmp_path, {"model": "a"})]))
    for settings, num_played in (({"model": "a"}, 0), ({"model": "b"}, 16)):
        generator, cache = ScriptedGenerator(said), RolloutCache(tmp_path, settings)
        again = asyncio.run(play_plan(player(generator), plan, [cache]))
        assert list(map(untimed, again)) == list(map(untimed, first))
        assert (len(generator.requests), cache.num_found) == (num_played, 8 if num_played == 0 else 0)


def test_a_cache_keeps_nothing_broken_and_survives_torn_lines(tmp_path: Path) -> None:
    cache = RolloutCache(tmp_path, {})
    lost, kept = rollout(task(0), Verdict.error("lost")), rollout(task(1), Verdict.passed())
    cache.note(lost, 0)
    cache.note(kept, 0)
    [file] = tmp_path.iterdir()
    file.write_text(file.read_text() + "torn {")
    again = RolloutCache(tmp_path, {})
    assert (again.known("k", lost.task, 0), again.known("k", kept.task, 1)) == (None, None)
    found = again.known("k", kept.task, 0)
    assert found is not None and found.key == "k"
    assert again.known("k", task(1, prompt="otherwise"), 0) is None


def test_a_rollout_of_a_folder_is_told_to_the_cache(tmp_path: Path) -> None:
    cache = RolloutCache(tmp_path / "cache", {})
    [stored] = graded([[1.0]])
    with EvalFolder.create(tmp_path / "run", {}) as folder:
        folder.note(stored, 0)
        plan = Plan(tasks=[stored.task])
        assert asyncio.run(play_plan(player(ScriptedGenerator(said)), plan, [folder, cache])) == [stored]
    assert RolloutCache(tmp_path / "cache", {}).known(stored.key, stored.task, 0) == stored
    json.loads((tmp_path / "run" / "config.json").read_text())
