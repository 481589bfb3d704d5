"""The policy: a causal language model of `transformers`, run over packed tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from palestra.trainer.crew.crew import ALONE, Crew
from palestra.trainer.errors import ModelError
from palestra.trainer.model.precision import has_fast_bf16
from palestra.trainer.packing.attention import IMPLEMENTATION, AttentionPlan
from palestra.trainer.packing.head import Head
from palestra.trainer.packing.packs import Pack
from palestra.trainer.packing.token_tree import TreePlan

log = logging.getLogger("palestra")

# Log-probabilities of two exact attentions differ by 1e-5 in fp32 and by some 1e-2 in bf16.
_PROBE_TOLERANCE = {torch.float32: 2e-3}
_COARSE_TOLERANCE = 0.2


class Trunk(Protocol):
    """Runs a model up to its head over a micro-batch."""

    def hidden(self, pack: Pack) -> Tensor:
        """Hidden states at the predicting positions, shape (U, W)."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A model with what the generator and the learner need to know about it."""

    model: PreTrainedModel
    """The causal language model; with LoRA, the adapted one."""
    takes_plans: bool
    """Whether its attention follows our plans (proved on it); else plain rows and `generate` are used."""
    dtype: torch.dtype = torch.float32
    """Of the matrix products."""
    crew: Crew = ALONE
    """Who holds the weights."""

    @classmethod
    def of(cls, model: PreTrainedModel, dtype: torch.dtype = torch.float32) -> Policy:
        """Wrap a model; prove on a few random tokens whether our attention gives what its own gives.

        Raises:
            ModelError: Its logits are made in a way that we do not know.
        """
        takes_plans = _proves_plans(model)
        if not takes_plans:
            log.warning(
                "%s does not follow our attention: falling back to transformers.generate and plain rows",
                type(model).__name__,
            )
            _check_head(model)
        return cls(model=model, takes_plans=takes_plans, dtype=dtype)

    @classmethod
    def for_generation(cls, model: PreTrainedModel, dtype: torch.dtype) -> Policy:
        """Wrap a model that only generates, with weights of a precision; the model is changed.

        Where a CPU has no bf16 products, weights are rounded to bf16 but kept and multiplied in fp32: that is
        several times as fast as emulated products, and never less exact.
        """
        model.requires_grad_(False)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(parameter.to(dtype))
        if dtype == torch.bfloat16 and not has_fast_bf16(next(model.parameters()).device):
            return cls.of(model, torch.float32)
        for parameter in model.parameters():  # not buffers: the angles of rotary positions need fp32
            parameter.data = parameter.data.to(dtype)
        return cls.of(model, dtype)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return next(self.model.parameters()).device

    @property
    def max_positions(self) -> int | None:
        """The longest sequence that the model was made for; None if it names none."""
        length = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        return length if isinstance(length, int) and length > 0 else None

    def refusal(self, prompt_ids: Sequence[int]) -> str:
        """Why nothing can be sampled behind a prompt; empty if it can."""
        if not prompt_ids:
            return "the prompt has no token"
        if self.max_positions is not None and len(prompt_ids) >= self.max_positions:
            return f"the prompt has {len(prompt_ids)} tokens, the model takes {self.max_positions} with the response"
        return ""

    @property
    def head(self) -> Head:
        """The vocabulary head."""
        layer = self.model.get_output_embeddings()
        config = self.model.config.get_text_config()
        scale = getattr(config, "logit_scale", None) or 1.0 / (getattr(config, "logits_scaling", None) or 1.0)
        return Head(
            weight_VW=layer.weight,
            bias_V=getattr(layer, "bias", None),
            scale=float(scale),
            softcap=getattr(config, "final_logit_softcapping", None),
            dtype=self.dtype,
        )

    @property
    def body(self) -> Any:
        """What runs all of the model but the head."""
        return self.model.base_model

    @property
    def is_whole(self) -> bool:
        """Whether this process has all of every weight."""
        return True

    def full_tensors(self, *, is_trained: bool = False) -> Iterator[tuple[str, Tensor]]:
        """Names and whole weights, one after the other; a head that is tied is not named.

        Args:
            is_trained: Only weights that are trained.
        """
        for name, parameter in self.model.named_parameters():
            if parameter.requires_grad or not is_trained:
                yield name, parameter.detach()

    def whole_model(self) -> PreTrainedModel:
        """A model with all weights: this one, or a copy if no process has them all."""
        return self.model

    def take_weights(self, model: PreTrainedModel) -> None:
        """Take the weights of a model of the same kind."""
        if model is not self.model:
            self.model.load_state_dict(model.state_dict())

    @property
    def trunk(self) -> Trunk:
        """How micro-batches are run up to the head."""
        return PlannedTrunk(self) if self.takes_plans else PlainTrunk(self)

    def autocast(self) -> torch.autocast:
        """Within it, the model's matrix products have the policy's precision."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.dtype == torch.bfloat16)

    def run(
        self,
        token_ids_N: Tensor,
        position_ids_N: Tensor,
        plan: AttentionPlan,
        compiled: Callable[..., Any] | None = None,
    ) -> Tensor:
        """Hidden states of packed tokens that see each other as the plan says, shape (N, W).

        Args:
            token_ids_N: The tokens.
            position_ids_N: Of each in its own sequence.
            plan: What they see.
            compiled: The layers in a compiled form; None: as they are.
        """
        with self.autocast():
            out = (self.body if compiled is None else compiled)(
                input_ids=token_ids_N.unsqueeze(0),
                position_ids=position_ids_N.unsqueeze(0),
                use_cache=False,
                plan=plan,
            )
        hidden: Tensor = out.last_hidden_state[0]
        return hidden


class PlannedTrunk:
    """Packed tokens, each prompt once."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def hidden(self, pack: Pack) -> Tensor:
        """Hidden states at the predicting positions, shape (U, W)."""
        hidden_NW = self._policy.run(pack.token_ids_N, pack.plan.position_ids_N, pack.plan)
        return hidden_NW.index_select(0, pack.predicting_U)


class PlainTrunk:
    """One padded row for each sample, prompt included: works for every causal model."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def hidden(self, pack: Pack) -> Tensor:
        """Hidden states at the predicting positions, shape (U, W)."""
        rows, place_N = pack.plan.unpacked(pack.token_ids_N)
        width = max(map(len, rows))
        device = pack.token_ids_N.device
        ids = torch.zeros(len(rows), width, dtype=torch.long, device=device)
        mask = torch.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        with self._policy.autocast():
            out = self._policy.body(input_ids=ids, attention_mask=mask, use_cache=False)
        hidden: Tensor = out.last_hidden_state.flatten(0, 1)
        row_of_N, column_of_N = place_N
        return hidden.index_select(0, (row_of_N * width + column_of_N)[pack.predicting_U])


def _proves_plans(model: PreTrainedModel) -> bool:
    """Switch the model to our attention if that reproduces its own log-probabilities."""
    own = model.config.get_text_config()._attn_implementation
    if own == IMPLEMENTATION:
        return True  # proved before: on this model, or on the one that it is a copy of
    was_training = model.training
    model.eval()
    device = next(model.parameters()).device
    vocabulary = int(model.get_output_embeddings().weight.shape[0])
    # Two rows behind one prompt: an architecture that leaks from row to row must not pass.
    ids = (torch.arange(24, device=device) * 7919 + 13) % vocabulary
    plan = TreePlan([*range(16), *range(10, 18)], [24] * 10 + [16] * 6 + [24] * 8, device)
    rows, (row_of_N, column_of_N) = plan.unpacked(ids)
    try:
        with torch.inference_mode():
            plain = [model(input_ids=row.unsqueeze(0), use_cache=False).logits[0].float() for row in rows]
            expected = torch.stack([plain[r][c] for r, c in zip(row_of_N, column_of_N, strict=True)]).log_softmax(-1)
            model.set_attn_implementation(IMPLEMENTATION)
            policy = Policy(model=model, takes_plans=True)
            seen = policy.head.logits(policy.run(ids, plan.position_ids_N, plan)).log_softmax(-1)
        holds = _agree(seen, expected, model)
    except (TypeError, ValueError, KeyError, AttributeError, RuntimeError) as error:
        log.info("our attention does not fit %s: %s", type(model).__name__, error)
        holds = False
    if not holds:
        model.set_attn_implementation(own)
    model.train(was_training)
    return holds


def _agree(seen: Tensor, expected: Tensor, model: PreTrainedModel) -> bool:
    tolerance = _PROBE_TOLERANCE.get(next(model.parameters()).dtype, _COARSE_TOLERANCE)
    return bool((seen - expected).abs().max() < tolerance)


def _check_head(model: PreTrainedModel) -> None:
    """Refuse a model whose logits are not those of its head on its last hidden states."""
    ids = torch.arange(8, device=next(model.parameters()).device).unsqueeze(0)
    try:
        with torch.inference_mode():
            expected = model(input_ids=ids, use_cache=False).logits[0].float().log_softmax(-1)
            hidden = model.base_model(input_ids=ids, use_cache=False).last_hidden_state[0]
            seen = Policy(model=model, takes_plans=False).head.logits(hidden).log_softmax(-1)
        holds = _agree(seen, expected, model)
    except (TypeError, ValueError, KeyError, AttributeError, RuntimeError) as error:
        log.info("the head of %s is unknown: %s", type(model).__name__, error)
        holds = False
    if not holds:
        raise ModelError(
            f"{type(model).__name__} makes its logits in a way that the learner does not know\n\n"
            "hint: Llama-, Mistral-, Qwen- and Gemma-like decoders are known to work"
        )


def without_dropout(model: nn.Module) -> nn.Module:
    """The model with every dropout off: RL compares log-probabilities, which dropout would blur."""
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model


def copy_weights(source: Policy, target: nn.Module) -> None:
    """Copy the weights that are trained by name, rounded to the precision of the source on the way."""
    own: dict[str, Any] = dict(target.named_parameters())
    with torch.no_grad():
        for name, tensor in source.full_tensors(is_trained=True):
            own[name].copy_(tensor.to(source.dtype))
