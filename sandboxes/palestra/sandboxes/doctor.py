"""The self-test of a back end: what it promises, what was tried against each promise, and whether it held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from palestra.sandboxes.attacks import Finding, Host, Outcome, Trial, attacks_on
from palestra.sandboxes.report import BackendReport, Property
from palestra.sandboxes.sandbox import Sandbox


@dataclass(frozen=True, kw_only=True, slots=True)
class PropertyRow:
    """One property of a back end."""

    name: Property
    promised: str
    """By which mechanism; empty if it is not promised."""
    gap: str = ""
    """What is lacking where it is enforced only in part."""
    findings: tuple[Finding, ...] = ()
    """What the attacks on it came to; none were played on what is not promised."""

    @property
    def holds(self) -> bool | None:
        """Whether every attack was held; None where nothing is promised or nothing could be tried."""
        tried = [finding for finding in self.findings if finding.outcome is not Outcome.SKIPPED]
        return all(finding.outcome is Outcome.HELD for finding in tried) if self.promised and tried else None

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {
            "property": self.name.value,
            "promised": self.promised,
            "gap": self.gap,
            "holds": self.holds,
            "attacks": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Examination:
    """The self-test of one back end."""

    backend: BackendReport
    rows: tuple[PropertyRow, ...]
    """One for each property, in order."""

    @property
    def holds(self) -> bool:
        """Whether everything that is promised was attacked and held."""
        return all(row.holds is True for row in self.rows if row.promised)

    def to_json(self) -> dict[str, object]:
        """Plain data."""
        return {"backend": self.backend.to_json(), "holds": self.holds, "rows": [row.to_json() for row in self.rows]}


def examine(sandbox: Sandbox, on_finding: Callable[[Finding], None] = lambda _: None) -> Examination:
    """Attack every property that a back end promises, one attack after the other.

    Takes up to a minute. Canaries are planted on this machine meanwhile and taken away at the end. What is
    not promised is not attacked: a bomb would go off.

    Args:
        sandbox: The one to be tested.
        on_finding: Called after each attack.
    """
    trials: tuple[Trial, ...] = attacks_on(sandbox.report)
    findings: list[Finding] = []
    with Host() as host:
        for trial in trials:
            findings.append(trial.play(sandbox, host))
            on_finding(findings[-1])
    report = sandbox.report
    rows = tuple(
        PropertyRow(
            name=name,
            promised=report.isolates.get(name, ""),
            gap=report.partly.get(name, ""),
            findings=tuple(finding for finding in findings if finding.proves is name),
        )
        for name in Property
    )
    return Examination(backend=report, rows=rows)
