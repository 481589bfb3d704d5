"""The alarm on a verifier's rates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from palestra.trainer.alarms.history import History
from palestra.trainer.alarms.limits import check_window
from palestra.trainer.metrics import RateMetrics
from palestra.verifiers.noise import DriftLimits, StratumRates, drift_alarms
from palestra.verifiers.statistics import Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class FalseAccepts:
    """Accepted samples are wrong more often than they were, or the auditor accepts other shares of what is rejected."""

    kind: ClassVar[str] = "false-accepts"

    window: int = 20
    """Steps between the two estimates; as long as the window of the rates, so that they share no sample."""
    max_rise: float = 0.05
    """Rise of the share of wrong ones among accepted samples that is let pass."""
    max_yes_change: float = 0.1
    """Change of the auditor's share of yes that is let pass, either way."""

    def __post_init__(self) -> None:
        check_window(self.window)
        self._limits()

    def __call__(self, history: History) -> str | None:
        """What changed, by stratum."""
        if len(history.rates) <= self.window:
            return None
        before, now = history.rates[-self.window - 1], history.rates[-1]
        found = drift_alarms(_known(before), _known(now), self._limits())
        return "; ".join(map(str, found)) or None

    def _limits(self) -> DriftLimits:
        return DriftLimits(max_discovery_rise=self.max_rise, max_yes_change=self.max_yes_change)


def _known(rows: Mapping[str, RateMetrics]) -> dict[str, StratumRates]:
    return {
        stratum: StratumRates(
            stratum=stratum or "all",
            fpr=Estimate(*row.fpr),
            fnr=Estimate(*row.fnr),
            false_discovery=Estimate(*row.false_discovery),
            false_omission=Estimate(*row.false_omission),
            judge_yes_share=row.judge_yes_share,
            num_accepted=row.accepted,
            num_rejected=row.rejected,
            num_audited=row.audited,
        )
        for stratum, row in rows.items()
    }
