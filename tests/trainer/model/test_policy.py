import asyncio
import copy
import logging
from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

from palestra.trainer.config import OptimConfig
from palestra.trainer.errors import ModelError
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.generation.plain import PlainGenerator
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ClippedLoss, ReinforceLoss
from palestra.trainer.model.policy import PlannedTrunk, Policy, without_dropout
from palestra.trainer.objective.objective import Objective
from palestra.trainer.weight_sync.in_process import CopiedWeights
from policy_cases import STOP, generate, group_of, largest_difference, request
from tiny_model import ARCHITECTURES, PLAIN_ARCHITECTURE, tiny_model


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_decoders_follow_our_attention(architecture: str) -> None:
    policy = Policy.of(tiny_model(ARCHITECTURES[architecture]))
    assert policy.takes_plans and isinstance(policy.trunk, PlannedTrunk)
    assert Policy.of(policy.model).takes_plans, "a model may be wrapped twice"


def test_a_model_without_attention_falls_back_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "palestra"):
        policy = Policy.of(tiny_model(PLAIN_ARCHITECTURE))
    assert not policy.takes_plans
    assert "MambaForCausalLM does not follow our attention: falling back" in caplog.text


class _OddHead(LlamaForCausalLM):
    """Llama with logits that are twice what its head gives."""

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        out = super().forward(*args, **kwargs)
        out.logits = 2.0 * out.logits
        return out


def test_a_model_whose_head_is_unknown_is_refused() -> None:
    with pytest.raises(ModelError, match=r"_OddHead makes its logits(.|\n)*hint: "):
        Policy.of(_OddHead(copy.deepcopy(ARCHITECTURES["llama"])))  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", ["phi-bias", "gpt2-learned-positions"])
def test_dropout_is_off_in_training_mode_too(architecture: str) -> None:
    config = copy.deepcopy(ARCHITECTURES[architecture])
    for name in ("resid_pdrop", "embd_pdrop", "attn_pdrop"):
        setattr(config, name, 0.5)
    model = without_dropout(tiny_model(config)).train()
    ids = torch.arange(12).unsqueeze(0)
    assert torch.equal(model(ids).logits, model(ids).logits)


def test_the_fallback_samples_with_the_models_own_logprobs() -> None:
    model = tiny_model(PLAIN_ARCHITECTURE)
    temperatures = (1.0, 0.0, 0.6, 1.4)
    requests = [request(str(i), 3 + 4 * i, tokens=3 + i, temperature=temperatures[i % 4]) for i in range(7)]
    generator = PlainGenerator(Policy.of(model), [STOP], max_concurrent=3)
    done = generate(generator, requests)
    assert largest_difference(tiny_model(PLAIN_ARCHITECTURE), requests, done) < 1e-4
    assert [len(d.token_ids) for d in done] == [3 + i for i in range(7)]
    assert [d.token_ids for d in generate(PlainGenerator(Policy.of(model), [STOP]), requests)] == [
        d.token_ids for d in done
    ]


def test_both_generators_draw_the_same_tokens() -> None:
    requests = [request(str(i), 3 + 4 * i, temperature=float(i % 2)) for i in range(6)]
    plain = Policy(model=tiny_model(), takes_plans=False)
    expected = generate(InProcessGenerator(Policy.of(tiny_model()), [STOP]), requests)
    assert [d.token_ids for d in generate(PlainGenerator(plain, [STOP]), requests)] == [d.token_ids for d in expected]


def test_generation_settings_of_the_checkpoint_do_not_touch_the_distribution() -> None:
    model = tiny_model()
    assert model.generation_config is not None
    settings = {
        "repetition_penalty": 5.0,
        "suppress_tokens": [1, 2],
        "min_new_tokens": 9,
        "do_sample": True,
        "top_k": 3,
    }
    for name, value in settings.items():
        setattr(model.generation_config, name, value)
    generator = PlainGenerator(Policy(model=model, takes_plans=False), [STOP])
    requests = [request(str(i)) for i in range(3)]
    assert largest_difference(tiny_model(), requests, generate(generator, requests)) < 1e-4
    assert model.generation_config.repetition_penalty == 5.0


def test_a_stop_token_ends_a_row_of_the_fallback_and_a_long_prompt_fails_alone() -> None:
    policy = Policy(model=tiny_model(), takes_plans=False)
    [free] = generate(PlainGenerator(policy, [STOP]), [request("a", tokens=10)])
    stop = free.token_ids[4]
    refused, done = generate(PlainGenerator(policy, [stop]), [request("b", 600), request("a", tokens=10)])
    assert done.token_ids == free.token_ids[: free.token_ids.index(stop) + 1]
    assert (str(done.finish_reason), str(refused.finish_reason)) == ("stop", "error")


def test_the_fallback_trains_and_agrees_with_its_generator() -> None:
    policy = Policy.of(tiny_model(PLAIN_ARCHITECTURE))
    learner = Learner(policy, OptimConfig(lr=1e-3), Objective(loss=ReinforceLoss()))
    generator = PlainGenerator(policy, [STOP])
    asked = [request("a", 6), request("b", 6), request("c", 11)]
    done = generate(generator, asked)
    groups = [group_of(asked[0], done[:2], (1.0, -1.0)), group_of(asked[2], done[2:], (1.0,))]
    stats = learner.update(groups, 1e-3)
    assert stats.mismatch_max < 1e-4 and stats.gradient_norm > 0
    assert learner.update(groups, 1e-3).loss < stats.loss


def _bf16_in_hardware(policy: Policy) -> Policy:
    """The copy that a machine with bf16 products generates from."""
    model = copy.deepcopy(policy.model)
    for parameter in model.parameters():
        parameter.data = parameter.data.to(torch.bfloat16)
    return Policy(model=model.requires_grad_(False), takes_plans=True, dtype=torch.bfloat16)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("hardware", [False, True])
def test_in_bf16_generator_and_learner_agree_on_average(architecture: str, hardware: bool) -> None:
    policy = Policy.of(tiny_model(ARCHITECTURES[architecture]), torch.bfloat16)
    copied = Policy.for_generation(copy.deepcopy(policy.model), torch.bfloat16)
    generator = InProcessGenerator(_bf16_in_hardware(policy) if hardware else copied, [STOP])
    asyncio.run(CopiedWeights(policy, generator).push(1))
    requests = [request(str(i), 5 + 9 * i, tokens=24) for i in range(6)]
    groups = [group_of(r, [d], [1.0]) for r, d in zip(requests, generate(generator, requests), strict=True)]
    stats = Learner(policy, OptimConfig(), Objective(loss=ClippedLoss())).update(groups, 1e-6)
    assert 0.0 < stats.mismatch_mean <= 0.02


def test_a_copy_for_generation_has_rounded_weights_and_exact_rotary_angles() -> None:
    policy = Policy.of(tiny_model(), torch.bfloat16)
    own = Policy.for_generation(copy.deepcopy(policy.model), torch.bfloat16)
    assert own.takes_plans and not any(parameter.requires_grad for parameter in own.model.parameters())
    assert all(torch.equal(p, p.to(torch.bfloat16).to(p.dtype)) for p in own.model.parameters())
    for copied in (own, _bf16_in_hardware(policy)):
        for (name, buffer), (_, exact) in zip(copied.model.named_buffers(), policy.model.named_buffers(), strict=True):
            assert torch.equal(buffer, exact), name


def test_the_longest_sequence_is_known() -> None:
    assert Policy.of(tiny_model()).max_positions == 512
    assert Policy.of(tiny_model(PLAIN_ARCHITECTURE)).max_positions is None
