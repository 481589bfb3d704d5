"""Debugging over several turns: feedback tells no secret, milestones cannot be printed, and the judge is elsewhere."""

import json
import pickle
from typing import cast

import pytest

from palestra.envs import ENVS, EndReason, KeyedRandom, decode
from palestra.envs.families.code.cheats import BOMBS, general_cheats, unfenced
from palestra.envs.families.code.code_debug import CodeDebugEnv, program_of
from palestra.envs.families.code.debug_bench import BrokenFunction
from palestra.envs.families.code.milestones import draw_witnesses, share_reached
from palestra.envs.families.code.mutation import Workpiece
from palestra.envs.families.code.shapes import Shape
from palestra.envs.loop_thread import wait_for
from palestra.verifiers.tools.call import ToolCall


def debug_env(difficulty: float = 0.5, **options: str | int) -> CodeDebugEnv:
    env = ENVS.make("palestra/CodeDebug-v1", config={"difficulty": difficulty, **options})
    return cast(CodeDebugEnv, env)


def call(env: CodeDebugEnv, name: str, code: str) -> tuple[str, float, bool]:
    text = env.codec.render_calls([ToolCall(name=name, arguments={"code": code})])
    reply, reward, is_over, _, _ = env.step(text)
    return reply, reward, is_over


def milestones(env: CodeDebugEnv) -> list[float]:
    return [record.components["milestones"] for record in env.episode.records]


@pytest.mark.parametrize("codec", ["hermes", "function-xml"])
def test_the_oracle_earns_everything_and_the_given_function_nothing(codec: str) -> None:
    env = debug_env(1.0, codec=codec)
    for seed in range(3):
        env.reset(seed=seed)
        env.step(env.oracle())
        _, reward, is_over, _, info = env.step(env.oracle())
        assert (reward, is_over, info["end"]) == (1.0, True, "submitted")
        assert milestones(env) == [1.0, 0.0]
        env.reset(seed=seed)
        program = program_of(env.task)
        call(env, "test", program)
        assert call(env, "submit", program)[1:] == (0.0, True)
        assert milestones(env) == [0.0, 0.0]
    env.close()


def test_silence_and_guesses_earn_nothing() -> None:
    env = debug_env()
    env.reset(seed=0)
    for _ in range(3):
        _, reward, is_over, _, info = env.step("I am thinking.")
    assert (reward, is_over, info["end"]) == (0.0, True, EndReason.FORMAT_ERRORS)
    env.reset(seed=0)
    assert env.step(env.guess(KeyedRandom("guess", 0)))[1] == 0.0
    env.close()


def test_one_mended_mistake_of_several_is_a_milestone_that_is_paid_once() -> None:
    env = debug_env(1.0)
    paid = []
    for seed in range(12):
        env.reset(seed=seed)
        task = decode(BrokenFunction, env.task.reference)
        _, *others = task.edits
        partly = Workpiece(task.calls.solution).written(others)
        call(env, "test", partly)
        call(env, "test", partly)
        gained = milestones(env)
        assert gained[1] == 0.0
        paid.append(gained[0])
    assert any(0 < share < 1 for share in paid)
    env.close()


def test_cheats_reach_no_milestone_and_earn_nothing() -> None:
    env = debug_env()
    for cheat in (*map(unfenced, general_cheats()), BOMBS[1].format(name="solve")):
        env.reset(seed=1)
        reply, _, _ = call(env, "test", cheat)
        assert "3 of 3 examples are right" not in reply
        assert call(env, "submit", cheat)[1] == 0.0
        assert milestones(env) == [0.0, 0.0]
    env.close()


def test_the_shown_examples_by_heart_pass_the_test_but_reach_no_milestone() -> None:
    env = debug_env()
    env.reset(seed=2)
    pairs = json.loads(decode(BrokenFunction, env.task.reference).calls.visible)
    known = {repr(given): value for given, value in pairs}
    cheat = f"def solve(given):\n    return {known!r}.get(repr(given))"
    assert "3 of 3 examples are right" in call(env, "test", cheat)[0]
    assert call(env, "submit", cheat)[1] == 0.0
    assert milestones(env) == [0.0, 0.0]
    env.close()


def test_the_named_cheats_are_policies_that_earn_nothing() -> None:
    env = debug_env()
    env.reset(seed=8)
    task = env.task
    for name, responses in env.cheats(task).items():
        env.enter(task)
        rewards = [env.step(response)[1] for response in responses]
        assert rewards == [0.0, 0.0], name
        assert env.episode.is_over
    env.close()


def test_what_is_left_in_the_workspace_does_not_reach_the_judge() -> None:
    env = debug_env()
    env.reset(seed=3)
    trap = (
        "import os\n"
        "for name in ('json.py', 'sitecustomize.py', 'solution.py', 'prelude.py', 'usercustomize.py'):\n"
        "    open(name, 'w').write('import os; os.write(1, b\"{}\"); os._exit(0)')\n"
        "print(sorted(os.listdir('.')))\n"
    )
    assert "sitecustomize.py" in call(env, "run", trap)[0]
    solution = decode(BrokenFunction, env.task.reference).calls.solution
    assert call(env, "submit", solution)[1] == 1.0
    env.close()


def test_no_reply_tells_a_hidden_input_or_value() -> None:
    env = debug_env()
    env.reset(seed=4)
    calls = decode(BrokenFunction, env.task.reference).calls
    program = program_of(env.task)
    hunt = "import pathlib\nfor path in pathlib.Path('.').rglob('*.*'):\n    print(path.read_text())"
    said = call(env, "test", program)[0] + call(env, "run", hunt)[0]
    said += call(env, "test", f"import sys\n{program}\nprint(sys.argv, dir())")[0]
    hidden = [json.dumps(value) for value in json.loads(calls.inputs)]
    assert not any(value in said for value in hidden if len(value) > 20)
    assert calls.solution not in said
    env.close()


def test_an_episode_goes_on_from_a_snapshot_in_another_environment() -> None:
    env, other = debug_env(), debug_env()
    env.reset(seed=5)
    call(env, "run", "open('note', 'w').write('kept')")
    other.restore(pickle.loads(pickle.dumps(env.state())))
    assert "kept" in call(other, "run", "print(open('note').read())")[0]
    assert call(other, "submit", decode(BrokenFunction, other.task.reference).calls.solution)[1] == 1.0
    assert not env.episode.is_over
    env.close()
    other.close()


def test_a_fork_has_the_files_and_goes_on_apart() -> None:
    env = debug_env()
    env.reset(seed=5)
    call(env, "run", "open('note', 'w').write('kept')")
    twin = wait_for(env.fork())
    call(twin, "run", "open('note', 'w').write('of the twin')")
    assert "of the twin" in call(twin, "run", "print(open('note').read())")[0]
    assert "kept" in call(env, "run", "print(open('note').read())")[0]
    assert call(twin, "submit", decode(BrokenFunction, env.task.reference).calls.solution)[1] == 1.0
    assert not env.episode.is_over
    assert call(env, "submit", program_of(env.task))[1:] == (0.0, True)
    env.close()
    twin.close()


def test_an_episode_that_runs_out_of_turns_is_judged_by_the_last_tested_code() -> None:
    env = debug_env(max_turns=2)
    env.reset(seed=6)
    solution = decode(BrokenFunction, env.task.reference).calls.solution
    call(env, "test", solution)
    _, reward, is_judged, is_cut, info = env.step(
        env.codec.render_calls([ToolCall(name="run", arguments={"code": "print(1)"})])
    )
    assert (reward, is_judged, is_cut, info["end"]) == (1.0, False, True, "max_turns")
    env.close()


def test_witnesses_are_fresh_in_every_run_and_wrong_in_the_given_function() -> None:
    env = debug_env(1.0)
    env.reset(seed=7)
    task = decode(BrokenFunction, env.task.reference)
    drawn = [
        draw_witnesses(task.calls.solution, task.edits, Shape(task.takes), KeyedRandom("nonce", run)) for run in (0, 1)
    ]
    givens = [{json.dumps(witness.given) for witness in witnesses} for witnesses in drawn]
    assert len(givens[0] & givens[1]) < len(givens[0])
    broken = Workpiece(task.calls.solution).compiled(task.edits)
    values = [{"value": broken.call(witness.given).value} for witness in drawn[0]]
    assert share_reached(drawn[0], values) == 0.0
    env.close()
