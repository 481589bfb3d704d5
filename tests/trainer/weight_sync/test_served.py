"""What a model computes with, compared with a checkpoint, on layers like vLLM's."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from palestra.trainer.weight_sync.vllm_extension.palestra_transfer.served import compare_served


class _Packed(nn.Module):
    """A layer whose matrix is in a packed copy; its parameter may be emptied, or stay as a decoy."""

    def __init__(self, weight: Tensor, *, keeps: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.clone() if keeps else torch.empty(0), requires_grad=False)
        packed = weight.clone()
        self.cpu_linear: Callable[[Tensor, Tensor, Tensor | None], Tensor] = lambda x, w, b: x @ packed.T


def _checkpoint() -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(3)
    sizes = {"q_proj": (6, 40), "k_proj": (2, 40), "v_proj": (2, 40), "out": (40, 6)}
    found = {f"layer.{name}.weight": torch.randn(size, generator=generator) for name, size in sizes.items()}
    found["embed.weight"] = torch.randn(5, 40, generator=generator)
    found["lm_head.weight"] = found["embed.weight"]
    return found


def _model(weights: dict[str, Tensor], *, keeps: bool = False) -> nn.Module:
    model, layer = nn.Module(), nn.Module()
    model.packed_modules_mapping = {"qkv_proj": ["q_proj", "k_proj", "v_proj"]}  # type: ignore[assignment]
    fused = torch.cat([weights[f"layer.{part}_proj.weight"] for part in "qkv"])
    layer.qkv_proj = _Packed(fused, keeps=keeps)
    layer.out = nn.Linear(6, 40, bias=False)
    layer.out.weight.data.copy_(weights["layer.out.weight"])
    model.layer = layer
    model.embed = nn.Embedding(8, 40)  # padded: the checkpoint has 5 rows
    model.embed.weight.data[:5] = weights["embed.weight"]
    model.lm_head = _Packed(weights["lm_head.weight"], keeps=True)
    return model


@pytest.mark.parametrize("keeps", [False, True])
def test_plain_fused_padded_and_packed_weights_are_found_equal(keeps: bool) -> None:
    weights = _checkpoint()
    found = compare_served(_model(weights, keeps=keeps), weights, seed=1)
    assert found == {"equal": 4, "different": [], "unseen": []}


@pytest.mark.parametrize("name", _checkpoint())
@pytest.mark.parametrize("change", [1e-6, 0.1])
def test_a_small_change_of_any_tensor_is_seen(name: str, change: float) -> None:
    weights = _checkpoint()
    changed = {key: tensor + change * (key == name) for key, tensor in weights.items()}
    found = compare_served(_model(weights), changed, seed=1)
    assert isinstance(found["different"], list) and len(found["different"]) == 1


def test_an_old_packed_head_behind_a_new_parameter_is_seen() -> None:
    weights = _checkpoint()
    model = _model(weights)
    new = weights | {"lm_head.weight": weights["lm_head.weight"] + 1.0}
    model.lm_head.weight.data.copy_(new["lm_head.weight"])  # type: ignore[operator,union-attr]
    assert compare_served(model, new, seed=1)["different"] == ["lm_head.weight"]


def test_what_the_model_has_not_is_unseen() -> None:
    weights = _checkpoint()
    found = compare_served(_model(weights), weights | {"experts.0.weight": torch.ones(2, 2)}, seed=1)
    assert found["unseen"] == ["experts.0.weight"]
