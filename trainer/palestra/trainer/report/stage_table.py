"""What the report shows of a run with stages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palestra.trainer.config_reader import parse_config
from palestra.trainer.errors import ConfigError
from palestra.trainer.metrics import EvalMetrics
from palestra.trainer.stages.span import spans


@dataclass(frozen=True, kw_only=True, slots=True)
class StageRow:
    """A stage and what all evaluations were behind it."""

    name: str
    first_step: int
    last_step: int
    results: tuple[EvalMetrics | None, ...]
    """By name of the evaluation, as in the table's head; None where there is none yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StageTable:
    """Stages by evaluations: what each stage gave and what it cost."""

    names: tuple[str, ...]
    rows: tuple[StageRow, ...]


def stage_table(config_text: str, evaluations: Sequence[EvalMetrics]) -> StageTable | None:
    """The stages of a run; None for a run without stages, or one whose configuration cannot be read."""
    try:
        config = parse_config(config_text)
    except ConfigError:
        return None
    if not config.stages:
        return None
    found = {(row.name, row.step): row for row in evaluations}
    names = tuple(dict.fromkeys(row.name for row in evaluations if not row.name.endswith("-brief")))
    stages = [("before", 0, 0), *((span.name, span.start + 1, span.stop) for span in spans(config))]
    rows = [
        StageRow(name=name, first_step=first, last_step=last, results=tuple(found.get((of, last)) for of in names))
        for name, first, last in stages
    ]
    return StageTable(names=names, rows=tuple(rows))
