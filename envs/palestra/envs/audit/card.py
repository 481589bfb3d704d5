"""Report cards: what an audit found, as a file that stays the same until the environment changes."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from palestra.envs.audit.auditor import Report
from palestra.envs.audit.battery import VERSION
from palestra.envs.errors import CardError

FOLDER = "cards"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Figures of a machine, to one significant digit."""

    date: str
    machine: str
    figures: Mapping[str, float]
    """By the id of the check."""

    def to_json(self) -> dict[str, object]:
        """All fields, sorted."""
        return {"date": self.date, "machine": self.machine, "figures": dict(sorted(self.figures.items()))}


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """A report card.

    `report` depends on the environment alone. `measured` depends on the machine, and is kept as long as
    `report` says the same. `policies` holds what models earned; audits do not touch it.
    """

    report: Mapping[str, Any]
    """The stable part, JSON values only."""
    measured: Measured | None = None
    policies: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Pass rates by name of the model and difficulty."""

    @property
    def id(self) -> str:
        """The environment's id."""
        return str(self.report["id"])

    def merged(self, old: Card | None) -> Card:
        """This card with what an older one of the same environment has to keep."""
        if old is None:
            return self
        is_same = dict(old.report) == dict(self.report)
        return replace(
            self,
            measured=old.measured if is_same and old.measured else self.measured,
            policies={**old.policies, **self.policies},
        )

    def with_policy(self, name: str, rates: Mapping[str, float]) -> Card:
        """The card with a model's pass rates by difficulty."""
        return replace(self, policies={**self.policies, name: dict(rates)})

    def to_text(self) -> str:
        """The card as its file holds it: the same contents give the same bytes."""
        row: dict[str, object] = dict(self.report)
        if self.measured is not None:
            row["measured"] = self.measured.to_json()
        if self.policies:
            row["policies"] = {name: dict(sorted(rates.items())) for name, rates in sorted(self.policies.items())}
        return json.dumps(row, indent=2) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Card:
        """Read `to_text` back.

        Raises:
            CardError: The text is no card.
        """
        try:
            row = json.loads(text)
            measured, policies = row.pop("measured", None), row.pop("policies", {})
            card = cls(report=row, measured=Measured(**measured) if measured else None, policies=policies)
            if not (card.id and isinstance(row["checks"], dict)):
                raise ValueError("it has no id or no checks")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            what = f"no card: {type(error).__name__}: {error}"
            raise CardError(f"{what}\n\nhint: `palestra audit ID --write` makes it") from error
        return card


def card_of(report: Report, today: date) -> Card:
    """The card of a report."""
    of_machine = {name: f.figure for name, f in report.findings.items() if f.is_of_machine and f.figure is not None}
    return Card(
        report={
            "id": report.id,
            "kind": report.kind,
            "audit": VERSION,
            "size": report.size,
            "passed": report.passed,
            "verifier": report.verifier,
            "floor": report.floor,
            "tasks_sha256": report.digests.tasks,
            "difficulty": [level.to_json() for level in report.levels],
            "checks": {name: report.findings[name].to_json() for name in sorted(report.findings)},
        },
        measured=Measured(
            date=today.isoformat(),
            machine=f"{platform.machine()}, {os.cpu_count()} cores, {platform.python_implementation()}"
            f" {platform.python_version()}",
            figures={name: _one_digit(figure) for name, figure in of_machine.items()},
        ),
    )


def card_path(env_id: str, folder: Path | None = None) -> Path:
    """Where the card of an environment is, or would be; in this package unless a folder is named.

    Raises:
        CardError: The package has no folder of files, or the environment is not of this package.
    """
    namespace, _, name = env_id.rpartition("/")
    if folder is None:
        place = files("palestra.envs").joinpath(FOLDER)
        if namespace != "palestra" or not isinstance(place, Path):
            raise CardError(f"no folder of cards for `{env_id}`\n\nhint: name one with `--cards`")
        folder = place
    return folder / f"{name}.json"


def read_card(env_id: str, folder: Path | None = None) -> Card | None:
    """The card of an environment; None where there is none yet.

    Raises:
        CardError: The file is no card.
    """
    try:
        text = card_path(env_id, folder).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return Card.from_text(text)


def write_card(card: Card, folder: Path | None = None) -> Path:
    """Write a card, with what the one before it has to keep; its path."""
    path = card_path(card.id, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(card.merged(read_card(card.id, folder)).to_text(), encoding="utf-8")
    return path


def _one_digit(value: float) -> float:
    if value <= 0 or not math.isfinite(value):
        return 0.0
    return float(f"{value:.1g}")
