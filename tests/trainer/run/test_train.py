from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from palestra.agents import read_rollouts
from palestra.cli import main
from palestra.trainer.checkpoints.checkpoint import checkpoints
from palestra.trainer.config.reader import read_config
from palestra.trainer.errors import CheckpointError, ConfigError, ModelError
from palestra.trainer.metrics import EvalMetrics, StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.model.model_files import load_model
from palestra.trainer.run.train import recipes, train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from policy_cases import plain_logprobs
from tiny_model import save_tiny_model
from tiny_run import write_config

COINS = 'reward = "random"'


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_model(tmp_path_factory.mktemp("model"))


def _train(config: Path, capsys: pytest.CaptureFixture[str], *overrides: str) -> dict[str, object]:
    """Train; the last line as an object."""
    assert train_command(str(config), overrides, None) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1, "one line on standard output"
    summary: dict[str, object] = json.loads(lines[0], parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    return summary


def test_a_run_leaves_all_that_it_promises(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ood = 'evaluation.ood_config = { num_terms = 3, high = 9, operators = "+" }\nevaluation.ood_tasks = 3'
    config = write_config(tmp_path, model, COINS, ood, "evaluation.every = 1", steps=3)
    summary = _train(
        config, capsys, "--evaluation.during-tasks", "2", "--checkpoint.every=2", "--trackers", "tensorboard"
    )
    paths = RunPaths(folder=tmp_path / "runs" / "tiny")
    wanted = {"env", "eval_before", "eval_after", "delta", "delta_ci95", "train_seconds", "tokens_per_second", "report"}
    wanted |= {"greedy_before", "greedy_after", "pass2_before", "pass2_after", "ood_before", "ood_after", "steps"}
    assert wanted <= summary.keys()
    assert (summary["env"], summary["steps"], summary["eval_samples"]) == ("palestra/ChainSum-v1", 3, 8)
    assert json.loads(paths.summary.read_text()) == summary
    assert Path(str(summary["report"])).read_text().startswith("<!doctype html>")

    resolved = read_config(paths.config)
    assert resolved == read_config(
        config, ["--evaluation.during-tasks", "2", "--checkpoint.every=2", "--trackers", "tensorboard"]
    )
    rows = list(read_metrics(paths.metrics))
    assert [row.step for row in rows if isinstance(row, StepMetrics)] == [1, 2, 3]
    names = [(row.name, row.step) for row in rows if isinstance(row, EvalMetrics)]
    whole = ["heldout", "heldout-greedy", "ood"]
    assert names == [(n, 0) for n in whole] + [("heldout-brief", 1), ("heldout-brief", 2)] + [(n, 3) for n in whole]
    assert [found.step for found in checkpoints(paths.checkpoints)] == [3, 2]
    assert list((paths.folder / "tensorboard").iterdir())
    for step in (1, 2, 3):
        rollouts = list(read_rollouts(paths.rollouts(step)))
        assert [rollout.key for rollout in rollouts] == [f"0/{step}/{p}/{s}" for p in range(3) for s in range(4)]
        versions = {span.version for rollout in rollouts for part in rollout.segments for span in part.versions}
        assert versions == {step - 1}, "every token knows the weights that sampled it"

    trained, _ = load_model(str(paths.model))
    [first, *_] = read_rollouts(paths.evaluation("heldout", 3))
    [segment] = first.segments
    logprobs = plain_logprobs(trained.eval(), segment.token_ids, segment.prompt_length)
    torch.testing.assert_close(logprobs.detach(), torch.tensor(segment.logprobs), atol=1e-4, rtol=1e-4)


def test_a_run_never_overwrites_another(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_config(tmp_path, model, steps=1)
    before = {}
    for number in range(3):
        _train(config, capsys, "--evaluation.tasks", "0")
        if number == 0:
            folder = tmp_path / "runs" / "tiny"
            before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["tiny", "tiny-2", "tiny-3"]
    assert before == {path: path.read_bytes() for path in before}


def test_equal_runs_are_equal(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_config(tmp_path, model, COINS)
    for _ in range(2):
        _train(config, capsys)
    weights = [tmp_path / "runs" / name / "model" / "model.safetensors" for name in ("tiny", "tiny-2")]
    assert weights[0].read_bytes() == weights[1].read_bytes() != (model / "model.safetensors").read_bytes()


def test_with_lora_only_adapters_train_and_the_model_comes_out_whole(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path, model, COINS, "model.lora = { rank = 2, target_modules = ['q_proj', 'down_proj'] }")
    _train(config, capsys)
    paths = RunPaths(folder=tmp_path / "runs" / "tiny")
    before, after = (load_model(str(folder))[0].state_dict() for folder in (model, paths.model))
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == {n for n in before if "q_proj" in n or "down_proj" in n}
    [last, *_] = read_rollouts(paths.evaluation("heldout", 2))
    [segment] = last.segments
    logprobs = plain_logprobs(load_model(str(paths.model))[0], segment.token_ids, segment.prompt_length)
    torch.testing.assert_close(logprobs.detach(), torch.tensor(segment.logprobs), atol=1e-4, rtol=1e-4)


def test_the_recipes_are_configurations() -> None:
    assert "quickstart" in recipes()


MISTAKES: dict[str, tuple[list[str], str]] = {
    "unknown key": (["--optim.lrr", "1"], "`optim.lr`"),
    "unknown section": (["--optimiser.lr", "1"], "hint: "),
    "wrong type": (["--steps", "many"], "`steps`"),
    "out of range": (["--rollout.samples-per-prompt", "1"], "at least 2"),
    "missing model": (["--model.path", "/no/where"], "no model at `/no/where`"),
    "missing package": (["--model.path", "package:nope"], "pip install"),
    "unknown env": (["--env.id", "palestra/ChainSun-v1"], "did you mean `palestra/ChainSum-v1`?"),
    "unknown option of the env": (["--env.config.terms", "3"], "num_terms"),
    "option out of range": (["--evaluation.ood-config.num-terms", "1"], "num_terms"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_with_a_hint_and_leaves_nothing(
    mistake: str, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    overrides, named = MISTAKES[mistake]
    code = main(["train", str(write_config(tmp_path, model)), *overrides])
    captured = capsys.readouterr()
    assert code in (1, 2) and captured.out == ""
    assert captured.err.startswith("error: ") and "\n\nhint: " in captured.err and named in captured.err
    assert "Traceback" not in captured.err
    assert not (tmp_path / "runs").exists()


def test_a_correction_without_effect_in_a_late_stage_is_reported_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = """
[[stages]]
name = "early"
[[stages]]
name = "late"
advantage = "grpo"
noise.rates = { kind = "assumed", rates = [{ fpr = 0.1, fnr = 0.1 }] }
"""
    assert main(["train", str(write_config(tmp_path, Path("/no/where"), late))]) == 2
    assert "the `backward` correction has no effect" in capsys.readouterr().err


def test_an_unknown_recipe_names_those_that_exist() -> None:
    with pytest.raises(ConfigError, match=r"no configuration file `quickstar`(.|\n)*hint: (.|\n)*quickstart"):
        train_command("quickstar", [], None)
    with pytest.raises(ConfigError, match=r"no configuration(.|\n)*hint: (.|\n)*quickstart"):
        train_command(None, [], None)


def test_a_folder_without_a_run_cannot_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"holds no run(.|\n)*hint: "):
        train_command(None, [], tmp_path)


def test_a_finished_run_resumes_to_the_same_end_and_a_longer_one_goes_on(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = _train(write_config(tmp_path, model, COINS), capsys)
    paths = RunPaths(folder=tmp_path / "runs" / "tiny")
    weights = (paths.model / "model.safetensors").read_bytes()
    assert train_command(None, [], paths.folder) == 0
    again = json.loads(capsys.readouterr().out)
    for row in (again, summary):
        del row["train_seconds"]
    assert again == summary
    assert (paths.model / "model.safetensors").read_bytes() == weights
    assert train_command(None, ["--steps", "3"], paths.folder) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 3


def test_a_corrupt_newest_checkpoint_is_named_and_the_one_before_it_is_good(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _train(write_config(tmp_path, model, COINS, "checkpoint.every = 1"), capsys)
    paths = RunPaths(folder=tmp_path / "runs" / "tiny")
    weights = (paths.model / "model.safetensors").read_bytes()
    newest = next(checkpoints(paths.checkpoints))
    (newest.folder / "tensors" / "optimizer.pt").write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match=r"broken: tensors/optimizer.pt(.|\n)*hint: delete that folder"):
        train_command(None, [], paths.folder)
    shutil.rmtree(newest.folder)
    assert train_command(None, ["--steps", "1"], paths.folder) == 0
    assert [path.name for path in (paths.folder / "rollouts").iterdir()] == ["step-00001.jsonl"], "step 2 is forgotten"
    assert train_command(None, ["--steps", "2"], paths.folder) == 0
    assert (paths.model / "model.safetensors").read_bytes() == weights


def test_a_checkpoint_of_another_kind_of_run_is_refused(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _train(write_config(tmp_path, model), capsys)
    for overrides in (["--model.lora.rank", "2"], ["--model.path", "/no/where"]):
        with pytest.raises((CheckpointError, ModelError), match=r"(.|\n)*hint: "):
            train_command(None, overrides, tmp_path / "runs" / "tiny")
