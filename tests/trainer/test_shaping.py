from __future__ import annotations

import pytest

from palestra.trainer.shaping import OverlongPenalty


@pytest.mark.parametrize(
    ("num_tokens", "expected"), [(0, 0.0), (15, 0.0), (16, -0.2), (18, -0.6), (20, -1.0), (21, -1.0)]
)
def test_the_overlong_penalty_falls_in_a_straight_line_over_the_buffer(num_tokens: int, expected: float) -> None:
    assert OverlongPenalty(max_tokens=20, buffer=5)(num_tokens) == pytest.approx(expected)


@pytest.mark.parametrize("buffer", [0, 21, -1])
def test_a_buffer_must_fit_into_the_length(buffer: int) -> None:
    with pytest.raises(ValueError, match="buffer"):
        OverlongPenalty(max_tokens=20, buffer=buffer)
