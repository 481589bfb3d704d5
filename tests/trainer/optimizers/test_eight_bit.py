from __future__ import annotations

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from palestra.trainer.config import OptimConfig
from palestra.trainer.learner.learner import Learner
from palestra.trainer.losses import ClippedLoss
from palestra.trainer.model.policy import Policy
from palestra.trainer.objective.objective import Objective
from palestra.trainer.optimizers import EightBitAdamW, EightBitStates, eight_bit, fresh_optimizer
from palestra.trainer.packing.packs import Group
from policy_cases import sample
from tiny_model import tiny_model

TINY_BLOCKS = EightBitStates(block_size=16, smallest=0)
CLIPPED = Objective(loss=ClippedLoss())


def _taught(states: object, steps: int = 300) -> tuple[float, float]:
    """Loss of a small network on a fixed function before and after."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 1))
    x = torch.randn(256, 8)
    y = (x[:, :1] * x[:, 1:2]).sin()
    optim = OptimConfig(lr=3e-3, states=states) if states else OptimConfig(lr=3e-3)  # type: ignore[arg-type]
    optimizer = fresh_optimizer([list(net.parameters())], optim)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (net(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses[0], losses[-1]


def test_it_learns_as_well_as_full_states() -> None:
    before, full = _taught(None)
    _, in_blocks = _taught(EightBitStates(block_size=64, smallest=0))
    assert full < 0.005 * before, "the task is one that can be learned"
    assert in_blocks < 0.005 * before


def test_the_first_step_is_that_of_adamw() -> None:
    # Both moments are exact up to rounding: the step is lr in every direction, and shorter by rounding up at most.
    weights = [torch.linspace(-1, 1, 64).requires_grad_() for _ in range(2)]
    steps = []
    for weight, states in zip(weights, (OptimConfig().states, TINY_BLOCKS), strict=True):
        weight.grad = torch.linspace(-2, 3, 64)
        optimizer = fresh_optimizer([[weight]], OptimConfig(lr=0.1, weight_decay=0.01, states=states))  # type: ignore[list-item]
        optimizer.step()
        steps.append(weight.detach().clone())
    torch.testing.assert_close(steps[1], steps[0], atol=1e-6, rtol=1e-6)


entries = st.floats(-1e6, 1e6, width=32).map(lambda x: x if abs(x) > 1e-12 else 0.0)  # squares are normal numbers
numbers = st.lists(entries, min_size=16, max_size=16).map(lambda row: torch.tensor([row]))


@given(numbers)
def test_a_mean_is_kept_to_a_few_percent_and_its_sign_for_ever(mean: Tensor) -> None:
    codes, scale = eight_bit._encoded_mean(mean)
    found = eight_bit._decoded_mean(codes, scale)
    assert codes.dtype == torch.int8
    assert ((found == 0) | (found.sign() == mean.sign())).all()
    large = mean.abs() > 0.1 * scale
    assert ((found - mean).abs()[large] <= 0.04 * mean.abs()[large]).all()


@given(numbers)
def test_a_square_is_never_rounded_down_to_nothing(mean: Tensor) -> None:
    square = mean**2
    codes, scale = eight_bit._encoded_square(square)
    found = eight_bit._decoded_square(codes, scale)
    seen = square > 1e-18 * scale
    assert (found[seen] >= 0.999 * square[seen]).all()
    again, _ = eight_bit._encoded_square(found)
    assert torch.equal(again, codes), "coding twice changes nothing"


def test_a_restored_optimizer_goes_on_bit_for_bit() -> None:
    groups = [Group(prompt_ids=(1, 2), samples=(sample([7, 8, 9], 1.0), sample([5, 6], -1.0)))]
    optim = OptimConfig(states=TINY_BLOCKS)
    models = [tiny_model(), tiny_model()]
    straight, broken_off = (Learner(Policy.of(model), optim, CLIPPED) for model in models)
    for learner in (straight, broken_off):
        learner.update(groups, 1e-2)
    resumed_model = copy.deepcopy(models[1])
    resumed = Learner(Policy.of(resumed_model), optim, CLIPPED)
    resumed.restore(copy.deepcopy(broken_off.state()))
    for learner in (straight, resumed):
        learner.update(groups, 1e-2)
    first, second = models[0].state_dict(), resumed_model.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_states_take_a_quarter_of_the_memory() -> None:
    weight = nn.Parameter(torch.zeros(1000, 256))
    weight.grad = torch.ones_like(weight)
    optimizer = EightBitAdamW([{"params": [weight]}], lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0)
    optimizer.step()
    used = sum(tensor.nbytes for tensor in optimizer.state[weight].values())
    assert used < 0.27 * 8 * weight.numel()


def test_a_small_tensor_keeps_full_states() -> None:
    weight = nn.Parameter(torch.zeros(10))
    weight.grad = torch.ones(10)
    optimizer = EightBitAdamW([{"params": [weight]}], lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0)
    optimizer.step()
    assert optimizer.state[weight]["mean"].dtype == torch.float32


@pytest.mark.parametrize("options", [{"block_size": 4}, {"smallest": -1}])
def test_options_out_of_range_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        EightBitStates(**options)
