"""A run in a terminal: results, sparklines, alarms, and its best and worst rollouts."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from palestra.trainer.view.charts import Line, charts_of
from palestra.trainer.view.entries import Entry
from palestra.trainer.view.exhibition import Exhibition
from palestra.trainer.view.overview import headlines
from palestra.trainer.view.rollout_files import Origin
from palestra.trainer.view.run_folder import RunFolder

_BARS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_WIDTH = 32
_MOST_ALARMS = 8
_MOST_ROLLOUTS = 3


def sparkline(values: Sequence[float], width: int = _WIDTH) -> str:
    r"""Values as a line of bars, means of neighbours where there are more than its width.

    >>> sparkline([0.0, 1.0, 2.0, 7.0]).encode("unicode_escape")
    b'\\u2581\\u2582\\u2583\\u2588'
    """
    size = max(1, -(-len(values) // width))
    means = [sum(part) / len(part) for i in range(0, len(values), size) if (part := values[i : i + size])]
    low, high = min(means, default=0.0), max(means, default=0.0)
    scale = (len(_BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BARS[round((value - low) * scale)] for value in means)


def print_summary(exhibition: Exhibition, console: Console) -> None:
    """Print what a person wants to know first."""
    console.print(Text(_visible(exhibition.name), style="bold"))
    if exhibition.run is not None:
        _print_run(exhibition.run, console)
    _print_outcomes(exhibition, console)
    _print_extremes(exhibition, console)
    remarks = [each.remark for each in exhibition.contents if each.remark]
    for remark in (*(exhibition.run.remarks if exhibition.run else ()), *remarks):
        console.print(Text(_visible(remark), style="dim"))


def _print_run(run: RunFolder, console: Console) -> None:
    if run.alarms:
        console.print(Text(f"\n{len(run.alarms)} alarms", style="bold red"))
        for alarm in run.alarms[-_MOST_ALARMS:]:
            console.print(Text(f"  step {alarm.step:<5} {_visible(alarm.name)}: {_visible(alarm.text)}"))
    if run.evaluations:
        table = _table("evaluation", "before", "after", "gain", "95% interval")
        for row in headlines(run.evaluations):
            low, high = row.after.ci95
            table.add_row(
                Text(_visible(row.name)),
                f"{row.before.mean:.3f}",
                f"{row.after.mean:.3f}",
                f"{row.gain:+.3f}" if row.before is not row.after else "",
                f"[{low:.3f}, {high:.3f}]",
            )
        console.print(table)
    elif run.summary and not run.steps:
        table = _table("summary", "")
        for name, value in list(run.summary.items())[:24]:
            table.add_row(Text(_visible(name)), Text(_visible(str(value))[:80]))
        console.print(table)
    lines = [(chart.title, line) for chart in charts_of(run) for line in chart.lines if len(line.points) > 1]
    if lines:
        table = _table(f"step {run.last_step}", "first", "", "last")
        for title, line in lines:
            _add_curve(table, title, line)
        console.print(table)


def _add_curve(table: Table, title: str, line: Line) -> None:
    values = [point.y for point in line.points]
    label = title if line.label in title.casefold() else f"{title}, {line.label}"
    table.add_row(Text(_visible(label)), f"{values[0]:.4g}", sparkline(values), f"{values[-1]:.4g}")


def _print_outcomes(exhibition: Exhibition, console: Console) -> None:
    found: dict[tuple[str, str], list[Entry]] = {}
    for contents in exhibition.contents:
        for entry in contents.entries:
            found.setdefault((contents.file.name, entry.rollout.task.id.source), []).append(entry)
    if not found:
        return
    table = _table("rollouts of", "environment", "n", "mean score", "outcomes")
    for (name, env), entries in found.items():
        scores = [entry.rollout.verdict.score for entry in entries if entry.rollout.verdict.valid]
        outcomes = [str(entry.rollout.verdict.outcome) for entry in entries]
        shares = ", ".join(f"{each} {outcomes.count(each)}" for each in sorted(set(outcomes), key=outcomes.count)[::-1])
        mean = f"{sum(scores) / len(scores):.3f}" if scores else "-"
        table.add_row(Text(_visible(name)), Text(_visible(env)), str(len(entries)), mean, Text(_visible(shares)))
    console.print(table)


def _print_extremes(exhibition: Exhibition, console: Console) -> None:
    """Of the last step, or else of all: those that earned most, and least."""
    steps = [each for each in exhibition.contents if each.file.origin is Origin.TRAINING and each.entries]
    entries = list(steps[-1].entries) if steps else [entry for each in exhibition.contents for entry in each.entries]
    valid = sorted((entry for entry in entries if entry.rollout.verdict.valid), key=_worth)
    worst, best = valid[:_MOST_ROLLOUTS], valid[::-1][:_MOST_ROLLOUTS]
    for title, chosen in (("best", best), ("worst", worst)):
        if chosen:
            where = f" of step {steps[-1].file.step}" if steps else ""
            console.print(Text(f"\n{title} rollouts{where}", style="bold"))
        for entry in chosen:
            rollout = entry.rollout
            said = " ".join((rollout.responses[-1] if rollout.responses else "")[-400:].split())[-100:]
            head = f"  {_worth(entry):.3g}  {rollout.verdict.outcome}  {_visible(rollout.key)}"
            console.print(Text(head), Text(f"\n      {_visible(said)}", style="dim"))


def _worth(entry: Entry) -> float:
    return entry.rollout.verdict.score if entry.paid is None else entry.paid


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, title_justify="left", padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, header_style="bold")
    return table


def _visible(text: str) -> str:
    """The text on one line, control characters and lone surrogates as escapes: it must not move the cursor."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
