"""Our losses against verl's and TRL's own code on random tokens: `pytest -m heavy tests/peers`.

Compared are the loss of a batch and its gradient by the log-probabilities, in float64. Measured with verl 0.9.1
and TRL 1.16.0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType, SimpleNamespace

import pytest
import torch
from torch import Tensor

from palestra.trainer.losses import (
    CispoLoss,
    ClippedLoss,
    GmpoLoss,
    GspoLoss,
    ReinforceLoss,
    SoftAdaptiveLoss,
    TokenLoss,
    Tokens,
)
from palestra.trainer.objective.aggregation import Aggregation, ConstantNorm, SequenceMean, SequenceSum, TokenMean
from palestra.trainer.objective.critic import Critic
from palestra.trainer.objective.importance import TruncatedImportance, with_correction
from palestra.trainer.objective.kl import K1, K2, K3, KlPenalty, with_kl
from palestra.trainer.objective.token_focus import HighEntropyTokens
from palestra.trainer.packing.policy_tokens import PolicyTokens
from peer_cases import peer

pytestmark = pytest.mark.heavy

ROWS, LONGEST = 16, 20
BOUND = 1e-7  # verl adds 1e-8 to the count of tokens before it divides

Record = Callable[[str, object], None]


@dataclass(frozen=True)
class Case:
    """Random samples, one advantage each, as padded rows."""

    logprobs_NT: Tensor
    old_NT: Tensor
    reference_NT: Tensor
    entropies_NT: Tensor
    advantages_NT: Tensor
    mask_NT: Tensor


def case(seed: int) -> Case:
    random = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=random, dtype=torch.float64)

    old_NT = -normal(ROWS, LONGEST).abs() - 0.1
    lengths = torch.randint(1, LONGEST + 1, (ROWS, 1), generator=random)
    return Case(
        logprobs_NT=old_NT + 0.4 * normal(ROWS, LONGEST) + 0.2 * normal(ROWS, 1),
        old_NT=old_NT,
        reference_NT=old_NT + 0.3 * normal(ROWS, LONGEST),
        entropies_NT=normal(ROWS, LONGEST).abs(),
        advantages_NT=normal(ROWS, 1).expand(ROWS, LONGEST).contiguous(),
        mask_NT=(torch.arange(LONGEST) < lengths).double(),
    )


CASES = [case(seed) for seed in range(20)]


def of_ours(loss: TokenLoss, aggregation: Aggregation, case: Case) -> tuple[Tensor, Tensor]:
    """Value and gradient of a batch."""
    terms = loss(
        Tokens(
            logprobs_T=case.logprobs_NT.flatten(),
            behaviour_T=case.old_NT.flatten(),
            advantages_T=case.advantages_NT.flatten(),
            mask_T=case.mask_NT.flatten().bool(),
            sequence_T=torch.arange(ROWS).repeat_interleave(LONGEST),
            reference_T=case.reference_NT.flatten(),
        )
    )
    counts = [int(count) for count in case.mask_NT.sum(1).tolist()]
    weights_NT = torch.tensor(aggregation(counts), dtype=torch.float64).unsqueeze(1)
    value = (terms.value_T.view(ROWS, LONGEST) * weights_NT).sum()
    return value, terms.derivative_T.view(ROWS, LONGEST) * weights_NT


def worst_difference(
    loss: TokenLoss, aggregation: Aggregation, theirs: Callable[[Case, Tensor], Tensor], cases: list[Case] = CASES
) -> float:
    """The largest of all values and gradients."""
    worst = 0.0
    for each in cases:
        logprobs_NT = each.logprobs_NT.clone().requires_grad_()
        value = theirs(each, logprobs_NT)
        (gradient_NT,) = torch.autograd.grad(value, logprobs_NT)
        own, own_NT = of_ours(loss, aggregation, each)
        worst = max(worst, float((own - value.detach()).abs()), float((own_NT - gradient_NT).abs().max()))
    return worst


@pytest.mark.parametrize(
    ("name", "loss", "mode", "aggregation", "options"),
    [
        ("vanilla", ClippedLoss(dual_clip=3.0), "token-mean", TokenMean(), {"clip_ratio_high": 0.28}),
        ("vanilla", ClippedLoss(dual_clip=1.5), "seq-mean-token-mean", SequenceMean(), {"clip_ratio_c": 1.5}),
        ("vanilla", ClippedLoss(dual_clip=3.0), "seq-mean-token-sum", SequenceSum(), {}),
        ("vanilla", ClippedLoss(dual_clip=3.0), "seq-mean-token-sum-norm", ConstantNorm(horizon=LONGEST), {}),
        (
            "gspo",
            GspoLoss(clip_low=0.1, clip_high=0.2),
            "seq-mean-token-mean",
            SequenceMean(),
            {"clip_ratio_low": 0.1, "clip_ratio_high": 0.2},
        ),
        ("sapo", SoftAdaptiveLoss(), "seq-mean-token-mean", SequenceMean(), {}),
        ("gpg", ReinforceLoss(), "token-mean", TokenMean(), {}),
        (
            "geo_mean",
            GmpoLoss(clip_low=0.3, clip_high=0.4),
            "token-mean",
            SequenceMean(),
            {"clip_ratio_low": 0.3, "clip_ratio_high": 0.4},
        ),
        (
            "cispo",
            CispoLoss(lower=0.7, upper=1.4),
            "token-mean",
            TokenMean(),
            {"clip_ratio_low": 0.3, "clip_ratio_high": 0.4},
        ),
    ],
)
def test_losses_are_those_of_verl(
    name: str,
    loss: TokenLoss,
    mode: str,
    aggregation: Aggregation,
    options: dict[str, float],
    record_property: Record,
) -> None:
    function = peer("verl.trainer.ppo.core_algos").get_policy_loss_fn(name)
    settings = {"clip_ratio": 0.2, "clip_ratio_low": 0.2, "clip_ratio_high": 0.28} | options
    config = peer("verl.workers.config").ActorConfig(
        strategy="fsdp", rollout_n=1, ppo_micro_batch_size_per_gpu=1, **settings
    )

    def theirs(case: Case, logprobs_NT: Tensor) -> Tensor:
        found: Tensor = function(
            case.old_NT, logprobs_NT, case.advantages_NT, case.mask_NT, loss_agg_mode=mode, config=config
        )[0]
        return found

    worst = worst_difference(loss, aggregation, theirs)
    record_property("largest difference", worst)
    assert worst < BOUND


def test_the_truncated_importance_weight_is_that_of_verl(record_property: Record) -> None:
    function = peer("verl.trainer.ppo.core_algos").get_policy_loss_fn("vanilla")
    config = peer("verl.workers.config").ActorConfig(
        strategy="fsdp", rollout_n=1, ppo_micro_batch_size_per_gpu=1, clip_ratio_high=0.28
    )

    def theirs(case: Case, logprobs_NT: Tensor) -> Tensor:
        weights_NT = (case.logprobs_NT - case.old_NT).exp().clamp(max=1.2)  # the old weights are the current ones
        found: Tensor = function(
            case.logprobs_NT,
            logprobs_NT,
            case.advantages_NT,
            case.mask_NT,
            config=config,
            rollout_is_weights=weights_NT,
        )[0]
        return found

    corrected = with_correction(ClippedLoss(dual_clip=3.0), TruncatedImportance(ceiling=1.2))
    worst = worst_difference(corrected, TokenMean(), theirs)
    record_property("largest difference", worst)
    assert worst < BOUND


@pytest.mark.parametrize("penalty", [K1(coefficient=1.0), K2(coefficient=1.0), K3(coefficient=1.0)], ids=repr)
def test_penalties_are_those_of_verl(penalty: KlPenalty, record_property: Record) -> None:
    estimate = peer("verl.trainer.ppo.core_algos").kl_penalty

    def theirs(case: Case, logprobs_NT: Tensor) -> Tensor:
        kl_NT: Tensor = estimate(logprobs_NT, case.reference_NT, penalty.kind)
        return ((kl_NT - case.advantages_NT * logprobs_NT) * case.mask_NT).sum() / case.mask_NT.sum()

    worst = worst_difference(with_kl(ReinforceLoss(), penalty), TokenMean(), theirs)
    record_property("largest difference", worst)
    assert worst < BOUND


def test_the_loss_of_values_is_that_of_verl(record_property: Record) -> None:
    function = peer("verl.trainer.ppo.core_algos").compute_value_loss
    worst = 0.0
    for each in CASES:
        values_NT = each.logprobs_NT.clone().requires_grad_()
        theirs = function(values_NT, each.reference_NT, each.old_NT, each.mask_NT, cliprange_value=0.2)[0]
        kept = each.mask_NT.flatten().bool()
        tokens = PolicyTokens(
            row_M=torch.arange(int(kept.sum())),
            target_M=torch.zeros(int(kept.sum()), dtype=torch.long),
            behaviour_M=each.old_NT.flatten()[kept],
            advantage_M=each.old_NT.flatten()[kept],
            weight_M=torch.full((int(kept.sum()),), 1.0 / float(kept.sum()), dtype=torch.float64),
            old_value_M=each.old_NT.flatten()[kept],
            return_M=each.reference_NT.flatten()[kept],
        )
        ours = Critic(coefficient=1.0, value_clip=0.2).loss(values_NT.flatten()[kept], tokens)
        gradients = [torch.autograd.grad(value, values_NT)[0] for value in (theirs, ours)]
        worst = max(worst, float((ours - theirs).detach().abs()), float((gradients[0] - gradients[1]).abs().max()))
    record_property("largest difference", worst)
    assert worst < BOUND


def _of_trl(case: Case, logprobs_NT: Tensor, **options: object) -> Tensor:
    """TRL's loss, by its own method on a stand-in for the trainer's settings."""
    trainer = peer("trl.trainer.grpo_trainer").GRPOTrainer
    arguments: dict[str, object] = {
        "delta": None,
        "use_bias_correction_kl": False,
        "sapo_temperature_pos": 1.0,
        "sapo_temperature_neg": 1.05,
        "steps_per_generation": 1,
    }
    settings: dict[str, object] = {
        "loss_type": "grpo",
        "importance_sampling_level": "token",
        "epsilon_low": 0.2,
        "epsilon_high": 0.28,
        "beta": 0.0,
        "top_entropy_quantile": 1.0,
    }
    arguments |= {name: value for name, value in options.items() if name in arguments}
    settings |= {name: value for name, value in options.items() if name in settings}
    fake = SimpleNamespace(
        **settings,
        args=SimpleNamespace(**arguments),
        model=SimpleNamespace(training=True),
        accelerator=SimpleNamespace(
            gather=lambda x: x,
            reduce=lambda x, **_: x,
            pad_across_processes=lambda x, **_: x,
            num_processes=1,
            device=torch.device("cpu"),
            process_index=0,
        ),
        current_gradient_accumulation_steps=1,
        max_completion_length=LONGEST,
        aux_loss_enabled=False,
        off_policy_mask_threshold=None,
        use_vllm=False,
        vllm_importance_sampling_correction=False,
        _entropy_bonus_enabled=False,
        _metrics={"train": defaultdict(list)},
        _get_per_token_logps_and_entropies=lambda *_, **__: (logprobs_NT, case.entropies_NT, None),
    )
    fake.get_high_entropy_mask = MethodType(trainer.get_high_entropy_mask, fake)
    ids = torch.zeros(ROWS, LONGEST, dtype=torch.long)
    inputs = {
        "prompt_ids": ids[:, :1],
        "prompt_mask": ids[:, :1],
        "completion_ids": ids,
        "completion_mask": case.mask_NT,
        "advantages": case.advantages_NT[:, 0],
        "old_per_token_logps": case.old_NT,
        "ref_per_token_logps": case.reference_NT,
        "num_items_in_batch": case.mask_NT.sum(),
    }
    found: Tensor = trainer._compute_loss(fake, None, inputs)
    return found


@pytest.mark.parametrize(
    ("loss", "aggregation", "options"),
    [
        (ClippedLoss(), SequenceMean(), {}),
        (ClippedLoss(), TokenMean(), {"loss_type": "bnpo"}),
        (ClippedLoss(), TokenMean(), {"loss_type": "dapo"}),
        (ClippedLoss(), ConstantNorm(horizon=LONGEST), {"loss_type": "dr_grpo"}),
        (ClippedLoss(dual_clip=1.5), SequenceMean(), {"delta": 1.5}),
        (with_kl(ClippedLoss(), K3(coefficient=0.3)), SequenceMean(), {"beta": 0.3}),
        (
            GspoLoss(clip_low=0.1, clip_high=0.2),
            SequenceMean(),
            {"importance_sampling_level": "sequence", "epsilon_low": 0.1, "epsilon_high": 0.2},
        ),
        (
            GspoLoss(clip_low=0.1, clip_high=0.2),
            SequenceSum(),
            {
                "loss_type": "luspo",
                "importance_sampling_level": "sequence",
                "epsilon_low": 0.1,
                "epsilon_high": 0.2,
            },
        ),
        (CispoLoss(upper=1.3), TokenMean(), {"loss_type": "cispo", "epsilon_high": 1.3}),
        (SoftAdaptiveLoss(), SequenceMean(), {"loss_type": "sapo"}),
    ],
    ids=repr,
)
def test_losses_are_those_of_trl(
    loss: TokenLoss, aggregation: Aggregation, options: dict[str, object], record_property: Record
) -> None:
    worst = worst_difference(loss, aggregation, lambda case, logprobs_NT: _of_trl(case, logprobs_NT, **options))
    record_property("largest difference", worst)
    assert worst < BOUND


def test_tokens_of_high_entropy_are_those_of_trl_but_for_the_rounding_of_the_share() -> None:
    trainer = peer("trl.trainer.grpo_trainer").GRPOTrainer
    accelerator = SimpleNamespace(
        device=torch.device("cpu"), pad_across_processes=lambda x, **_: x, gather=lambda x: x, process_index=0
    )
    for each in CASES:
        theirs_NT = trainer.get_high_entropy_mask(
            SimpleNamespace(accelerator=accelerator), each.entropies_NT, each.mask_NT, 0.8
        )
        kept = each.mask_NT.bool()
        ours_M = HighEntropyTokens(share=0.2)(each.advantages_NT[kept], each.entropies_NT[kept], 0.0)
        assert int((ours_M != theirs_NT[kept].bool()).sum()) <= 1
