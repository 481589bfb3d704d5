"""`palestra audit`: the report cards of environments."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import EnvOptions, env_config, printable, write, write_columns, write_json

if TYPE_CHECKING:
    from palestra.envs.audit import Card, Report

_Text = Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")]
_File = Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")]
_Folder = Annotated[Path | None, tyro.conf.arg(metavar="DIR", help_behavior_hint="")]
_Count = Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")]


@dataclass(frozen=True, kw_only=True)
class Audit:
    """Audit environments: what right answers, cheats and constants earn, and whether tasks repeat exactly.

    Exit code 1 if a check fails; every failure names a task and a response that show it.
    """

    ids: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="ID ...")] = ()
    """Ids of environments; `palestra envs list` shows them."""
    options: EnvOptions = ()
    """An option of the environments; may be repeated. Bridges need one: `--set name=countdown`."""
    all: bool = False
    """Audit every environment whose tasks are generated and whose responses run in no sandbox."""
    kind: Annotated[
        Literal["question", "game", "tools", "code", "swe"] | None, tyro.conf.arg(help_behavior_hint="")
    ] = None
    """Only environments of one response, of the moves of a game, of tool calls; or all whose responses run in a
    sandbox: `code` and `swe`, which take minutes each."""
    group: _Text = None
    """Audit the environments of a group, e.g. arithmetic."""
    n: _Count = None
    """How many tasks of each difficulty the oracle solves (default: 40); the other checks go by it."""
    jobs: _Count = None
    """How many processes share the work (default: the number of cores)."""
    json: bool = False
    """Print one JSON object per environment: its card."""
    html: _File = None
    """Write a page with all cards; it needs nothing else."""
    write: bool = False
    """Write the cards into the package; figures of the machine change only where another one does."""
    cards: _Folder = None
    """The folder of cards that `--write` writes to, for environments of other packages."""

    def run(self) -> int:
        """Audit, print and write."""
        from palestra.envs.audit import audit, card_of, subject_of_row, write_card
        from palestra.envs.audit.subject import DEFAULT_SIZE

        ids = list(self._chosen())
        size = DEFAULT_SIZE if self.n is None else self.n
        jobs = min(len(ids), self.jobs or os.cpu_count() or 1)
        if size < 2 or (self.jobs is not None and self.jobs < 1):
            raise UsageError(
                f"`--n {size} --jobs {self.jobs}` is too little\n\nhint: `--n 2` and `--jobs 1` are the least"
            )
        if self.write and any("?" in env_id for env_id in ids):
            raise UsageError("a card is of an environment as it is without options\n\nhint: leave out `--write`")
        if self.write and size != DEFAULT_SIZE:
            raise UsageError(f"a card of {size} tasks is not written\n\nhint: leave out `--n` or `--write`")
        cards = []
        num_failed = 0
        for report in audit([subject_of_row(env_id, size) for env_id in ids], jobs, shows_progress=True):
            card = card_of(report, date.today())
            if self.write:
                write_card(card, self.cards)
            cards.append(card)
            num_failed += not report.passed
            self._show(report, card, is_alone=len(ids) == 1)
        if self.html is not None:
            from palestra.cli.audit_page import page

            self.html.write_text(page(cards), encoding="utf-8")
        if num_failed:
            sys.stderr.write(f"{num_failed} of {len(ids)} environments failed\n")
        return EXIT_FAILED if num_failed else EXIT_OK

    def _chosen(self) -> Iterator[str]:
        """The ids to audit, each checked."""
        from palestra.envs import ENVS, Kind

        is_many = self.all or self.group is not None or (self.kind is not None and not self.ids)
        if bool(self.ids) == is_many:
            raise UsageError("which environments?\n\nhint: name some, or give `--all`, `--group NAME` or `--kind KIND`")
        if self.options and is_many:
            raise UsageError("`--set` goes with ids\n\nhint: name the environments that have the option")
        if self.kind is not None and not is_many:
            raise UsageError("`--kind` chooses among many\n\nhint: leave out the ids")
        if self.ids:
            yield from self._named()
            return
        lanes = {Kind(self.kind)} if self.kind else {kind for kind in Kind if kind.is_generated}
        if self.all and self.kind is None:
            lanes = {kind for kind in lanes if not kind.is_sandboxed}
        rows = [row for row in ENVS.values() if row.kind.is_generated or row.kind is Kind.SWE]
        fitting = [row.id for row in rows if self.group in (None, row.group) and row.kind in lanes]
        if not fitting:
            groups = ", ".join(sorted({row.group for row in rows}))
            raise UsageError(
                f"no environment of group `{self.group}` and kind `{self.kind}`\n\nhint: groups are {groups}"
            )
        yield from fitting

    def _named(self) -> Iterator[str]:
        """The ids that were given, with their options."""
        from palestra.envs import ENVS
        from palestra.envs.audit import id_with_options

        options = env_config(self.options, None)
        for env_id in self.ids:
            name, _, _ = env_id.partition("?")
            yield id_with_options(ENVS[name].id + env_id.removeprefix(name), options)

    def _show(self, report: Report, card: Card, *, is_alone: bool) -> None:
        if self.json:
            measured = {"measured": card.measured.to_json()} if card.measured else {}
            write_json({**card.report, **measured})
            return
        if is_alone:
            _write_findings(report)
        write(_headline(report))
        for note, names in _by_note(report).items():
            finding = report.findings[names[0]]
            figures = "" if finding.figure is None else f" (found {finding.figure:g}, bound {finding.bound})"
            what = names[0] if len(names) == 1 else f"{len(names)} checks, {names[0]} first"
            write(printable(f"  failed {what}: {note}{figures}"))
            for one in finding.evidence:
                write(printable(f"    {one.task}\n      {one.response}"))
        sys.stdout.flush()


def _by_note(report: Report) -> dict[str, list[str]]:
    """The failed checks by what they say: an environment that raises fails many at once."""
    notes: dict[str, list[str]] = {}
    for name in report.failed:
        notes.setdefault(report.findings[name].note or name, []).append(name)
    return notes


def _headline(report: Report) -> str:
    from palestra.envs.audit import Status

    num_done = sum(finding.status is not Status.NOT_APPLICABLE for finding in report.findings.values())
    guesses = "/".join(f"{level.guess:.2f}" for level in report.levels if level.guess is not None)
    verdict = "passed" if report.passed else "FAILED"
    return f"{report.id}  {verdict}  {num_done} checks  floor {report.floor:g}  guesses earn {guesses}"


def _write_findings(report: Report) -> None:
    rows: list[tuple[str, ...]] = [("CHECK", "RESULT", "FIGURE", "BOUND", "NOTE")]
    for name, finding in report.findings.items():
        figures = ("-" if value is None else f"{value:.4g}" for value in (finding.figure, finding.bound))
        rows.append((name, str(finding.status), *figures, finding.note))
    write_columns(rows)
    levels: list[tuple[str, ...]] = [("DIFFICULTY", "EFFORT", "PROMPT CHARS", "ANSWER CHARS", "GUESS")]
    for level in report.levels:
        cells = (level.difficulty, level.effort, level.prompt_chars, level.answer_chars, level.guess)
        levels.append(tuple("-" if cell is None else f"{cell:g}" for cell in cells))
    write()
    write_columns(levels)
    write()
