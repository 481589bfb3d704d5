"""An evaluation as lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from palestra.cli.text import printable, write
from palestra.verifiers.statistics import Estimate

if TYPE_CHECKING:
    from palestra.agents.evaluation import Insight
    from palestra.agents.evaluation.probe import Contamination
    from palestra.cli.eval.session import Result


def write_result(result: Result, *, is_brief: bool) -> None:
    """One line with the main figures, and those of the insight below unless it is to be brief."""
    evaluation = result.evaluation
    passed = "".join(f"  pass@{k} {rate.value:.4f}" for k, rate in evaluation.pass_at_k.items() if k > 1)
    statuses = "".join(f"  {status} {count}" for status, count in evaluation.statuses.items())
    mode = f"  {result.mode}" if result.mode else ""
    write(
        printable(
            f"{evaluation.env}  {evaluation.agent}{mode}  reward {shown(evaluation.mean_reward)}{passed}"
            f"  n {evaluation.n}  invalid {evaluation.invalid}{statuses}"
        )
    )
    insight = result.insight
    for stratum in insight.strata:
        write(printable(f"  {stratum.env}  {stratum.value}  reward {shown(stratum.mean_reward)}  n {stratum.n}"))
    if not is_brief:
        _write_insight(insight)
    if result.obeyed is not None:
        write(f"  did as told about thinking {result.obeyed:.4f}")
    if result.contamination is not None:
        _write_contamination(result.contamination)


def shown(estimate: Estimate) -> str:
    """An estimate with its interval."""
    return f"{estimate.value:.4f} [{estimate.low:.4f}, {estimate.high:.4f}]"


def _write_insight(insight: Insight) -> None:
    write(f"  bootstrap over tasks [{insight.bootstrap.low:.4f}, {insight.bootstrap.high:.4f}]")
    for name, rates in (
        ("maj", insight.maj_at_k),
        ("best-of-n", insight.best_of_n),
        ("best-of-majority", insight.best_of_majority),
    ):
        if rates:
            write(f"  {_rates(name, rates)}")
    if insight.diversity is not None:
        each = insight.diversity
        grams = ", ".join(f"{n}: {share:.2f}" for n, share in each.distinct_ngrams.items())
        write(
            f"  answers of a task: {each.distinct_answers:.2f} different, entropy {each.answer_entropy:.2f} bits, "
            f"agreement {each.agreement:.2f}; distinct n-grams {grams}"
        )
    for outcome, lengths in insight.lengths.items():
        write(
            f"  tokens, {outcome}: mean {lengths.mean:.1f}, median {lengths.median:.0f}, p90 {lengths.p90:.0f}, "
            f"longest {lengths.longest}  samples {lengths.samples}  truncated {lengths.truncated}"
        )
    cost = insight.cost
    price = "" if cost.price is None else f", price {cost.price:.6g}"
    price += "" if cost.price_per_right is None else f", {cost.price_per_right:.6g} for each right sample"
    write(
        f"  cost: {cost.prompt_tokens} prompt tokens, {cost.completion_tokens} written, "
        f"{cost.model_s:.1f} s of waiting for the model, all samples added up{price}"
    )


def _rates(name: str, rates: Mapping[int, Estimate]) -> str:
    return "  ".join(f"{name}@{k} {shown(rate)}" for k, rate in rates.items())


def _write_contamination(found: Contamination) -> None:
    for seen, fresh in zip(found.probed, found.fresh, strict=False):
        write(
            f"  {100 * seen.share:.0f}% of the question shown: rest exact {seen.exact.value:.4f} "
            f"(fresh {fresh.exact.value:.4f}), answered {seen.answered.value:.4f} (fresh {fresh.answered.value:.4f})"
        )
    write(f"  contamination: {'SUSPICIOUS' if found.is_suspicious else 'none seen'}, against {found.null}")
