import csv
import io
import pickle
from collections.abc import Iterator

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.ending import EndReason
from palestra.envs.errors import ConfigError
from palestra.envs.families.machine_learning.mle_env import MILESTONES, MleEnv
from palestra.envs.families.machine_learning.policies import PREDICTIONS
from palestra.envs.families.machine_learning.scoring import bounds, judged, predictions_csv
from palestra.envs.families.machine_learning.structure import AFTERWARDS, CLASSIFICATION
from palestra.envs.families.machine_learning.table import YES, table_of
from palestra.envs.families.machine_learning.tabular_mle import TabularMLE
from palestra.verifiers import Outcome
from palestra.verifiers.tools.call import ToolCall


@pytest.fixture(name="env")
def _env() -> Iterator[MleEnv]:
    env = TabularMLE.configured({"difficulty": 0.5}).env()
    yield env
    env.close()


def run(env: MleEnv, code: str) -> str:
    return env.step(env.codec.render_calls([ToolCall(name="run", arguments={"code": code})]))[0]


def submitted(env: MleEnv, path: str = PREDICTIONS) -> tuple[float, dict[str, object]]:
    _, reward, _, _, info = env.step(env.codec.render_calls([ToolCall(name="submit", arguments={"path": path})]))
    return reward, info


def test_whoever_knows_the_terms_and_estimates_their_weights_has_full_marks(env: MleEnv) -> None:
    for seed in range(2):
        env.reset(seed=seed)
        env.step(env.oracle())
        _, reward, terminated, _, info = env.step(env.oracle())
        assert (reward, terminated, info["end"]) == (1.0, True, EndReason.SUBMITTED)
        assert env.episode.records[0].components["milestones"] == 1.0
        assert env.episode.records[0].wall_s > 0


def test_random_predictions_and_silence_earn_nothing(env: MleEnv) -> None:
    env.reset(seed=3)
    assert env.step(env.guess(KeyedRandom("guess")))[1] == 0.0
    env.reset(seed=3)
    rewards = [env.step("") for _ in range(3)]
    assert rewards[-1][1] == 0.0
    assert env.episode.end is EndReason.FORMAT_ERRORS


def test_no_cheat_earns_anything(env: MleEnv) -> None:
    env.reset(seed=1)
    task = env.task
    for name, texts in env.cheats(task).items():
        env.enter(task)
        _, reward, terminated, _, info = env.step(texts[0])
        assert (reward, terminated, info["valid"]) == (0.0, True, True), name


def test_a_late_column_repeats_the_outcome_in_the_training_rows_alone() -> None:
    family = TabularMLE.configured({"difficulty": 0.5, "aim": "regression"})
    table = table_of(family.task("train", 0, 0).reference)
    (late,) = [column.name for column in table.spec.columns if column.kind == AFTERWARDS]
    train = list(csv.DictReader(io.StringIO(table.train)))
    assert all(abs(float(row[late]) - float(row[table.spec.outcome])) < 0.06 for row in train)
    held_out = list(csv.DictReader(io.StringIO(table.held_out)))
    assert table.spec.outcome not in held_out[0]
    leaked = predictions_csv({row["id"]: row[late] for row in held_out})
    assert judged(leaked.encode(), table).score == 0


def test_milestones_are_what_a_program_reaches_and_count_once(env: MleEnv) -> None:
    env.reset(seed=0)
    run(env, "import csv\nprint('imports train held_out predictions')\nraise ValueError('no')")
    run(env, "open('train.csv').read()\n1 / 0")
    run(env, "import csv\nopen('train.csv').read()")
    shares = [record.components["milestones"] * len(MILESTONES) for record in env.episode.records]
    assert [round(share) for share in shares] == [1, 1, 1]  # imports, the training table, an end without error


def test_a_program_that_prints_what_looks_like_a_report_reaches_nothing(env: MleEnv) -> None:
    env.reset(seed=0)
    forged = 'import os\nos.write(1, b\'0\' * 64 + b\'{"code": 0, "marks": ["train", "predictions"]}\\n\')\nos._exit(3)'
    assert "exit code 3" in run(env, forged)
    assert env.episode.records[0].components["milestones"] == pytest.approx(1 / len(MILESTONES))
    run(env, "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    assert env.episode.records[1].components["milestones"] == 0.0


def test_errors_are_shown_from_the_program_s_own_line_on(env: MleEnv) -> None:
    env.reset(seed=0)
    shown = run(env, "x = 1\n1 / 0")
    assert 'File "program.py", line 2' in shown
    assert "1 / 0" in shown
    assert "watched" not in shown
    assert "SyntaxError" in run(env, "x = (")


def test_an_episode_at_its_limit_is_judged_by_the_file_that_is_there(env: MleEnv) -> None:
    env.reset(seed=0)
    env.step(env.oracle())
    env.stop(EndReason.MAX_TOKENS)
    env.grade()
    assert env.episode.verdict is not None
    assert env.episode.verdict.score == 1.0


def test_an_episode_goes_on_from_a_snapshot(env: MleEnv) -> None:
    env.reset(seed=0)
    env.step(env.oracle())
    state = pickle.loads(pickle.dumps(env.state()))
    env.reset(seed=5)
    env.restore(state)
    assert submitted(env)[0] == 1.0


def test_predictions_are_read_strictly() -> None:
    table = table_of(TabularMLE.configured({"difficulty": 0.0}).task("train", 0, 0).reference)
    assert table.spec.aim != CLASSIFICATION
    right = dict(zip(table.ids, table.outcomes, strict=True))
    assert judged(predictions_csv(right).encode(), table).score == 1.0
    first = table.ids[0]
    for wrong in ("nan", "inf", "1e999", "", "1_0", "\u0661", "0x1p3", "yes", "1" * 41):
        verdict = judged(predictions_csv({**right, first: wrong}).encode(), table)
        assert verdict.outcome is Outcome.UNPARSED, wrong
    doubled = predictions_csv(right) + f"{first},0\n"
    for data in (doubled.encode(), b"", b"\xff", b"id,prediction\n", predictions_csv(right).encode() * 40):
        assert judged(data, table).outcome is Outcome.UNPARSED


def test_the_bounds_leave_room_between_luck_and_knowledge() -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family = TabularMLE.configured({"difficulty": difficulty})
        for index in range(4):
            low, high = bounds(table_of(family.task("test", 0, index).reference))
            assert high - low > 0.15


def test_classes_are_balanced_and_named() -> None:
    family = TabularMLE.configured({"aim": CLASSIFICATION})
    table = table_of(family.task("train", 0, 0).reference)
    assert 0.4 < table.outcomes.count(YES) / len(table.outcomes) < 0.6


def test_neither_the_prompt_nor_the_files_tell_the_held_out_outcomes() -> None:
    task = TabularMLE.configured({"aim": "regression"}).task("train", 0, 0)
    table = table_of(task.reference)
    texts = (task.prompt, table.train, table.held_out)
    assert not any(outcome in text for outcome in table.outcomes[:50] for text in texts)


def test_a_share_of_missing_values_out_of_range_is_refused() -> None:
    with pytest.raises(ConfigError, match="`missing`"):
        TabularMLE.configured({"missing": 40})
