"""The alarms on a verifier's rates."""

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


@dataclass(frozen=True, kw_only=True, slots=True)
class UselessVerdicts:
    """In a stratum a verdict says next to nothing of the truth, so that no correction can bring it back.

    There fpr and fnr sum to about 1, as with a coin: the informedness 1 - fpr - fnr is nearly 0, or less.
    """

    kind: ClassVar[str] = "useless-verdicts"

    window: int = 5
    """Steps in all of which it must be so."""
    max_informedness: float = 0.02
    """Greatest 1 - fpr - fnr that is next to nothing; 0.02 where both are 0.49, the limit of corrections."""
    min_audits: int = 20
    """Audits of a stratum in the window of the rates before anything is said of it."""

    def __post_init__(self) -> None:
        check_window(self.window)
        if not -1.0 <= self.max_informedness < 1.0 or self.min_audits < 1:
            raise ValueError(
                "max_informedness must be in [-1, 1) and min_audits at least 1,"
                f" got {self.max_informedness} and {self.min_audits}"
            )

    def __call__(self, history: History) -> str | None:
        """The strata, with their rates."""
        rows = history.rates[-self.window :]
        if len(rows) < self.window:
            return None
        found = [stratum for stratum in rows[-1] if all(self._is_useless(row.get(stratum)) for row in rows)]
        said = (
            f"in {f'the stratum `{stratum}`' if stratum else 'all strata together'} fpr is "
            f"{rows[-1][stratum].fpr[0]:.2f} and fnr {rows[-1][stratum].fnr[0]:.2f}: verdicts say nothing of the "
            "truth there, and nothing can be corrected"
            for stratum in found
        )
        return "; ".join(said) or None

    def _is_useless(self, row: RateMetrics | None) -> bool:
        if row is None or row.audited < self.min_audits:
            return False
        return 1.0 - row.fpr[0] - row.fnr[0] <= self.max_informedness + 1e-9


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
