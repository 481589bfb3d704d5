from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from palestra.cli.app import main
from palestra.cli.bench import step
from palestra.trainer.lab.tiny_model import save_tiny_model


@pytest.mark.parametrize(("options", "named"), [(["--steps", "0"], "steps"), (["--runs", "3"], "runs")])
def test_wrong_numbers_are_refused(options: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "step", *options]) == 2
    error = capsys.readouterr().err
    assert f"`--{named} " in error and "hint:" in error


def test_a_side_that_fails_is_named_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = save_tiny_model(tmp_path / "model")
    nothing = tmp_path / "python"
    nothing.write_text("#!/bin/sh\necho no trl here >&2\nexit 1\n")
    nothing.chmod(0o755)
    code = main(
        [
            "bench",
            "step",
            "--model",
            str(model),
            "--tokens",
            "3",
            "--steps",
            "1",
            "--trl-python",
            str(nothing),
            "--json",
        ]
    )
    assert code == 2
    assert "the side `trl` failed: no trl here" in capsys.readouterr().err


def test_losses_and_gradients_are_compared_entry_by_entry(tmp_path: Path) -> None:
    plain = {"a": torch.tensor([3.0, -4.0]), "b": torch.zeros(2), "loss": torch.tensor(1.0)}
    moved = plain | {"b": torch.tensor([0.0, 0.02]), "loss": torch.tensor(1.5)}
    save_file(plain, tmp_path / "gradients-trl.safetensors")
    save_file(moved, tmp_path / "gradients-ours.safetensors")
    found = step._agreement(tmp_path)
    assert found["loss_difference"] == 0.5 and found["largest_difference"] == pytest.approx(0.005)
    assert found["gradient_norm_trl"] == pytest.approx(5.0) and json.dumps(found)
