from pathlib import Path

from palestra.agents import read_rollouts
from palestra.trainer.run_folder.run_paths import RunPaths, fresh_folder, replace_text, write_whole
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    wanted = tmp_path / "deep" / "run"
    assert fresh_folder(wanted) == wanted
    wanted.mkdir(parents=True)
    assert fresh_folder(wanted) == wanted, "an empty one may be used"
    (wanted / "x").touch()
    (tmp_path / "deep" / "run-2").touch()
    assert fresh_folder(wanted) == tmp_path / "deep" / "run-3"


def test_rollouts_of_later_steps_are_forgotten(tmp_path: Path) -> None:
    paths = RunPaths(folder=tmp_path)
    one = rollout("k", Verdict.passed(), segment([1], [2]))
    for step in (1, 2, 3, 100_000):
        write_whole(paths.rollouts(step), [one])
        write_whole(paths.evaluation("heldout-brief", step), [one])
    paths.forget_after(2)
    assert sorted(path.name for path in tmp_path.rglob("*.jsonl")) == [
        "heldout-brief-step-00001.jsonl",
        "heldout-brief-step-00002.jsonl",
        "step-00001.jsonl",
        "step-00002.jsonl",
    ]
    assert list(read_rollouts(paths.rollouts(1))) == [one]
    RunPaths(folder=tmp_path / "empty").forget_after(0)


def test_a_text_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    replace_text(path, ["a"])
    replace_text(path, ["b\n", "c\n"])
    assert path.read_text() == "b\nc\n"
    assert [found.name for found in path.parent.iterdir()] == ["config.toml"]
