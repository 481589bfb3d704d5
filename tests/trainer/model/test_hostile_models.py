"""Folders of models from anybody."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
import torch

from palestra.trainer.errors import ModelError
from palestra.trainer.model.model_files import load_model, load_tokenizer, quiet_transformers
from palestra.trainer.run_folder.vocabulary import read_vocabulary
from tiny_model import save_tiny_model

CODE = "from pathlib import Path\nPath({path!r}).mkdir()\nfrom transformers import PretrainedConfig as Config\n"


@pytest.fixture(scope="module", autouse=True)
def quiet() -> None:
    quiet_transformers()


class Payload:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


def change(file: Path, **changes: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


def test_code_in_the_folder_does_not_run_and_nobody_is_asked_whether_it_may(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ran, folder = tmp_path / "ran", tmp_path / "model"
    save_tiny_model(folder)
    (folder / "own.py").write_text(CODE.format(path=str(ran)), encoding="utf-8")
    places = {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model", "AutoTokenizer": ["own.T", None]}
    change(folder / "config.json", auto_map=places, model_type="own")
    change(folder / "tokenizer_config.json", auto_map=places, tokenizer_class="T")
    for load in (load_model, load_tokenizer):
        with pytest.raises(ModelError, match="\n\nhint: "):
            load(str(folder))
    assert not ran.exists()
    captured = capfd.readouterr()
    assert "Do you wish" not in captured.out + captured.err


def test_weights_in_pickles_are_refused(tmp_path: Path) -> None:
    ran, folder = tmp_path / "ran", tmp_path / "model"
    save_tiny_model(folder)
    for file in folder.glob("*.safetensors"):
        file.unlink()
    torch.save({"payload": Payload(ran)}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="\n\nhint: "):
        load_model(str(folder))
    assert not ran.exists()


def test_adapters_in_pickles_are_refused(tmp_path: Path) -> None:
    ran, folder = tmp_path / "ran", tmp_path / "model"
    save_tiny_model(folder)
    settings = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 2, "target_modules": ["q_proj"]}
    (folder / "adapter_config.json").write_text(
        json.dumps({**settings, "base_model_name_or_path": str(folder)}), encoding="utf-8"
    )
    torch.save({"payload": Payload(ran)}, folder / "adapter_model.bin")
    with pytest.raises(ModelError, match="\n\nhint: "):
        load_model(str(folder))
    assert not ran.exists()


def test_a_vocabulary_that_unpacks_to_more_than_there_is_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json.gz"
    piece = gzip.compress(b" " * (16 << 20))
    path.write_bytes(piece * 64)  # a file of 1 MB that stands for a GiB
    with pytest.raises(ValueError, match="longer than any vocabulary"):
        read_vocabulary(path)


@pytest.mark.parametrize("damage", [b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xff\xff\xff\xff", b"", b"no gzip", None])
def test_a_damaged_vocabulary_is_named(damage: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.json.gz"
    path.write_bytes(gzip.compress(b"[" * 100_000) if damage is None else damage)
    with pytest.raises((ValueError, OSError)):
        read_vocabulary(path)
