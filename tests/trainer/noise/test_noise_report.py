from __future__ import annotations

import math
from pathlib import Path

from palestra.trainer.metrics import AlarmMetrics, Metrics, RateMetrics, from_line, to_line
from palestra.trainer.metrics.metrics_log import MetricsLog, read_metrics
from palestra.trainer.view.charts import Point, charts_of
from palestra.trainer.view.overview import overview_json
from palestra.trainer.view.run_folder import RunFolder


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
    run = RunFolder.read(tmp_path)
    assert overview_json(run)["alarms"] == [{"step": 2, "name": "audit-gap", "text": "paid for a <hole>"}]
    charts = {chart.title: chart for chart in charts_of(run)}
    assert list(charts) == ["False positives", "False negatives"]
    every, inf = charts["False negatives"].lines
    assert (every.label, inf.label) == ("all", "inf")
    assert inf.points == (Point(1, 0.3, 0.2, 0.4), Point(2, 0.3, 0.2, 0.4))
