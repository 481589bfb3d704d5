"""A model on the device of this process."""

from __future__ import annotations

import torch
from transformers import PreTrainedModel

from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.model_files import load_model, quiet_transformers


def placed_model(path: str) -> tuple[PreTrainedModel, HfChatTokenizer]:
    """A causal language model in fp32, on the accelerator if there is one, and its tokenizer.

    Args:
        path: A folder, a `.gguf` file, or `package:NAME`.

    Raises:
        ModelError: The model cannot be loaded.
    """
    quiet_transformers()
    model, tokenizer = load_model(path)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device=device)  # type: ignore[call-arg]
    return model, HfChatTokenizer(tokenizer)
