import asyncio
import pickle

import pytest

from palestra.envs import EndReason, KeyedRandom, Task
from palestra.envs.errors import EmptySplitError, TaskIdError
from palestra.envs.swe.cheats import CHEATS
from palestra.envs.swe.env import SweEnv
from palestra.envs.swe.grader import SweStatus, SweVerdict
from palestra.envs.swe.places import Places
from palestra.envs.swe.source import SweConfig
from palestra.envs.task import IID_SPLITS, Split, TaskId
from palestra.verifiers import Outcome
from palestra.verifiers.tools.call import ToolCall
from small_repository import source


def opened(places: Places, codec: str = "hermes") -> tuple[SweEnv, Task]:
    swe = source(places, codec=codec)
    for split in IID_SPLITS:
        try:
            return swe.env(split=split), swe.task(split, 0, 0)
        except EmptySplitError:
            continue
    raise AssertionError("the only task is in one of the splits")


async def play(env: SweEnv, task: Task, responses: list[str]) -> SweVerdict:
    await env.aenter(task)
    try:
        for response in responses:
            if not env.episode.is_over:
                await env.aplay(response)
        return await env.averdict(env.episode)
    finally:
        await env.aclose()


def test_the_options_in_the_id_of_a_task_make_its_source_again(places: Places) -> None:
    _, task = opened(places, "fenced-bash")
    assert SweConfig.read(task.id.config) == SweConfig(codec="fenced-bash")


@pytest.mark.parametrize("codec", ["hermes", "function-xml", "fenced-bash", "python-calls"])
def test_who_knows_the_patch_resolves_the_task_by_the_tools(places: Places, codec: str) -> None:
    env, task = opened(places, codec)
    env.enter(task)
    score = 0.0
    while not env.episode.is_over:
        _, score, _, _, info = env.step(env.oracle())
    env.close()
    assert (score, info["end"], info["outcome"]) == (1.0, EndReason.SUBMITTED, Outcome.PASS)
    assert env.episode.records[-1].components == {"format": 1.0, "calls": 1.0, "submitted": 1.0, "patch": 1.0}


def test_doing_nothing_and_random_edits_earn_nothing(places: Places) -> None:
    env, task = opened(places)
    submit = env.codec.render_call(ToolCall(name="submit"))
    assert asyncio.run(play(env, task, [submit])).status is SweStatus.NO_PATCH
    for number in range(3):
        env.enter(task)
        while not env.episode.is_over:
            env.play(env.guess(KeyedRandom("guess", number, env.episode.turns)))
        env.grade()
        assert env.episode.verdict is not None and env.episode.verdict.score == 0.0
    env.close()


def test_handing_in_nothing_earns_no_component_for_a_patch(places: Places) -> None:
    env, task = opened(places)
    env.enter(task)
    env.play(env.codec.render_call(ToolCall(name="submit")))
    env.close()
    assert env.episode.records[-1].components["patch"] == 0.0


@pytest.mark.real
@pytest.mark.parametrize("name", [cheat.name for cheat in CHEATS if cheat.shell])
def test_files_that_attack_the_judgement_are_not_paid(places: Places, name: str) -> None:
    env, task = opened(places)
    cheat = next(cheat for cheat in CHEATS if cheat.name == name)
    verdict = asyncio.run(play(env, task, list(env.cheats(task)[name])))
    assert verdict.status in cheat.statuses, verdict
    assert verdict.verdict.score == 0.0


def test_every_cheat_is_a_policy_of_the_environment_in_every_codec(places: Places) -> None:
    for codec in ("hermes", "fenced-bash"):
        env, task = opened(places, codec)
        assert env.cheats(task).keys() == {cheat.name for cheat in CHEATS}


def bash(env: SweEnv, command: str) -> str:
    return env.play(env.codec.render_call(ToolCall(name="bash", arguments={"command": command})))


def test_the_workspace_has_one_commit_no_network_and_neither_gold_nor_hidden_tests(places: Places) -> None:
    env, task = opened(places)
    env.enter(task)
    shown = bash(
        env, "git rev-list --all --count; git status --short | wc -l; git reflog | wc -l; git stash list | wc -l"
    )
    assert "1\n0\n1\n0\n" in shown
    assert "[no match]" in env.play(
        env.codec.render_call(ToolCall(name="search", arguments={"pattern": "width * height"}))
    )
    assert "test_rectangle" not in bash(env, "cat tests/*.py; git log -p | cat; strings .git/objects/*/*")
    assert "no net" in bash(env, "(exec 3<>/dev/tcp/1.1.1.1/53) 2>/dev/null || echo no net")
    assert "passed" in bash(env, "python3 -m pytest -q -c /dev/null --rootdir . tests")
    env.close()


def test_an_episode_goes_on_from_a_snapshot_and_forks_go_apart(places: Places) -> None:
    env, task = opened(places)
    env.enter(task)
    bash(env, "echo one > note.txt")
    state = pickle.loads(pickle.dumps(env.state()))
    twin = asyncio.run(env.fork())
    bash(env, "echo two > note.txt")
    assert "one" in bash(twin, "cat note.txt; git log --oneline | cat")
    env.restore(state)
    assert "one" in bash(env, "cat note.txt")
    env.close()
    twin.close()


def test_limits_end_an_episode_and_it_is_still_judged(places: Places) -> None:
    swe = source(places)
    env, task = opened(places)
    env = SweEnv(swe, split=env.split)
    env.enter(task)
    env.play(env.oracle())
    for _ in range(3):
        env.play("I am done, I think.")
    env.grade()
    env.close()
    assert env.episode.end is EndReason.FORMAT_ERRORS
    assert env.episode.verdict is not None and env.episode.verdict.score == 1.0


def test_a_repository_that_is_removed_is_no_patch(places: Places) -> None:
    env, task = opened(places)
    remove = env.codec.render_call(ToolCall(name="bash", arguments={"command": "cd ..; rm -rf repo"}))
    assert asyncio.run(play(env, task, [remove])).status is SweStatus.PATCH_REJECTED


def test_tasks_are_found_again_by_their_ids_and_splits_share_no_state(places: Places) -> None:
    swe = source(places)
    env, task = opened(places)
    assert swe.regenerate(TaskId.parse(str(task.id))) == task
    assert swe.swe_task(task).statement == task.prompt
    with pytest.raises(TaskIdError):
        swe.regenerate(TaskId.parse(str(task.id).replace("row=%22", "row=%22x")))
    others: list[Split] = [split for split in IID_SPLITS if split != env.split]
    for split in others:
        with pytest.raises(EmptySplitError):
            swe.task(split, 0, 0)
