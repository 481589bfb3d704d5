from __future__ import annotations

import math
from pathlib import Path

from palestra.trainer.metrics import AlarmMetrics, Metrics, RateMetrics, from_line, to_line
from palestra.trainer.metrics_log import MetricsLog, read_metrics
from palestra.trainer.report import write_report


def _rates(step: int, stratum: str) -> RateMetrics:
    return RateMetrics(
        step=step,
        stratum=stratum,
        fpr=(0.1, 0.05, 0.2),
        fnr=(0.3, 0.2, 0.4),
        false_discovery=(0.1, 0.0, 0.2),
        false_omission=(0.1, 0.0, 0.2),
        judge_yes_share=math.nan,
        accepted=50,
        rejected=60,
        audited=20,
    )


def test_rates_and_alarms_are_read_back_and_shown(tmp_path: Path) -> None:
    rows: list[Metrics] = [_rates(step, stratum) for step in (1, 2) for stratum in ("", "inf")]
    rows.append(AlarmMetrics(step=2, name="audit-gap", text="paid for a <hole>"))
    with MetricsLog(tmp_path / "metrics.jsonl") as log:
        for row in rows:
            log.append(row)
    assert list(map(to_line, read_metrics(tmp_path / "metrics.jsonl"))) == list(map(to_line, rows))
    back = from_line(to_line(rows[1]))
    assert isinstance(back, RateMetrics) and back.stratum == "inf" and back.fpr == (0.1, 0.05, 0.2)
    assert math.isnan(back.judge_yes_share) and math.isnan(back.fpr_used)
    page = write_report(tmp_path).read_text()
    assert "After step 2: <strong>audit-gap</strong>: paid for a &lt;hole&gt;" in page
    assert "False positives" in page and "all, step 1: 0.1 [0.05, 0.2]" in page
    assert "inf, step 2: 0.3 [0.2, 0.4]" in page and page.count('<polygon class="band') == 4
