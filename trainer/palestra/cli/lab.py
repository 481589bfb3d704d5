"""`palestra lab noise` and `palestra lab methods`: what noise and methods do to learning, in minutes on a CPU."""

from __future__ import annotations

import math
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import write, write_columns, write_json

if TYPE_CHECKING:
    from palestra.trainer.lab.experiment import Job, Plan, Series, Training

_BANDIT = "bandit"
_Names = tyro.conf.UseAppendAction[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class LabNoise:
    """Train on noisy verdicts, with and without remedies, and draw the learning curves.

    Without `--model` a bandit is trained: its responses are real texts, judged by real verifiers; how right it is on
    held-out problems is computed exactly. A model is trained by the loop of `palestra train`. Every arm has its own
    learning rate, chosen on worlds that no reported run sees. The same arguments give the same results on a machine.
    """

    out: Annotated[Path, tyro.conf.arg(metavar="FOLDER")]
    """Gets curves.jsonl, summary.json, figure.svg and report.md."""
    setting: Annotated[_Names, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the main ones)")] = ()
    """A setting to run, `all` for all; may be given several times."""
    arm: Annotated[_Names, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: all)")] = ()
    """An arm to run beside `clean`; may be given several times."""
    rate: Annotated[
        tyro.conf.UseAppendAction[tuple[float, ...]],
        tyro.conf.arg(metavar="RATE", help_behavior_hint="(default: four that fit the update rule)"),
    ] = ()
    """A learning rate to choose from, for the bandit; may be given several times."""
    estimate_every: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="(default: 20)")] = None
    """Steps between two estimates of the bandit's audited rates."""
    model: Annotated[str, tyro.conf.arg(metavar="NAME")] = "bandit"
    """`bandit`; `tiny` for a decoder of two layers trained by the real loop; or a folder of a model."""
    seeds: Annotated[int, tyro.conf.arg(metavar="N")] = 6
    """Runs of each arm, from which the 95% bands are made."""
    tuning_seeds: Annotated[int, tyro.conf.arg(metavar="N")] = 2
    """Runs of each learning rate; too few do not see a collapse that is rare."""
    key: Annotated[str, tyro.conf.arg(metavar="TEXT")] = "0"
    """Another text draws other worlds."""
    jobs: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="(default: one per core, at most 8)")] = (
        None
    )
    """Processes."""
    quick: bool = False
    """Few short runs, to see that it works: their figures mean nothing."""
    list: bool = False
    """Print the settings and arms, and what is declared of them, and run nothing."""
    json: bool = False
    """Print the summary as one JSON object."""

    def run(self) -> int:
        """Run, write the folder, and print the table."""
        from palestra.trainer.lab.loop_noise import LOOP_SETTINGS, loop_noise_jobs, loop_remarks
        from palestra.trainer.lab.noise_lab import MAIN, REFERENCE, noise_jobs, remarks
        from palestra.trainer.lab.settings import SETTINGS

        self._check_rates()
        if self.model != _BANDIT:
            chosen = tuple(LOOP_SETTINGS) if "all" in self.setting else self.setting
            if self.list:
                write("\n\n".join(f"{name}: {text}" for name, text in loop_remarks(chosen).items()))
                return EXIT_OK
            found = _collected(loop_noise_jobs(chosen, self.arm, _plan(self), _model(self.model)), self.jobs)
            _finish(self.out, found, loop_remarks(chosen), REFERENCE, self.json)
            return EXIT_OK
        names = MAIN if not self.setting else tuple(SETTINGS) if "all" in self.setting else self.setting
        if self.list:
            for name, text in remarks(tuple(SETTINGS) if not self.setting else names).items():
                write(f"{name}: {text}\n")
            return EXIT_OK
        plan = _plan(self)
        jobs = noise_jobs(names, self.arm, plan, rates=self.rate, estimate_every=self.estimate_every)
        series = _collected(jobs, self.jobs)
        _finish(self.out, series, remarks(names, plan), REFERENCE, self.json)
        return EXIT_OK

    def _check_rates(self) -> None:
        if self.model != _BANDIT and (self.rate or self.estimate_every is not None):
            raise UsageError("--rate and --estimate-every are for the bandit\n\nhint: leave --model out")
        if self.estimate_every is not None and self.estimate_every < 1:
            raise UsageError(f"--estimate-every must be at least 1, got {self.estimate_every}")
        if not all(0.0 < rate < math.inf for rate in self.rate):
            raise UsageError("--rate must be positive and finite")


@dataclass(frozen=True, kw_only=True)
class LabMethods:
    """Compare methods on the same bandit or model: an advantage, a selection, a loss each, from TOML or by name.

    A file holds tables `[[methods]]` with `name`, and `advantage`, `selection`, `reweighting` and `loss` as `palestra
    train` reads them, with a model `credit` and `budget` too; `--methods NAME` takes an advantage, a loss or a
    selection by its kind, with the defaults of all else.
    """

    out: Annotated[Path, tyro.conf.arg(metavar="FOLDER")]
    """Gets curves.jsonl, summary.json, figure.svg and report.md."""
    file: Annotated[Path | None, tyro.conf.arg(metavar="TOML", help_behavior_hint="(default: none)")] = None
    """The compositions to compare."""
    methods: Annotated[_Names, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = ()
    """Kind of an advantage or a loss; may be given several times."""
    setting: Annotated[str, tyro.conf.arg(metavar="NAME")] = "noiseless"
    """`noiseless`, or a setting of `palestra lab noise` whose verdicts pay."""
    model: Annotated[str, tyro.conf.arg(metavar="NAME")] = "bandit"
    """`bandit`; `tiny` for a decoder of two layers trained by the real loop; or a folder of a model."""
    seeds: Annotated[int, tyro.conf.arg(metavar="N")] = 6
    """Runs of each method, from which the 95% bands are made."""
    tuning_seeds: Annotated[int, tyro.conf.arg(metavar="N")] = 2
    """Runs of each learning rate; too few do not see a collapse that is rare."""
    key: Annotated[str, tyro.conf.arg(metavar="TEXT")] = "0"
    """Another text draws other worlds."""
    jobs: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="(default: one per core, at most 8)")] = (
        None
    )
    """Processes."""
    quick: bool = False
    """Few short runs, to see that it works: their figures mean nothing."""
    json: bool = False
    """Print the summary as one JSON object."""

    def run(self) -> int:
        """Run, write the folder, and print the table."""
        from palestra.trainer.lab.methods_lab import loop_method_jobs, method_jobs, named_methods, read_methods

        compositions = [*(read_methods(self.file) if self.file else ()), *named_methods(self.methods)]
        if not compositions:
            raise UsageError("no methods to compare\n\nhint: `--file METHODS.toml`, or `--methods rloo --methods grpo`")
        plan = _plan(self)
        if self.model == _BANDIT:
            series = _collected(method_jobs(compositions, self.setting, plan), self.jobs)
        else:
            series = _collected(loop_method_jobs(compositions, self.setting, plan, _model(self.model)), self.jobs)
        _finish(self.out, series, {}, compositions[0].name, self.json)
        return EXIT_OK


Lab = Annotated[LabNoise, tyro.conf.subcommand("noise")] | Annotated[LabMethods, tyro.conf.subcommand("methods")]


def _plan(command: LabNoise | LabMethods) -> Plan:
    from palestra.trainer.lab.experiment import Plan
    from palestra.trainer.lab.loop_run import LOOP_SCALE
    from palestra.trainer.lab.training import Scale

    for flag, count in (("seeds", command.seeds), ("tuning-seeds", command.tuning_seeds)):
        if count < 1:
            raise UsageError(f"`--{flag} {count}` runs nothing\n\nhint: give at least 1, for bands at least 5")
    if command.quick:
        scale = Scale(steps=6, prompts=4, samples=4, problems_per_kind=2, measure_every=3)
        return Plan(seeds=min(command.seeds, 2), tuning_seeds=1, scale=scale, name=command.key)
    scale = Scale() if command.model == _BANDIT else LOOP_SCALE
    return Plan(seeds=command.seeds, tuning_seeds=command.tuning_seeds, scale=scale, name=command.key)


def _model(name: str) -> str:
    """`tiny`, or the folder of a model as runs in another process find it."""
    from palestra.trainer.lab.loop_run import TINY

    if name == TINY:
        return name
    if not (Path(name) / "config.json").is_file():
        raise UsageError(f"there is no model `{name}`\n\nhint: `bandit`, `tiny`, or a folder with a config.json")
    return str(Path(name).resolve())


def _collected(jobs: Sequence[Job[Training]], processes: int | None) -> list[Series]:
    from palestra.trainer.lab.experiment import run_jobs

    if processes is not None and processes < 1:
        raise UsageError(f"`--jobs {processes}` runs nothing\n\nhint: give at least 1")
    found = []
    for series in run_jobs(jobs, processes or min(8, os.cpu_count() or 1)):
        found.append(series)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{len(found)} of {len(jobs)} arms\033[K")
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")
    return found


def _finish(folder: Path, series: Sequence[Series], remarks: dict[str, str], reference: str, is_json: bool) -> None:
    from palestra.trainer.lab.bands import band, paired
    from palestra.trainer.lab.report import write_results

    command = shlex.join(["palestra", *sys.argv[1:]])
    summary = write_results(folder, series, command=command, remarks=remarks, reference=reference)
    if is_json:
        write_json(summary)
        return
    clean = {each.setting: each for each in series if each.arm == reference}
    table: list[Sequence[str]] = [("SETTING", "ARM", "RATE", "HELD OUT", "95% BAND", f"LESS {reference.upper()}")]
    for each in series:
        end = band(each.finals)
        less = paired(each.finals, clean[each.setting].finals) if each.setting in clean else None
        bounds = f"[{end.low:.3f}, {end.high:.3f}]"
        shown = (
            "" if less is None or each.arm == reference else f"{less.value:+.3f} [{less.low:+.3f}, {less.high:+.3f}]"
        )
        table.append((each.setting, each.arm, f"{each.lr:g}", f"{end.value:.3f}", bounds, shown))
    write_columns(table)
    write(f"wrote {folder / 'report.md'}")
