"""What a patch came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from palestra.verifiers import Verdict


class SweStatus(StrEnum):
    """The one result of a patch. Only `resolved` is paid; `infra_error` is tried again and never is a number."""

    RESOLVED = "resolved"
    """Every deciding test passes, and everything that passed before still does."""
    PARTIAL = "partial"
    """Some deciding tests pass, and everything that passed before still does."""
    FAILED = "failed"
    NO_PATCH = "no_patch"
    """Nothing is changed that may be changed."""
    PATCH_REJECTED = "patch_rejected"
    """It changes what no patch may: how tests are found, configured, run or started."""
    TAMPERED = "tampered"
    """What the tests say is not to be believed: reports are forged, or tests pass that cannot."""
    TIMEOUT = "timeout"
    INFRA_ERROR = "infra_error"


@dataclass(frozen=True, kw_only=True, slots=True)
class SweVerdict:
    """The judgement of a patch, with its evidence."""

    status: SweStatus
    detail: str = ""
    """One sentence for people."""
    f2p: float = 0.0
    """Share of the deciding tests that pass."""
    p2p: float | None = None
    """Share of the other tests that still pass; None where they were not run. Never paid for alone."""
    left_out: tuple[str, ...] = ()
    """Changed paths that are no part of the work, e.g. tests: the original ones were used."""
    notes: tuple[str, ...] = ()
    """What looks odd in the patch: for people, no part of the judgement."""

    @property
    def partial(self) -> float:
        """Share of the deciding tests that pass, if everything that passed before still does; else 0."""
        is_counted = self.status in (SweStatus.RESOLVED, SweStatus.PARTIAL)
        return self.f2p if is_counted and self.p2p == 1.0 else 0.0

    @property
    def verdict(self) -> Verdict:
        """As environments give it: 1 for a resolved task, else 0; masked where the machinery broke."""
        detail = f"{self.status}: {self.detail}" if self.detail else str(self.status)
        match self.status:
            case SweStatus.INFRA_ERROR:
                return Verdict.error(detail)
            case SweStatus.TIMEOUT:
                return Verdict.timeout(detail)
            case SweStatus.RESOLVED:
                return Verdict.passed(detail, self._parts)
            case SweStatus.NO_PATCH:
                return Verdict.unparsed(detail)
        return Verdict.failed(detail, self._parts)

    @property
    def _parts(self) -> dict[str, float]:
        return {"f2p": self.f2p, "partial": self.partial, "notes": float(len(self.notes))}
