"""The last line of a run: how good the model was before and is now."""

from __future__ import annotations

import math

from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config import TrainConfig
from palestra.trainer.floor.floor_log import floor_sentence
from palestra.trainer.metrics import EvalMetrics, FloorMetrics, StepMetrics
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run.evaluator import GREEDY, HELDOUT, OOD, paired_gain
from palestra.trainer.run_folder.run_paths import RunPaths

Summary = dict[str, object]


def summarize(config: TrainConfig, paths: RunPaths, position: Position) -> Summary:
    """What `palestra train` prints: evaluations before and after with 95% intervals, time and speed."""
    rows = list(read_metrics(paths.metrics))
    steps = [row for row in rows if isinstance(row, StepMetrics)]
    evaluations = {(row.name, row.step): row for row in rows if isinstance(row, EvalMetrics)}
    summary: Summary = {"env": config.env.title}
    before, after = evaluations.get((HELDOUT, 0)), evaluations.get((HELDOUT, position.step))
    if before is not None and after is not None:
        gain = paired_gain(paths, HELDOUT, 0, position.step)
        summary |= _pair("eval", before, after)
        summary |= {"delta": _rounded(gain.value), "delta_ci95": [_rounded(gain.low), _rounded(gain.high)]}
        summary |= {"eval_tasks": before.tasks, "eval_samples": before.samples}
        summary |= _pass_pair(before, after)
    several = sorted({name for name, _ in evaluations if name not in (HELDOUT, GREEDY, OOD)})
    for label, name in (("greedy", GREEDY), ("ood", OOD), *((name, name) for name in several)):
        before, after = evaluations.get((name, 0)), evaluations.get((name, position.step))
        if before is not None and after is not None:
            summary |= _pair(label, before, after)
    generate_s = sum(row.generate_s for row in steps)
    # Not `policy_tokens`: those that a resumed run read from its log took no seconds of generation.
    tokens = sum(row.tokens_per_second * row.generate_s for row in steps)
    summary |= {
        "steps": position.step,
        "train_seconds": round(position.train_seconds, 1),
        "tokens_per_second": round(tokens / generate_s, 1) if generate_s else None,
        "speed": floor_sentence([row for row in rows if isinstance(row, FloorMetrics)]) or None,
        "report": str(paths.folder / "report.html"),
    }
    return summary


def _pair(label: str, before: EvalMetrics, after: EvalMetrics) -> Summary:
    pair: Summary = {}
    for moment, row in (("before", before), ("after", after)):
        pair[f"{label}_{moment}"] = _rounded(row.mean)
        pair[f"{label}_{moment}_ci95"] = [_rounded(bound) for bound in row.ci95]
    return pair


def _pass_pair(before: EvalMetrics, after: EvalMetrics) -> Summary:
    """pass@k for the largest k, as `pass8_before`, `pass8_after`."""
    pair: Summary = {}
    k = max(before.pass_at, default=1)
    if k > 1:
        for moment, row in (("before", before), ("after", after)):
            pair[f"pass{k}_{moment}"] = _rounded(row.pass_at[k])
            pair[f"pass{k}_{moment}_ci95"] = [_rounded(bound) for bound in row.pass_ci95[k]]
    return pair


def _rounded(value: float) -> float | None:
    """Four digits; None for NaN, which JSON does not know: no sample had a valid verdict."""
    return None if math.isnan(value) else round(value, 4)
