"""What is known of a cell's pass rate, and what a group drawn from it is likely to teach."""

from __future__ import annotations

from dataclasses import dataclass

_PRIOR_PASSES = 1.0  # the uniform prior: an unknown cell is worth a try, since most pass rates give signal
_PRIOR_FAILS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """Counts of a cell, faded by age since the policy that made them has changed."""

    passes: float = 0.0
    """Sum of the scores."""
    fails: float = 0.0
    """Sum of what the scores lack to 1."""
    groups: float = 0.0
    tokens: float = 0.0
    """Tokens of these groups."""

    def faded(self, factor: float) -> Evidence:
        """The same evidence at a fraction of its weight."""
        return Evidence(
            passes=self.passes * factor,
            fails=self.fails * factor,
            groups=self.groups * factor,
            tokens=self.tokens * factor,
        )

    def with_group(self, scores: tuple[float, ...], tokens: int) -> Evidence:
        """The evidence with one more group."""
        passes = sum(scores)
        return Evidence(
            passes=self.passes + passes,
            fails=self.fails + len(scores) - passes,
            groups=self.groups + 1,
            tokens=self.tokens + tokens,
        )

    @property
    def pass_rate(self) -> float:
        """Mean of the posterior."""
        alpha, beta = self.passes + _PRIOR_PASSES, self.fails + _PRIOR_FAILS
        return alpha / (alpha + beta)

    def signal(self, group_size: int) -> float:
        """Probability that a group has both right and wrong responses, over the posterior of the pass rate."""
        return signal_probability(self.passes + _PRIOR_PASSES, self.fails + _PRIOR_FAILS, group_size)

    def cost(self, usual: float) -> float:
        """Expected tokens of a group; one group at the `usual` cost counts as seen."""
        return (self.tokens + usual) / (self.groups + 1)


def signal_probability(alpha: float, beta: float, group_size: int) -> float:
    """Expectation of 1 - p^G - (1-p)^G for p of the distribution Beta(alpha, beta), in closed form.

    E[p^G] is the product of (alpha + i) / (alpha + beta + i) over i < G, and E[(1-p)^G] alike with beta.

    >>> round(signal_probability(1.0, 1.0, 2), 6)  # 1 - 2/3
    0.333333
    """
    all_pass = all_fail = 1.0
    for i in range(group_size):
        all_pass *= (alpha + i) / (alpha + beta + i)
        all_fail *= (beta + i) / (alpha + beta + i)
    return 1.0 - all_pass - all_fail
