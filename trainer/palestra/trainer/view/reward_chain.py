"""From the parts of a logged reward to what each stage made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from palestra.trainer.view.entries import Json


def reward_steps(row: Mapping[str, Json]) -> list[Json]:
    """For each part of a logged reward its name, and the reward behind it: `[[name, value], ...]`.

    A part is the value behind a stage or the term that one added, and the log does not say which: the reading
    is taken that ends in the reward, with as many terms as possible. Empty for a masked sample.
    """
    parts, final = row.get("parts"), row.get("reward")
    if not isinstance(parts, dict) or not isinstance(final, int | float):
        return []
    named = [(name, float(value)) for name, value in parts.items() if isinstance(value, int | float)]
    values = _values([value for _, value in named], float(final))
    return [[name, float(f"{value:.6g}")] for (name, _), value in zip(named, values, strict=True)]


def _values(numbers: Sequence[float], final: float) -> list[float]:
    """The reward behind each part; each number taken for a value where no reading ends in the reward."""
    if not numbers:
        return []
    found = _reading(numbers[1:], numbers[0], final)
    return [numbers[0], *(list(numbers[1:]) if found is None else found)]


def _reading(numbers: Sequence[float], value: float, final: float) -> list[float] | None:
    if not numbers:
        return [] if math.isclose(value, final, rel_tol=1e-6, abs_tol=1e-9) else None
    for behind in (value + numbers[0], numbers[0]):
        if (rest := _reading(numbers[1:], behind, final)) is not None:
            return [behind, *rest]
    return None
