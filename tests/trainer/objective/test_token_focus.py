from __future__ import annotations

import pytest
import torch

from palestra.trainer.objective.token_focus import AdvantageEntropyTokens, HighEntropyTokens

ADVANTAGES_M = torch.tensor([1.0, -1.0, 2.0, 0.2])
ENTROPIES_M = torch.tensor([0.1, 2.0, 0.5, 1.2])


def test_d3s_keeps_the_tokens_with_the_greatest_product_of_advantage_and_entropy() -> None:
    # METHODS 10: |A| = [1, 1, 2, .2], H = [.1, 2, .5, 1.2] -> score [.1, 2, 1, .24], top 50% = tokens 1, 2
    focus = AdvantageEntropyTokens(initial=0.5, final=0.5)
    assert focus(ADVANTAGES_M, ENTROPIES_M, 0.0).tolist() == [False, True, True, False]


def test_the_share_of_d3s_moves_over_the_run() -> None:
    # METHODS 10: K(t) = (1 - t) * init + t * final
    focus = AdvantageEntropyTokens(initial=1.0, final=0.25)
    assert [int(focus(ADVANTAGES_M, ENTROPIES_M, t).sum()) for t in (0.0, 1 / 3, 2 / 3, 1.0)] == [4, 3, 2, 1]


def test_the_surest_tokens_are_passed_over() -> None:
    assert HighEntropyTokens(share=0.5)(ADVANTAGES_M, ENTROPIES_M, 0.0).tolist() == [False, True, False, True]
    assert int(HighEntropyTokens()(torch.ones(10), torch.arange(10.0), 0.0).sum()) == 2


def test_of_equal_tokens_the_first_are_taken_and_none_of_none() -> None:
    assert HighEntropyTokens(share=0.5)(torch.ones(4), torch.ones(4), 0.0).tolist() == [True, True, False, False]
    assert HighEntropyTokens()(torch.ones(0), torch.ones(0), 0.0).tolist() == []


def test_a_share_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        HighEntropyTokens(share=0.0)
    with pytest.raises(ValueError, match="final"):
        AdvantageEntropyTokens(final=1.5)
