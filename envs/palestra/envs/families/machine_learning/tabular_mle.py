"""Small tables with a known structure: train a model in a sandbox, and predict."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.machine_learning.mle_env import MleEnv
from palestra.envs.families.machine_learning.policies import PREDICTIONS
from palestra.envs.families.machine_learning.structure import (
    AFTERWARDS,
    CATEGORY,
    CLASSIFICATION,
    NUM_HELD_OUT,
    Column,
    MleConfig,
    TableSpec,
    draw_spec,
)
from palestra.envs.families.machine_learning.table import HELD_OUT_FILE, NO, TRAIN_FILE, YES
from palestra.envs.family import Content, Family
from palestra.envs.record import encode
from palestra.envs.task import Split
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.tools.codecs import codec_named


class TabularMLE(Family[MleConfig, TableSpec]):
    """Regression and classification on generated tables; the reward is the held-out score between two bounds.

    The lower bound is what a constant earns, and luck on top; the upper one lies at nine tenths of the way to what
    the terms themselves predict. The values follow from the reference, which never leaves the host.
    """

    id: ClassVar[str] = "palestra/TabularMLE-v1"
    Config: ClassVar[type[MleConfig]] = MleConfig
    templates = (
        "The file `{train}` has {num_rows} rows of a table, with the outcome `{outcome}` in its last column. Predict "
        "`{outcome}` for the {num_held_out} rows of `{held_out}`.\nColumns:\n{columns}\nThe predictions are judged "
        "by their {metric}.",
        "Train a model of `{outcome}`. Its training table is `{train}` ({num_rows} rows), and `{held_out}` has "
        "{num_held_out} more rows whose `{outcome}` is kept back.\nWhat the columns are:\n{columns}\nWhat counts is "
        "the {metric} on these rows.",
        "A table of {num_rows} rows is in `{train}`:\n{columns}\nThe last column, `{outcome}`, is to be predicted for "
        "the {num_held_out} rows of `{held_out}`, where it is left out. Aim at a high {metric}.",
        "Somebody needs `{outcome}` for {num_held_out} new cases, listed in `{held_out}`; {num_rows} old ones with "
        "their `{outcome}` are in `{train}`. About the columns:\n{columns}\nThe better the {metric}, the more the "
        "answer is worth.",
    )
    answer_format = (
        f"Write `{PREDICTIONS}` with the header `id,prediction` and one line for each held-out row, "
        "then call `submit`. An empty cell is a missing value."
    )

    def draw(self, rng: KeyedRandom) -> TableSpec:
        """Draw the columns and the terms."""
        return draw_spec(self.config, rng)

    def canonical(self, key: TableSpec) -> str:
        """The terms and the columns without their names."""
        columns = " ".join(f"{c.kind}/{c.mean}/{c.scale}/{len(c.levels)}/{c.missing}" for c in key.columns)
        terms = " ".join(sorted(f"{t.kind}/{t.columns}/{t.weight}/{t.cut}/{t.effects}" for t in key.terms))
        return f"{key.aim} {columns} {terms} {key.noise}"

    def build(self, key: TableSpec, rng: KeyedRandom) -> Content:
        """Describe the table; its rows are made when an episode begins."""
        is_classes = key.aim == CLASSIFICATION
        outcome = f"- `{key.outcome}`: the outcome, {f'`{YES}` or `{NO}`' if is_classes else 'a number'}"
        return Content(
            slots={
                "train": TRAIN_FILE,
                "held_out": HELD_OUT_FILE,
                "num_rows": str(key.num_rows),
                "num_held_out": str(NUM_HELD_OUT),
                "outcome": key.outcome,
                "columns": "\n".join(["- `id`: name of the row", *map(_described, key.columns), outcome]),
                "metric": "accuracy" if is_classes else "share of explained variance (R squared)",
            },
            reference=encode(key),
            effort=float(sum(len(term.columns) for term in key.terms) + len(key.columns) + key.noise / 20),
            meta={"aim": key.aim, "num_columns": len(key.columns), "num_terms": len(key.terms)},
        )

    def env(self, *, split: Split = "train", system_prompt: str = "", render_mode: str | None = None) -> MleEnv:
        """An environment of these tasks."""
        codec = codec_named(self.config.codec)
        return MleEnv(self, codec=codec, split=split, system_prompt=system_prompt, render_mode=render_mode)


def _described(column: Column) -> str:
    if column.kind == AFTERWARDS:
        return (
            f"- `{column.name}`: a number, entered by hand some weeks after the outcome; in new rows from another case"
        )
    kind = f"one of {', '.join(column.levels)}" if column.kind == CATEGORY else "a number"
    return f"- `{column.name}`: {kind}{', may be missing' if column.missing else ''}"
