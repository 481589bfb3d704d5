from __future__ import annotations

import pytest
import torch

from palestra.trainer.model.compiled import CompiledTrunk, learning_trunk
from palestra.trainer.model.policy import PlainTrunk, PlannedTrunk, Policy
from palestra.trainer.packing.packs import Group, Pack
from policy_cases import sample
from tiny_model import PLAIN_ARCHITECTURE, tiny_model

CPU = torch.device("cpu")


def _pack(*lengths: int) -> Pack:
    samples = tuple(sample(range(10 * (n + 1), 10 * (n + 1) + length), 1.0) for n, length in enumerate(lengths))
    return Pack.of([Group(prompt_ids=(1, 2, 3), samples=samples)], CPU)


def test_nothing_is_compiled_unless_it_is_asked_for() -> None:
    assert isinstance(learning_trunk(Policy.of(tiny_model()), compiled=False), PlannedTrunk)


def test_a_model_with_plain_rows_is_not_compiled_and_the_reason_is_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", logger="palestra"):
        assert isinstance(learning_trunk(Policy.of(tiny_model(PLAIN_ARCHITECTURE)), compiled=True), PlainTrunk)
    assert "the layers are not compiled: the model does not take packed tokens" in caplog.text


@pytest.mark.filterwarnings("ignore")  # of torch about itself, and of the compiler that is not there
@pytest.mark.real
def test_without_a_compiler_the_layers_run_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    inductor = pytest.importorskip("torch._inductor.config")
    policy, pack = Policy.of(tiny_model()), _pack(4, 7)
    trunk = learning_trunk(policy, compiled=True)
    assert isinstance(trunk, CompiledTrunk)
    missing = inductor.patch({"cpp.cxx": ("no-such-compiler",), "force_disable_caches": True})
    with caplog.at_level("WARNING", logger="palestra"), missing:
        assert torch.equal(trunk.hidden(pack), policy.trunk.hidden(pack))
        assert torch.equal(trunk.hidden(pack), policy.trunk.hidden(pack))
    assert caplog.text.count("the layers cannot be compiled and run as they are") == 1
    assert "compiler" in caplog.text


@pytest.mark.filterwarnings("ignore")
@pytest.mark.heavy
def test_compiled_layers_give_the_same_hidden_states_and_gradients() -> None:
    policy = Policy.of(tiny_model())
    compiled = CompiledTrunk(policy)
    for pack in (_pack(4, 7), _pack(12), _pack(3, 3, 9, 20)):
        found = []
        for trunk in (policy.trunk, compiled):
            policy.model.zero_grad()
            hidden = trunk.hidden(pack)
            hidden.square().sum().backward()
            weights = dict(policy.model.named_parameters())
            gradients = {name: p.grad.clone() for name, p in weights.items() if p.grad is not None}
            found.append((hidden.detach(), gradients))
        torch.testing.assert_close(found[1][0], found[0][0], atol=1e-5, rtol=1e-4)
        for name, gradient in found[0][1].items():
            torch.testing.assert_close(found[1][1][name], gradient, atol=1e-4, rtol=1e-3)
    assert compiled._layers is not None, "it did not fall back"
