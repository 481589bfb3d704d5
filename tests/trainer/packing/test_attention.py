from __future__ import annotations

import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from palestra.trainer.packing.attention import Heads
from palestra.trainer.packing.attention_kernels import block, cascade
from palestra.trainer.packing.attention_kernels.branches import TreeShape
from palestra.trainer.packing.attention_kernels.cascade import attend_by_cascade
from palestra.trainer.packing.attention_kernels.choice import _proves_flex
from palestra.trainer.packing.attention_kernels.flex import attend_by_flex
from palestra.trainer.packing.token_tree import TokenTree

CPU = torch.device("cpu")
forests = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=12).map(tuple), min_size=1, max_size=8)
windows = st.sampled_from([None, 1, 3, 8])
softcaps = st.sampled_from([None, 2.0])


def _shape(sequences: list[tuple[int, ...]]) -> TreeShape:
    return TokenTree.of(sequences).plan(CPU)._shape


def _heads(length: int, window: int | None, softcap: float | None, dtype: torch.dtype = torch.float32) -> Heads:
    generator = torch.Generator().manual_seed(length)

    def drawn(heads: int) -> Tensor:
        # As `transformers` hands them over: heads before tokens, tokens before heads in memory.
        plain = torch.randn(length, heads, 16, generator=generator).to(dtype)
        return plain.transpose(0, 1).detach().requires_grad_()

    return Heads(
        layer=0,
        query_HND=drawn(6),
        key_KND=drawn(2),
        value_KND=drawn(2),
        scale=0.3,
        window=window,
        softcap=softcap,
    )


def _by_scores(shape: TreeShape, heads: Heads) -> Tensor:
    """The plain truth: all scores of all pairs."""
    place = torch.arange(len(shape.until_N))
    visible = (place <= place.unsqueeze(1)) & (place.unsqueeze(1) < shape.until_N)
    if heads.window is not None:
        visible &= shape.positions_N.unsqueeze(1) - shape.positions_N < heads.window
    key, value = (tensor.repeat_interleave(3, dim=0) for tensor in (heads.key_KND, heads.value_KND))
    scores = heads.query_HND @ key.transpose(1, 2) * heads.scale
    if heads.softcap is not None:
        scores = torch.tanh(scores / heads.softcap) * heads.softcap
    weights = scores.masked_fill(~visible, -torch.inf).softmax(-1)
    return (weights @ value).transpose(0, 1)


def _outputs(out: Tensor, heads: Heads) -> list[Tensor]:
    push = torch.randn(out.shape, generator=torch.Generator().manual_seed(3)).to(out.dtype)
    inputs = (heads.query_HND, heads.key_KND, heads.value_KND)
    return [out.detach(), *torch.autograd.grad(out, inputs, push)]


@settings(deadline=None, max_examples=60)
@given(forests, windows, softcaps)
def test_blocks_give_outputs_and_gradients_of_all_pairs(
    sequences: list[tuple[int, ...]], window: int | None, softcap: float | None
) -> None:
    shape = _shape(sequences)
    heads = _heads(len(shape.until_N), window, softcap)
    expected = _outputs(_by_scores(shape, heads), heads)
    for found, wanted in zip(_outputs(attend_by_cascade(shape, heads), heads), expected, strict=True):
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("window", [None, 5])
@pytest.mark.parametrize("softcap", [None, 2.0])
def test_flex_attention_gives_the_same(window: int | None, softcap: float | None) -> None:
    shape = _shape([(1,) * 9 + (2, 3) * 4, (1,) * 9 + (4,) * 7, (1,) * 3 + (5,) * 9, (7, 8, 9)])
    heads = _heads(len(shape.until_N), window, softcap)
    with torch.no_grad(), warnings.catch_warnings():  # on a CPU it has no backward pass
        warnings.simplefilter("ignore")  # it would rather be compiled
        for tensor in (heads.query_HND, heads.key_KND, heads.value_KND):
            tensor.requires_grad_(False)
        found = attend_by_flex(shape, heads)
        torch.testing.assert_close(found, attend_by_cascade(shape, heads), atol=2e-6, rtol=1e-5)
    assert list(shape.block_masks) == [window], "made once"


def test_scores_are_made_for_few_queries_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = _shape([(1,) * 30, (1,) * 10 + (2,) * 20])
    heads = _heads(len(shape.until_N), 7, None)
    whole = _outputs(attend_by_cascade(shape, heads), heads)
    monkeypatch.setattr(block, "_SCORES", 6 * 30 * 2)
    for found, wanted in zip(_outputs(attend_by_cascade(shape, heads), heads), whole, strict=True):
        torch.testing.assert_close(found, wanted)


def test_without_the_operators_of_this_torch_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shape = _shape([(1,) * 30, (1,) * 10 + (2,) * 20])
    heads = _heads(len(shape.until_N), None, None)
    fast = _outputs(attend_by_cascade(shape, heads), heads)
    monkeypatch.setattr(cascade, "has_flash_block", lambda query, value: False)
    for found, wanted in zip(_outputs(attend_by_cascade(shape, heads), heads), fast, strict=True):
        torch.testing.assert_close(found, wanted, atol=2e-6, rtol=1e-5)


def test_bf16_is_near_fp32() -> None:
    shape = _shape([(1,) * 40, (1,) * 10 + (2,) * 50, (1,) * 10 + (3,)])
    exact, rounded = (_heads(len(shape.until_N), None, None, dtype) for dtype in (torch.float32, torch.bfloat16))
    for found, wanted in zip(
        _outputs(attend_by_cascade(shape, rounded), rounded),
        _outputs(attend_by_cascade(shape, exact), exact),
        strict=True,
    ):
        assert found.dtype == torch.bfloat16
        assert torch.nn.functional.cosine_similarity(found.float().flatten(), wanted.flatten(), dim=0) > 0.999


def test_what_is_kept_for_the_backward_pass_grows_with_the_tokens_alone() -> None:
    kept = []
    for rows in (1, 8):
        shape = _shape([(1,) * 200 + (2 + row,) * 20 for row in range(rows)])
        heads = _heads(len(shape.until_N), None, None)
        saved: list[Tensor] = []

        def keep(tensor: Tensor, saved: list[Tensor] = saved) -> Tensor:
            saved.append(tensor)
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            attend_by_cascade(shape, heads)
        kept.append(sum(tensor.numel() for tensor in saved) / len(shape.until_N))
    assert kept[0] == kept[1]


def test_where_flex_attention_fails_blocks_are_taken_and_the_reason_is_said(caplog: pytest.LogCaptureFixture) -> None:
    _proves_flex.cache_clear()
    with caplog.at_level("WARNING", logger="palestra"):
        assert not _proves_flex(CPU, torch.float32, 16)  # there is no backward pass on a CPU
    assert "attention is computed in blocks" in caplog.text
