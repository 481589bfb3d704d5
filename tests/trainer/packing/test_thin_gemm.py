import pytest
import torch
from torch import nn

from palestra.trainer.packing.thin_gemm import thin_gemms, thin_linear
from tiny_model import tiny_model


@pytest.mark.parametrize("shape", [(1, 48), (1, 5, 48), (96, 48), (97, 48), (2, 3, 4, 48)])
@pytest.mark.parametrize("bias", [False, True])
def test_thin_linear_is_the_layer(shape: tuple[int, ...], bias: bool) -> None:
    torch.manual_seed(0)
    layer, x = nn.Linear(48, 20, bias=bias), torch.randn(shape)
    torch.testing.assert_close(thin_linear(layer, x), layer(x))


def test_layers_are_swapped_within_the_block_alone() -> None:
    model = tiny_model()
    ids = torch.arange(10).unsqueeze(0)
    before = model(input_ids=ids).logits
    with thin_gemms(model):
        assert sum("forward" in vars(module) for module in model.modules()) == 15  # 7 in each layer, and the head
        torch.testing.assert_close(model(input_ids=ids).logits, before)
    assert not any("forward" in vars(module) for module in model.modules())
