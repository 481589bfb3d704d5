import math

import pytest
import torch
from torch import Tensor

from palestra.agents import GeneratorError
from palestra.trainer.generation.sampler import draw_tokens, greedy_tokens, keyed_uniform

NEARLY_ONE = 1.0 - 2.0**-53


def _draw(logits: Tensor, uniforms: list[float]) -> tuple[Tensor, Tensor]:
    """Draws from one distribution."""
    return draw_tokens(logits.unsqueeze(0).clone(), torch.zeros(len(uniforms), dtype=torch.long), uniforms)


def _random_logits(vocabulary: int, scale: float = 2.0) -> Tensor:
    return torch.randn(vocabulary, generator=torch.Generator().manual_seed(vocabulary)) * scale


def test_keyed_uniform_never_changes() -> None:
    assert keyed_uniform("0/1/2/3/0", 0) == 0.14263102681615158
    assert keyed_uniform("0/1/2/3/0", 1) == 0.918048099784253
    assert keyed_uniform("heldout/0/17/5/0", 99) == 0.14147220863799592


def test_keyed_uniforms_are_uniform_and_stay_below_one() -> None:
    drawn = torch.tensor([keyed_uniform(f"key {i}", i % 7) for i in range(20_000)], dtype=torch.float64)
    assert float(drawn.min()) >= 0.0 and float(drawn.max()) < 1.0
    counts = torch.histc(drawn.float(), bins=20, min=0.0, max=1.0)
    assert float(((counts - 1000) ** 2 / 1000).sum()) < 43.8  # 99.9% of chi-square with 19 degrees of freedom


@pytest.mark.parametrize("vocabulary", [2, 255, 256, 257, 1000])
def test_tokens_come_as_often_as_the_softmax_says(vocabulary: int) -> None:
    logits, draws = _random_logits(vocabulary), 40_000
    tokens, _ = _draw(logits, [keyed_uniform(f"chi-square/{vocabulary}", i) for i in range(draws)])
    expected = logits.double().softmax(-1) * draws
    seen = torch.bincount(tokens, minlength=vocabulary).double()
    common = expected >= 5
    rare = ~common
    terms = (seen[common] - expected[common]) ** 2 / expected[common]
    statistic, freedom = float(terms.sum()), int(common.sum()) - 1
    if rare.any() and expected[rare].sum() > 0:
        statistic += float((seen[rare].sum() - expected[rare].sum()) ** 2 / expected[rare].sum())
        freedom += 1
    # 99.9% of chi-square, by Wilson and Hilferty's cube root.
    assert statistic < freedom * (1 - 2 / (9 * freedom) + 3.09 * math.sqrt(2 / (9 * freedom))) ** 3


@pytest.mark.parametrize("vocabulary", [3, 256, 257, 49152])
def test_every_uniform_gives_the_token_whose_share_of_the_line_holds_it(vocabulary: int) -> None:
    logits = _random_logits(vocabulary)
    uniforms = [0.0, NEARLY_ONE, *(keyed_uniform("line", i) for i in range(200))]
    tokens, logprobs = _draw(logits, uniforms)
    ends = logits.double().softmax(-1).cumsum(-1)
    for token, uniform in zip(tokens.tolist(), uniforms, strict=True):
        start = float(ends[token - 1]) if token else 0.0
        assert start - 1e-6 <= uniform <= float(ends[token]) + 1e-6
    torch.testing.assert_close(logprobs, logits.log_softmax(-1)[tokens], atol=1e-6, rtol=1e-6)


def test_a_token_of_tiny_probability_at_either_end_is_drawn_when_its_number_comes_up() -> None:
    logits = torch.zeros(300)
    logits[0] = logits[299] = -30.0  # 3e-16 of the line each: two numbers of 2**53 or so
    tokens, logprobs = _draw(logits, [0.0, NEARLY_ONE, 0.5])
    assert tokens.tolist()[:2] == [0, 299] and 0 < int(tokens[2]) < 299
    torch.testing.assert_close(logprobs, logits.log_softmax(-1)[tokens])


@pytest.mark.parametrize("allowed", [[0], [299], [17, 256], [255], [511, 700], [1, 254, 255, 256, 257, 699]])
def test_a_token_of_probability_zero_is_never_drawn(allowed: list[int]) -> None:
    logits = torch.full((701,), -torch.inf)
    logits[allowed] = _random_logits(len(allowed))
    uniforms = [0.0, NEARLY_ONE, 2.0**-53, 0.5, *(keyed_uniform("zero", i) for i in range(500))]
    tokens, logprobs = _draw(logits, uniforms)
    assert set(tokens.tolist()) <= set(allowed)
    assert logprobs.isfinite().all()


def test_a_number_on_the_edge_of_a_block_never_falls_before_the_block() -> None:
    # Every block starts with tokens of probability 0: one rounding too far to the left would draw one of them.
    logits = _random_logits(256 * 40, 1.0)
    for block in range(40):
        logits[256 * block : 256 * block + 100] = -torch.inf
    shares = logits.log_softmax(-1).exp().view(40, 256).sum(-1, dtype=torch.float64)
    edges = (shares.cumsum(-1) / shares.sum())[:-1].tolist()
    uniforms = [math.nextafter(edge, towards) for edge in edges for towards in (0.0, edge, 1.0)]
    _, logprobs = _draw(logits, uniforms)
    assert logprobs.isfinite().all()


def test_a_sure_token_has_the_log_probability_zero() -> None:
    logits = torch.zeros(10)
    logits[4] = 200.0
    tokens, logprobs = _draw(logits, [0.0, 0.3, NEARLY_ONE])
    assert tokens.tolist() == [4, 4, 4] and logprobs.tolist() == [0.0, 0.0, 0.0]


def test_rows_draw_from_their_own_distribution() -> None:
    logits = torch.full((3, 5), -50.0)
    logits[0, 1] = logits[1, 3] = logits[2, 0] = 0.0
    tokens, _ = draw_tokens(logits.clone(), torch.tensor([2, 0, 0, 1]), [0.1, 0.9, 0.4, 0.5])
    assert tokens.tolist() == [0, 1, 1, 3]
    greedy, logprobs = greedy_tokens(logits, torch.tensor([2, 0, 0, 1]))
    assert greedy.tolist() == [0, 1, 1, 3]
    torch.testing.assert_close(logprobs, logits.log_softmax(-1)[[2, 0, 0, 1], greedy])


@pytest.mark.parametrize("broken", [torch.nan, torch.inf])
@pytest.mark.parametrize("vocabulary", [5, 300])
def test_logits_that_make_no_distribution_are_an_error(broken: float, vocabulary: int) -> None:
    logits = torch.zeros(1, vocabulary)
    logits[0, 3] = broken
    row = torch.zeros(1, dtype=torch.long)
    with pytest.raises(GeneratorError, match="not finite"):
        draw_tokens(logits.clone(), row, [0.5])
    with pytest.raises(GeneratorError, match="not finite"):
        greedy_tokens(logits.clone(), row)
