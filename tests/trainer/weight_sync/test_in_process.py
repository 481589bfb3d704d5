import asyncio
import copy

import pytest
import torch

from palestra.trainer.config import OptimConfig
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ReinforceLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.objective import Objective
from palestra.trainer.weight_sync.in_process import CopiedWeights, SharedWeights
from policy_cases import STOP, generate, group_of, largest_difference, request
from tiny_model import tiny_model


def _trained(policy: Policy, generator: InProcessGenerator) -> None:
    """Change the policy's weights by one update."""
    [done] = generate(generator, [request("a")])
    learner = Learner(policy, OptimConfig(), Objective(loss=ReinforceLoss()))
    learner.update([group_of(request("a"), [done], [1.0])], 1e-2)


def test_shared_weights_need_a_label_alone() -> None:
    policy = Policy.of(tiny_model())
    generator = InProcessGenerator(policy, [STOP])
    _trained(policy, generator)
    asyncio.run(SharedWeights(generator).push(7))
    [done] = generate(generator, [request("b")])
    assert [span.version for span in done.versions] == [7]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_copied_weights_arrive_rounded_when_they_are_pushed_and_not_before(dtype: torch.dtype) -> None:
    policy = Policy.of(tiny_model(), dtype)
    generator = InProcessGenerator(Policy.for_generation(copy.deepcopy(policy.model), dtype), [STOP])
    sync = CopiedWeights(policy, generator)
    _trained(policy, generator)
    [stale] = generate(generator, [request("b")])
    asyncio.run(sync.push(3))
    [fresh] = generate(generator, [request("b")])
    assert ([s.version for s in stale.versions], [s.version for s in fresh.versions]) == ([0], [3])
    now = dict(policy.model.named_parameters())
    for name, parameter in generator.policy.model.named_parameters():
        assert torch.equal(parameter, now[name].to(dtype).to(parameter.dtype)), name
    plain = tiny_model()
    plain.load_state_dict(policy.model.state_dict())
    limit = 1e-4 if dtype == torch.float32 else 0.1
    assert largest_difference(plain, [request("b")], [fresh]) < limit
    assert largest_difference(plain, [request("b")], [stale]) > limit
