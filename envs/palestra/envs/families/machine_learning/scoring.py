"""What predictions are worth: how far they lead from luck to what a careful solution reaches."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence

from palestra.envs.families.machine_learning.structure import CLASSIFICATION
from palestra.envs.families.machine_learning.table import NO, YES, Table
from palestra.verifiers import Verdict

MAX_BYTES = 64 << 10
"""Size of the largest file of predictions that is read."""
HEADER = ("id", "prediction")
_FULL = 0.9  # of the way from the baseline to the terms themselves: full marks, since weights have to be estimated
_LUCK = 4.0  # standard deviations
_LUCKY_R2 = 0.05  # of 500 rows; the best direction at random explains a five-hundredth


def judged(data: bytes, table: Table) -> Verdict:
    """The verdict on a file of predictions; it is data, and nothing of it is run."""
    try:
        predictions = read_predictions(data, table)
    except ValueError as error:
        return Verdict.unparsed(f"the predictions cannot be read: {error}")
    metric = _metric(predictions, table.outcomes, table.spec.aim)
    baseline, ceiling = bounds(table)
    score = min(1.0, max(0.0, (metric - baseline) / (ceiling - baseline)))
    name = "accuracy" if table.spec.aim == CLASSIFICATION else "r2"
    parts = {name: metric, "baseline": baseline, "ceiling": ceiling}
    return Verdict.partial(score, f"{name} {metric:.4f} between {baseline:.4f} and {ceiling:.4f}", parts)


def bounds(table: Table) -> tuple[float, float]:
    """What a constant earns with luck on top, and what earns full marks."""
    truth = _metric(table.true_outcomes, table.outcomes, table.spec.aim)
    if table.spec.aim == CLASSIFICATION:
        largest = max(table.outcomes.count(YES), table.outcomes.count(NO)) / len(table.outcomes)
        baseline = largest + _LUCK * 0.5 / math.sqrt(len(table.outcomes))
    else:
        baseline = _LUCKY_R2
    return baseline, baseline + _FULL * (truth - baseline)


def read_predictions(data: bytes, table: Table) -> tuple[str, ...]:
    """The predictions in the order of the held-out rows.

    Raises:
        ValueError: They are not exactly one finite number, or one class, for each of the rows.
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"more than {MAX_BYTES} bytes")
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(str(error)) from None
    if not rows or tuple(cell.strip() for cell in rows[0]) != HEADER:
        raise ValueError(f"the first line must be `{','.join(HEADER)}`")
    found: dict[str, str] = {}
    for row in rows[1:]:
        if len(row) != len(HEADER) or row[0] in found:
            raise ValueError(f"`{','.join(row)[:80]}` is no row of an id and a prediction, each id once")
        found[row[0]] = row[1].strip()
    if found.keys() != set(table.ids):
        raise ValueError(f"{len(found)} rows; there must be one for each of the {len(table.ids)} ids")
    return tuple(_checked(found[row_id], table.spec.aim) for row_id in table.ids)


def _checked(text: str, aim: str) -> str:
    if aim == CLASSIFICATION:
        if text not in (YES, NO):
            raise ValueError(f"`{text[:40]}` is neither `{YES}` nor `{NO}`")
        return text
    if len(text) > 40 or not text.isascii() or "_" in text or not math.isfinite(float(text)):
        raise ValueError(f"`{text[:40]}` is no finite number")
    return text


def _metric(predictions: Sequence[str], outcomes: Sequence[str], aim: str) -> float:
    """The accuracy, or the share of the variance that is explained."""
    if aim == CLASSIFICATION:
        return sum(map(str.__eq__, predictions, outcomes)) / len(outcomes)
    wanted = [float(value) for value in outcomes]
    mean = sum(wanted) / len(wanted)
    # Beyond this nobody predicts; it keeps squares finite.
    given = [min(1e9, max(-1e9, float(value))) for value in predictions]
    missed = sum((a - b) * (a - b) for a, b in zip(given, wanted, strict=True))
    return 1 - missed / sum((value - mean) * (value - mean) for value in wanted)


def predictions_csv(values: Mapping[str, str]) -> str:
    """The text of a file of predictions."""
    return "".join(f"{row_id},{value}\n" for row_id, value in {"id": "prediction", **values}.items())
