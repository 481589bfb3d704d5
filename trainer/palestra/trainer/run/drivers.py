"""Drivers on a model that is sampled from and not trained."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import PreTrainedModel

from palestra.agents import Conduct, RolloutDriver, Sampling
from palestra.agents.loops import AgentLoop
from palestra.agents.vllm import PoolLimits, TokenRules, VllmPool
from palestra.trainer.generation.choice import InProcess
from palestra.trainer.generation.site import Site
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.model_files import load_tokenizer, quiet_transformers
from palestra.trainer.model.placed_model import placed_model
from palestra.trainer.model.policy import Policy, without_dropout
from palestra.trainer.model.precision import product_dtype
from palestra.trainer.settings.model import Precision


def inference_driver(
    path: str, sampling: Sampling, *, loop: AgentLoop | None = None, max_concurrent: int = 64
) -> RolloutDriver:
    """A driver on a model that is sampled from and not trained.

    Args:
        path: Folder of a checkpoint, or `package:NAME`.
        sampling: Of every response.
        loop: What is read of earlier turns, and how many tokens an episode may have.
        max_concurrent: Sequences that are decoded at once.

    Raises:
        ModelError: The model cannot be loaded.
    """
    model, tokenizer = placed_model(path)
    policy = Policy.of(_frozen(model), product_dtype(Precision.AUTO, model.device))
    generation = InProcess().build(Site(policy=policy, tokenizer=tokenizer, max_concurrent=max_concurrent))
    return RolloutDriver(generation.generator, tokenizer, sampling, Conduct.of(loop, in_lockstep=True))


def served_driver(
    path: str, urls: Sequence[str], sampling: Sampling, *, loop: AgentLoop | None = None, api_key: str | None = None
) -> tuple[RolloutDriver, VllmPool]:
    """A driver on vLLM servers with the weights that they have, and their pool, which the caller closes.

    Args:
        path: Of the same model, for its tokenizer: a folder, or `package:NAME`.
        urls: Of the servers, without a path.
        sampling: Of every response.
        loop: What is read of earlier turns, and how many tokens an episode may have.
        api_key: Sent as a bearer token, if given.

    Raises:
        ModelError: There is no tokenizer.
        ValueError: An address is none of a server.
    """
    quiet_transformers()
    tokenizer = HfChatTokenizer(load_tokenizer(path))
    limits = PoolLimits(start_timeout_s=60.0)
    pool = VllmPool(urls, TokenRules(stop_ids=tokenizer.stop_ids), limits=limits, api_key=api_key)
    return RolloutDriver(pool, tokenizer, sampling, Conduct.of(loop)), pool


def _frozen(model: PreTrainedModel) -> PreTrainedModel:
    without_dropout(model)
    model.requires_grad_(False)
    model.eval()
    return model
