"""What the laboratory writes: curves, a summary, a figure and a page of text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from palestra.trainer.lab.bands import are_disjoint, band, paired
from palestra.trainer.lab.experiment import Series
from palestra.trainer.lab.figure import figure
from palestra.trainer.lab.training import Measurement
from palestra.verifiers.statistics import Estimate


def write_results(
    folder: Path, series: Sequence[Series], *, command: str, remarks: Mapping[str, str], reference: str
) -> dict[str, object]:
    """Write `curves.jsonl`, `summary.json`, `figure.svg` and `report.md`, and return the summary.

    Args:
        folder: Made where it does not exist.
        series: Of all settings and arms.
        command: What repeats the results.
        remarks: What to say of a setting, by its name.
        reference: The arm that others are compared with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    summary = summarise(series, command=command, reference=reference)
    with (folder / "curves.jsonl").open("w", encoding="utf-8") as lines:
        for each in series:
            for number, curve in enumerate(each.curves):
                for point in curve:
                    row = {"setting": each.setting, "arm": each.arm, "seed": number, **asdict(point)}
                    lines.write(json.dumps(_rounded(row), allow_nan=False) + "\n")
    (folder / "summary.json").write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    (folder / "figure.svg").write_text(figure(_by_setting(series)), encoding="utf-8")
    (folder / "report.md").write_text(_page(series, command, remarks, reference), encoding="utf-8")
    return summary


def summarise(series: Sequence[Series], *, command: str, reference: str) -> dict[str, object]:
    """Final values of all arms, their bands, and how far they end from the reference, in JSON."""
    settings: dict[str, object] = {}
    for setting, arms in _by_setting(series).items():
        clean = arms.get(reference)
        settings[setting] = {
            arm: {
                "lr": each.lr,
                "tuning": [{"lr": lr, "held_out": round(value, 4)} for lr, value in each.tuning],
                "held_out": _json(band(each.finals)),
                "by_seed": [round(value, 4) for value in each.finals],
                "less_reference": None if clean is None else _json(paired(each.finals, clean.finals)),
                "paid": _json(band([curve[-1].paid for curve in each.curves])),
                "pleasing": _json(band([curve[-1].pleasing for curve in each.curves])),
                "alignment": _json(band([_mean_alignment(curve) for curve in each.curves])),
                "by_kind": {
                    kind: round(band([curve[-1].by_kind[kind] for curve in each.curves]).value, 4)
                    for kind in each.curves[0][-1].by_kind
                },
            }
            for arm, each in arms.items()
        }
    return {"command": command, "reference": reference, "settings": settings}


def closer_than(series: Sequence[Series], arm: str, other: str, reference: str) -> bool:
    """Whether an arm ends closer to the reference than another one, with disjoint bands of the two accuracies."""
    by_arm = {each.arm: each for each in series}
    one, two, clean = (by_arm[name].finals for name in (arm, other, reference))
    gaps = [abs(paired(finals, clean).value) for finals in (one, two)]
    return gaps[0] < gaps[1] and are_disjoint(band(one), band(two))


def _by_setting(series: Sequence[Series]) -> dict[str, dict[str, Series]]:
    found: dict[str, dict[str, Series]] = {}
    for each in series:
        found.setdefault(each.setting, {})[each.arm] = each
    return found


def _page(series: Sequence[Series], command: str, remarks: Mapping[str, str], reference: str) -> str:
    is_exact = all(math.isfinite(_mean_alignment(each.curves[0])) for each in series)
    lines = [
        "# Laboratory",
        "",
        f"    {command}",
        "",
        f"Accuracy on held-out problems at the end, measured {'exactly' if is_exact else 'on samples'} by the strict "
        "verifier; means over seeds with Student's 95% intervals.",
        f"`less {reference}` is the paired difference. `paid` is how often the verifier that pays accepts, "
        "`pleasing` the share of responses with several answers to choose from, `alignment` the mean cosine of the "
        "updates' gradients with the exact gradient of the truth.",
    ]
    for setting, arms in _by_setting(series).items():
        lines += ["", f"## {setting}", "", f"{remarks.get(setting, '')}", ""]
        lines += [
            f"| arm | start | end | less {reference} | paid | pleasing | alignment | learning rate |",
            "|---|---|---|---|---|---|---|---|",
        ]
        clean = arms.get(reference)
        lines += [_row(each, clean) for each in arms.values()]
    return "\n".join(lines) + "\n"


def _row(each: Series, clean: Series | None) -> str:
    def mean(values: Sequence[float]) -> str:
        return f"{sum(values) / len(values):.3f}".replace("nan", "")

    ends = [curve[-1] for curve in each.curves]
    difference = "" if clean is None or clean is each else _shown(paired(each.finals, clean.finals), sign="+")
    is_at_edge = each.lr in (each.tuning[0][0], each.tuning[-1][0]) and len(each.tuning) > 1
    return (
        f"| {each.arm} | {mean([curve[0].held_out for curve in each.curves])} | {_shown(band(each.finals))} | "
        f"{difference} | {mean([end.paid for end in ends])} | {mean([end.pleasing for end in ends])} | "
        f"{mean([_mean_alignment(curve) for curve in each.curves])} | {each.lr:g}{' (edge)' if is_at_edge else ''} |"
    )


def _mean_alignment(curve: Sequence[Measurement]) -> float:
    values = [value for point in curve if math.isfinite(value := point.alignment)]
    return sum(values) / len(values) if values else math.nan


def _shown(estimate: Estimate, sign: str = "") -> str:
    return f"{estimate.value:{sign}.3f} [{estimate.low:{sign}.3f}, {estimate.high:{sign}.3f}]"


def _json(estimate: Estimate) -> dict[str, object]:
    if math.isnan(estimate.value):
        return {"mean": None, "ci95": [None, None]}
    bounds = [None if math.isinf(bound) else round(bound, 4) for bound in (estimate.low, estimate.high)]
    return {"mean": round(estimate.value, 4), "ci95": bounds}


def _rounded(row: Mapping[str, object]) -> dict[str, object]:
    return {
        name: _rounded(value)
        if isinstance(value, Mapping)
        else (round(value, 5) if math.isfinite(value) else None)
        if isinstance(value, float)
        else value
        for name, value in row.items()
    }
