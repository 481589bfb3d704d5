from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from palestra.trainer.checkpoints.checkpoint import (
    Checkpoint,
    Memory,
    Position,
    checkpoints,
    keep_newest,
    save_checkpoint,
)
from palestra.trainer.errors import CheckpointError
from palestra.trainer.model.model_files import quiet_transformers
from tiny_model import ARCHITECTURES, byte_tokenizer, tiny_model


def _save(folder: Path, step: int, seed: int = 0) -> Checkpoint:
    quiet_transformers()
    position = Position(step=step, train_seconds=1.5, threads=1)
    state = {"state": {0: {"exp_avg": torch.arange(3.0)}}, "param_groups": [{"lr": 0.1}]}
    memory = Memory(states={"sampler": {"drawn": [step]}}, tensors={"optimizer": state})
    return save_checkpoint(folder, position, tiny_model(seed=seed), byte_tokenizer(), memory)


def test_a_checkpoint_gives_back_what_was_saved(tmp_path: Path) -> None:
    saved = _save(tmp_path, 12, seed=3)
    assert saved.folder == tmp_path / "step-00012" and saved.step == 12
    [found] = checkpoints(tmp_path)
    assert found.position() == Position(step=12, train_seconds=1.5, threads=1)
    optimizer = found.tensors("optimizer")
    assert optimizer is not None and torch.equal(optimizer["state"][0]["exp_avg"], torch.arange(3.0))
    assert found.tensors("reference") is None
    assert found.states() == {"sampler": {"drawn": [12]}}
    model, expected = tiny_model(seed=0), tiny_model(seed=3).state_dict()
    found.restore_weights(model)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in model.state_dict().items())
    assert [path.name for path in tmp_path.iterdir()] == ["step-00012"], "nothing partial is left"


def test_checkpoints_come_newest_first_and_only_whole_ones(tmp_path: Path) -> None:
    for step in (2, 100_000, 30):
        _save(tmp_path, step)
    (tmp_path / ".partial-step-00040").mkdir()
    (tmp_path / "step-x").mkdir()
    assert [found.step for found in checkpoints(tmp_path)] == [100_000, 30, 2]
    keep_newest(tmp_path, 2)
    assert [found.step for found in checkpoints(tmp_path)] == [100_000, 30]
    assert list(checkpoints(tmp_path / "nowhere")) == []


def test_a_step_that_is_saved_again_replaces_the_first(tmp_path: Path) -> None:
    _save(tmp_path, 5, seed=1)
    (tmp_path / ".partial-step-00005").mkdir()  # a kill left it behind
    again = _save(tmp_path, 5, seed=2)
    again.position()
    model = tiny_model()
    again.restore_weights(model)
    assert torch.equal(model.state_dict()["lm_head.weight"], tiny_model(seed=2).state_dict()["lm_head.weight"])


def test_a_full_disk_leaves_the_earlier_checkpoint(tmp_path: Path) -> None:
    _save(tmp_path, 1)
    model = tiny_model()
    model.save_pretrained = _no_space  # type: ignore[method-assign]
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(tmp_path, Position(step=2, train_seconds=0.0, threads=1), model, byte_tokenizer(), Memory())
    assert [found.step for found in checkpoints(tmp_path)] == [1]


def _no_space(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "flipped bit": ("model/model.safetensors", lambda path: path.write_bytes(path.read_bytes()[:-1] + b"!")),
    "cut optimizer": ("tensors/optimizer.pt", lambda path: path.write_bytes(path.read_bytes()[:100])),
    "missing tokenizer": ("model/tokenizer.json", lambda path: path.unlink()),
    "missing manifest": ("manifest.json", lambda path: path.unlink()),
    "manifest that is no JSON": ("manifest.json", lambda path: path.write_text("{")),
    "manifest without position": ("manifest.json", lambda path: path.write_text('{"files": {}}')),
    "manifest of another version": (
        "manifest.json",
        lambda path: path.write_text('{"files": {}, "position": {"step": 1, "moon": 2}}'),
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_before_anything_is_read_and_named(damage: str, tmp_path: Path) -> None:
    saved = _save(tmp_path, 7)
    name, act = DAMAGE[damage]
    act(saved.folder / name)
    with pytest.raises(CheckpointError) as caught:
        saved.position()
    what, _, hint = str(caught.value).partition("\n\nhint: ")
    assert what.startswith(f"the checkpoint {saved.folder} is broken: {name}: ")
    assert hint == "delete that folder; --resume then takes the one before it"


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    saved = _save(tmp_path, 7)
    with pytest.raises(CheckpointError, match=r"does not fit the model(.|\n)*hint: resume with the model"):
        saved.restore_weights(tiny_model(ARCHITECTURES["phi-bias"]))
