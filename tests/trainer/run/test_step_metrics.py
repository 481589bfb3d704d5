"""The row of a step sums up its updates, each by as much as it read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config.reader import parse_config
from palestra.trainer.metrics import StepMetrics
from palestra.trainer.modes.collected import Collected
from palestra.trainer.modes.schedule import LearnedStep
from palestra.trainer.modes.utilisation import Usage
from palestra.trainer.objective.update_stats import Sums, UpdateStats
from palestra.trainer.run.step_metrics import step_metrics
from palestra.trainer.stages.span import Span

RUN = 'steps = 3\n[env]\nid = "palestra/ChainSum-v1"\n[model]\npath = "m"\n'


def _row(*stats: UpdateStats) -> StepMetrics:
    """The row of a step whose updates saw this."""
    collected = Collected.of([], [], num_drawn=0, seconds=1.0, generating_s=1.0)
    learned = LearnedStep(groups=[], stats=list(stats), too_old_tokens=0, started=0.0)
    return step_metrics(
        Span(config=parse_config(RUN), name="", start=0),
        Position(step=1, train_seconds=1.0, threads=1),
        collected,
        learned,
        Usage(total_s=1.0, playing_s=1.0, learning_s=0.0, both_s=0.0),
        1.0,
    )


LARGE = Sums(tokens=90, sampled=60, stale=20, kl=9.0, kl_reference=18.0, surprise=180.0, ratios=60.0, squared_ratios=60)
SMALL = Sums(tokens=10, sampled=10, kl=6.0, kl_reference=7.0, surprise=10.0, ratios=10.0, squared_ratios=50.0)
NOTHING = Sums()


def test_means_over_tokens_are_those_over_the_tokens_of_all_updates() -> None:
    row = _row(LARGE.stats(1.0), SMALL.stats(1.0), NOTHING.stats(0.0))
    assert row.kl_reference == pytest.approx((18.0 + 7.0) / 100)
    assert row.entropy == pytest.approx((180.0 + 10.0) / 100)
    # Shares of 1 and 0.2, of the tokens that a policy of the run sampled.
    assert row.effective_share == pytest.approx((60 * 1.0 + 10 * 0.2) / 70)


def test_what_no_update_measures_is_left_out() -> None:
    row = _row(replace(LARGE.stats(1.0), kl_reference=None, effective_share=None), NOTHING.stats(0.0))
    assert (row.kl_reference, row.effective_share) == (None, None)
    assert _row(NOTHING.stats(0.0)).kl_reference is None
    one = _row(replace(LARGE.stats(1.0), effective_share=None), SMALL.stats(1.0))
    assert one.effective_share == pytest.approx(0.2)
