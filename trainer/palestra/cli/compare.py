"""`palestra compare`: what changed between two runs on the same tasks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_OK
from palestra.cli.text import printable, write, write_columns, write_json

if TYPE_CHECKING:
    from palestra.agents.evaluation import Comparison
    from palestra.agents.evaluation.comparison import Difference

_Run = Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN")]
_Step = Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="(default: the last)")]


@dataclass(frozen=True, kw_only=True)
class Compare:
    """Compare two runs on the tasks that both were given, pair by pair.

    A run is a folder of `palestra eval` or of `palestra train`, or a file of rollouts. The gain is the second less the
    first, with a bootstrap interval over tasks; an exact test (McNemar's where each task has one sample that is right
    or wrong, else the sign test) says how easily chance would do the same. To compare a training run with its own
    beginning name it twice, with `--first-step 0`.
    """

    first: _Run
    """What is compared with."""
    second: _Run
    """What is compared."""
    common: bool = False
    """Compare the tasks that both have, where they differ; otherwise that is an error."""
    evaluation: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: heldout)")] = None
    """Which evaluation of a training run."""
    first_step: _Step = None
    """Of which step, in the first run."""
    second_step: _Step = None
    """Of which step, in the second run."""
    by: Annotated[str, tyro.conf.arg(metavar="NAME")] = "difficulty"
    """Option, or fact about the tasks, by which the gain is broken down."""
    flips: Annotated[int, tyro.conf.arg(metavar="N")] = 20
    """Most tasks that are listed of those that flipped between right and wrong; --json lists all that changed."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Compare and print."""
        from palestra.agents.evaluation import compare_rollouts, read_finished
        from palestra.cli.stored_runs import evaluation_file

        paths = (
            evaluation_file(self.first, self.evaluation, self.first_step),
            evaluation_file(self.second, self.evaluation, self.second_step),
        )
        found = compare_rollouts(read_finished(paths[0]), read_finished(paths[1]), common=self.common, by=self.by)
        if self.json:
            write_json({"runs": [str(path) for path in paths], **found.to_json()})
            return EXIT_OK
        write(printable(f"first   {paths[0]}\nsecond  {paths[1]}"))
        self._show(found)
        return EXIT_OK

    def _show(self, found: Comparison) -> None:
        total = found.total
        rows: list[tuple[str, ...]] = [("", "TASKS", "FIRST", "SECOND", "GAIN", "BETTER", "WORSE", "P")]
        rows += [_row(total, "all"), *(_row(each, f"{each.env}  {each.value}") for each in found.strata)]
        write_columns(rows)
        test = "McNemar's exact test" if total.test == "mcnemar" else "exact sign test over tasks"
        write(f"p: {test}; intervals of the gain: bootstrap over tasks")
        if found.only_first or found.only_second:
            write(f"left out: {found.only_first} tasks of the first, {found.only_second} of the second")
        flipped = [change for change in found.changes if change.flipped]
        if not flipped:
            return
        lost = sum(change.gain < 0 for change in flipped)
        write(f"flipped: {lost} from right to wrong, {len(flipped) - lost} from wrong to right")
        # Both ends: what was lost first, then what was gained most.
        half = max(0, self.flips) // 2
        listed = flipped if len(flipped) <= self.flips else [*flipped[:half], *flipped[len(flipped) - half :]]
        for change in listed:
            write(printable(f"  {change.before:.2f} -> {change.after:.2f}  {change.task_id}"))
        if len(listed) < len(flipped):
            write(f"  and {len(flipped) - len(listed)} more; `--flips {len(flipped)}` lists them")


def _row(each: Difference, name: str) -> tuple[str, ...]:
    gain = f"{each.gain.value:+.4f} [{each.gain.low:+.4f}, {each.gain.high:+.4f}]"
    figures = (f"{each.first.value:.4f}", f"{each.second.value:.4f}", gain)
    return (name, str(each.n), *figures, str(each.better), str(each.worse), f"{each.p_value:.3g}")
