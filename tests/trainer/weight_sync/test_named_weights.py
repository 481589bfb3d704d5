import copy

import pytest
import torch
from transformers import LlamaConfig

from palestra.trainer.config import LoraConfig
from palestra.trainer.model.model_files import without_adapters
from palestra.trainer.model.policy import Policy
from palestra.trainer.run.assembly import _add_lora
from palestra.trainer.weight_sync.named_weights import named_weights
from tiny_model import ARCHITECTURES, tiny_model


def _policy(architecture: str = "llama") -> Policy:
    return Policy(model=tiny_model(ARCHITECTURES[architecture]), takes_plans=False)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_weight_comes_once_under_the_name_of_a_checkpoint(architecture: str) -> None:
    policy = _policy(architecture)
    found = list(named_weights(policy, torch.float32))
    names = [name for name, _ in found]
    assert len(set(names)) == len(names)
    state = policy.model.state_dict()
    assert set(names) == {name for name in state if name in dict(policy.model.named_parameters(remove_duplicate=False))}
    for name, tensor in found:
        assert torch.equal(tensor, state[name]), name


def test_a_tied_head_is_sent_under_its_own_name_too() -> None:
    policy = Policy(model=tiny_model(_tied()), takes_plans=False)
    found = dict(named_weights(policy, torch.float32))
    assert policy.model.config.tie_word_embeddings
    assert "lm_head.weight" not in dict(policy.model.named_parameters())
    assert torch.equal(found["lm_head.weight"], found["model.embed_tokens.weight"])


def _tied() -> LlamaConfig:
    config = copy.deepcopy(ARCHITECTURES["llama"])
    assert isinstance(config, LlamaConfig)
    config.tie_word_embeddings = True
    return config


def test_weights_are_rounded_to_the_precision_of_the_servers() -> None:
    policy = _policy()
    state = policy.model.state_dict()
    for name, tensor in named_weights(policy, torch.bfloat16):
        assert tensor.dtype == torch.bfloat16 and torch.equal(tensor, state[name].to(torch.bfloat16))


def test_adapters_are_worked_in_as_peft_does_it_and_the_model_stays_as_it_is() -> None:
    model = tiny_model(ARCHITECTURES["qwen2"])
    _add_lora(model, LoraConfig(rank=4, alpha=8.0))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = dict(named_weights(Policy(model=model, takes_plans=False), torch.float32))
    expected = dict(without_adapters(model).named_parameters(remove_duplicate=False))
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        assert torch.equal(tensor, expected[name]), name
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
