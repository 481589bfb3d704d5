"""`palestra rates`: error rates of a verifier on a policy's rollouts, from an audit."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import write, write_columns, write_json

if TYPE_CHECKING:
    from palestra.verifiers import Verifier
    from palestra.verifiers.audit import Audit, AuditEstimate, RolloutRow
    from palestra.verifiers.statistics import Estimate

JUDGE_KEY = "PALESTRA_JUDGE_KEY"
"""The environment variable of the judge's key: a key on the command line would be seen by all."""

_AuditFile = Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="AUDIT")]
_Labels = Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: AUDIT.labels)")]


@dataclass(frozen=True, kw_only=True)
class RatesSample:
    """Draw rollouts to label: some for each stratum and decision (yes, no, unknown), each with its probability.

    The same rollouts and seed draw the same ones. Rollouts are lines {"id", "response", "reference"}, with "stratum",
    "prompt" and "group" (what names the prompt) if there are any; the rollout files of `palestra train` do as well.
    """

    verifier: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="VERIFIER")]
    """Name of the verifier whose errors are to be estimated."""
    rollouts: Annotated[Path, tyro.conf.arg(metavar="FILE")]
    """The rollouts, JSON lines."""
    out: Annotated[Path, tyro.conf.arg(metavar="AUDIT")]
    """The audit to write; must not exist."""
    per_cell: Annotated[int, tyro.conf.arg(metavar="N")] = 100
    """How many are expected for each stratum and decision."""
    seed: Annotated[str, tyro.conf.arg(metavar="TEXT")] = "0"
    """Another text draws others."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Judge all rollouts and write the audit."""
        from palestra.verifiers import VERIFIERS
        from palestra.verifiers.audit import AuditPlan, draw_audit, judge_rows, read_rollout_rows, write_audit

        if self.per_cell < 1:
            raise UsageError(f"`--per-cell {self.per_cell}` draws nothing\n\nhint: give at least 1")
        verifier = VERIFIERS.make(self.verifier)
        judged = judge_rows(read_rollout_rows(self.rollouts), verifier)
        plan = AuditPlan(per_cell=self.per_cell, seed=self.seed)
        audit = draw_audit(judged, verifier.name, verifier.version, plan)
        write_audit(self.out, audit)
        rows = _cells(audit)
        if self.json:
            cells = [{"stratum": s, "decision": r, "rollouts": n, "drawn": d} for (s, r), (n, d) in rows.items()]
            write_json({"cells": cells, "lost": audit.num_lost})
        else:
            table = [(s, r, str(n), str(d)) for (s, r), (n, d) in rows.items()]
            write_columns([("STRATUM", "DECISION", "ROLLOUTS", "DRAWN"), *table])
            if audit.num_lost:
                write(f"{audit.num_lost} rollouts have no verdict: broken grader or unreadable gold")
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class RatesLabel:
    """Label what was drawn: by a person in this terminal, by a stricter verifier, or by a judge.

    A person sees the prompt's end, the answer and the reference, and never what the verifier said. Each label is
    written at once; a later call goes on where this one ended. The key of a judge's endpoint is read from the
    environment variable PALESTRA_JUDGE_KEY; a judge is examined first, with some 2,000 calls, and refused if wrong
    answers fool it.
    """

    audit: _AuditFile
    """The audit, as `palestra rates sample` wrote it."""
    labels: _Labels = None
    """The labels, JSON lines; added to if they exist."""
    by: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: a person)")] = None
    """A verifier that labels, stricter than the audited one; reads the same references."""
    judge_url: Annotated[str | None, tyro.conf.arg(metavar="URL", help_behavior_hint="")] = None
    """An OpenAI-compatible endpoint that labels, e.g. http://127.0.0.1:8000/v1."""
    judge_model: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = None
    """The model's name at the endpoint."""
    jobs: Annotated[int, tyro.conf.arg(metavar="N")] = 8
    """How many questions a judge is asked at once."""

    def run(self) -> int:
        """Label what has no label yet."""
        from palestra.cli.label import label_in_terminal
        from palestra.verifiers import VERIFIERS
        from palestra.verifiers.audit import LabelSession, read_audit

        if (self.judge_url is None) != (self.judge_model is None) or (self.by and self.judge_url):
            raise UsageError("one labeller at a time\n\nhint: `--by NAME`, or `--judge-url` and `--judge-model`")
        audit, path = read_audit(self.audit), self.labels or default_labels(self.audit)
        if self.by is not None:
            self._label_by(VERIFIERS.make(self.by), audit, path)
        elif self.judge_url is not None and self.judge_model is not None:
            self._label_by_judge(self.judge_url, self.judge_model, audit, path)
        else:
            label_in_terminal(LabelSession(audit.items, path), sys.stdin, sys.stdout)
        return EXIT_OK

    def _label_by(self, verifier: Verifier[Any], audit: Audit, path: Path) -> None:
        from palestra.verifiers.audit import append_label, label_with, read_labels

        known = read_labels(path)
        items = [item for item in audit.items if item.row.id not in known]
        counts: Counter[str] = Counter()
        for label in label_with(verifier, items, reference_of=_reference_for(verifier), num_threads=self.jobs):
            append_label(path, label)
            counts[str(label.mark)] += 1
        write_json({"labelled": dict(counts), "lost": len(items) - sum(counts.values()), "labels": str(path)})

    def _label_by_judge(self, url: str, model: str, audit: Audit, path: Path) -> None:
        from palestra.agents.judge_client import OpenAIAsk
        from palestra.agents.patience import Patience
        from palestra.verifiers.audit import Labeller, append_labeller, labeller_name
        from palestra.verifiers.judge import JudgeVerifier, Juror

        patience = Patience(num_retries=2)
        with OpenAIAsk(url, model, api_key=os.environ.get(JUDGE_KEY), patience=patience) as ask:
            judge = JudgeVerifier.start(Juror(ask=ask, aask=ask.aask), num_threads=self.jobs)
            report = judge.report
            sys.stderr.write(f"judge admitted: fpr {report.fpr.value:.4f}, tpr {report.tpr.value:.4f}\n")
            labeller = Labeller(
                by=labeller_name(judge), sensitivity=report.tpr.value, specificity=1.0 - report.guarded_fpr.value
            )
            append_labeller(path, labeller)
            self._label_by(judge, audit, path)


@dataclass(frozen=True, kw_only=True)
class RatesEstimate:
    """Error rates behind a labelled audit, for each stratum and all wider ones, with 95% intervals over prompts.

    fpr is the share of wrong responses that the verifier accepts, fnr that of right ones that it rejects. Drawn
    rollouts without a label count as if they had not been drawn.
    """

    audit: _AuditFile
    """The audit, as `palestra rates sample` wrote it."""
    labels: _Labels = None
    """Its labels."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Print the rates."""
        from palestra.verifiers.audit import read_audit

        audit = read_audit(self.audit)
        estimate = _estimate(self.audit, self.labels)
        if self.json:
            write_json({"verifier": audit.verifier, "version": audit.version, **estimate_to_json(estimate)})
            return EXIT_OK
        head = ("STRATUM", "FPR", "FNR", "ACCEPTED", "REJECTED", "LABELLED")
        rows = [head]
        for r in estimate.rates.values():
            counts = (str(r.num_accepted), str(r.num_rejected), str(r.num_audited))
            rows.append((r.stratum or "(all)", _shown(r.fpr), _shown(r.fnr), *counts))
        write_columns(rows)
        for stratum, share in estimate.unknown_right.items():
            write(f"right among UNKNOWN in {stratum or '(all)'}: {_shown(share)}")
        write(f"labels: {estimate.num_labelled}, unsure {estimate.num_unsure}, missing {estimate.num_unlabelled}")
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class RatesCompare:
    """Compare two labelled audits, an earlier and a later one: has the policy found a hole in the verifier?

    Exit code 1 if the share of wrong ones among the accepted rose, or the share of right ones among the rejected
    changed, by more than chance and the limits allow.
    """

    before: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="BEFORE")]
    """The earlier audit; its labels lie in BEFORE.labels."""
    now: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="NOW")]
    """The later audit; its labels lie in NOW.labels."""
    json: bool = False
    """Print one JSON object per alarm."""

    def run(self) -> int:
        """Print the alarms."""
        from palestra.verifiers.noise import drift_alarms

        alarms = drift_alarms(_estimate(self.before).rates, _estimate(self.now).rates)
        for alarm in alarms:
            if self.json:
                write_json({"alarm": type(alarm).__name__, **asdict(alarm)})
            else:
                write(str(alarm))
        if not (alarms or self.json):
            write("no drift beyond chance and the limits")
        return EXIT_FAILED if alarms else EXIT_OK


_command = tyro.conf.subcommand
Rates = (
    Annotated[RatesSample, _command("sample")]
    | Annotated[RatesLabel, _command("label")]
    | Annotated[RatesEstimate, _command("estimate")]
    | Annotated[RatesCompare, _command("compare")]
)


def estimate_to_json(estimate: AuditEstimate) -> dict[str, object]:
    """The estimate as a JSON object."""
    return {
        "strata": [
            {
                "stratum": rates.stratum,
                "fpr": rates.fpr.to_json(),
                "fnr": rates.fnr.to_json(),
                "false_discovery": rates.false_discovery.to_json(),
                "false_omission": rates.false_omission.to_json(),
                "accepted": rates.num_accepted,
                "rejected": rates.num_rejected,
                "labelled": rates.num_audited,
            }
            for rates in estimate.rates.values()
        ],
        "unknown_right": {stratum: share.to_json() for stratum, share in estimate.unknown_right.items()},
        "judge": {"fpr": estimate.judge.fpr, "fnr": estimate.judge.fnr},
        "labelled": estimate.num_labelled,
        "unsure": estimate.num_unsure,
        "unlabelled": estimate.num_unlabelled,
        "lost": estimate.num_lost,
    }


def _estimate(audit: Path, labels: Path | None = None) -> AuditEstimate:
    from palestra.verifiers.audit import estimate_audit, read_audit, read_labellers, read_labels

    path = labels or default_labels(audit)
    if not path.exists():
        raise UsageError(f"no labels at `{path}`\n\nhint: `palestra rates label {audit}` makes them")
    return estimate_audit(read_audit(audit), read_labels(path), read_labellers(path))


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.4f} [{estimate.low:.4f}, {estimate.high:.4f}]"


def default_labels(audit: Path) -> Path:
    """Where labels go if no file is named."""
    return audit.with_name(f"{audit.name}.labels")


def _reference_for(verifier: Verifier[Any]) -> Callable[[RolloutRow], str]:
    from palestra.verifiers.judge import JudgeVerifier

    if not isinstance(verifier, JudgeVerifier):
        return lambda row: row.reference
    return lambda row: json.dumps({"answer": row.reference, "question": row.prompt})


def _cells(audit: Audit) -> dict[tuple[str, str], tuple[int, int]]:
    """By stratum and decision: how many rollouts, and how many of them were drawn."""
    sizes: Counter[tuple[str, str]] = Counter()
    for (stratum, _), tally in audit.tallies.items():
        for decision, count in (("yes", tally.yes), ("no", tally.no), ("unknown", tally.unknown)):
            sizes[stratum, decision] += count
    drawn = Counter((item.row.stratum, str(item.decision)) for item in audit.items)
    return {cell: (size, drawn[cell]) for cell, size in sorted(sizes.items()) if size}
