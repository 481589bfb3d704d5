"""Stored rollouts judged again: what another verifier, or another version of the same, makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from palestra.agents.rollout import Rollout
from palestra.envs import Task
from palestra.verifiers import Outcome, Verdict
from palestra.verifiers.statistics import Estimate, wilson
from palestra.verifiers.verifier import Verifier

EXCERPT_CHARS = 200
"""How much of a response is shown: its end, where answers stand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedVerdict:
    """A rollout that is judged otherwise now."""

    rollout: Rollout
    """As it was stored."""
    verdict: Verdict
    """The new one."""

    @property
    def excerpt(self) -> str:
        """The end of what was judged."""
        response = self.rollout.responses[-1] if self.rollout.responses else ""
        return response if len(response) <= EXCERPT_CHARS else f"...{response[-EXCERPT_CHARS:]}"

    def to_json(self) -> dict[str, object]:
        """What changed, with both reasons."""
        return {
            "key": self.rollout.key,
            "task_id": str(self.rollout.task.id),
            "before": _brief(self.rollout.verdict),
            "after": _brief(self.verdict),
            "reference": self.rollout.task.reference,
            "excerpt": self.excerpt,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Rescore:
    """What judging rollouts again came to."""

    judged: int
    """Rollouts that were judged again."""
    skipped: Mapping[str, int]
    """Rollouts that were not, by the reason."""
    transitions: Mapping[tuple[str, str], int]
    """Rollouts by their outcome before and after."""
    changes: tuple[ChangedVerdict, ...]
    """Every rollout with another outcome or score."""
    rollouts: tuple[Rollout, ...] = field(repr=False)
    """All of them, with the new verdict where there is one."""

    @property
    def agreement(self) -> Estimate:
        """Share of the rollouts that were judged as before."""
        return wilson(self.judged - len(self.changes), self.judged)

    def to_json(self) -> dict[str, object]:
        """All but the rollouts."""
        return {
            "judged": self.judged,
            "changed": len(self.changes),
            "agreement": self.agreement.to_json(),
            "skipped": dict(self.skipped),
            "transitions": [
                {"before": before, "after": after, "rollouts": count}
                for (before, after), count in self.transitions.items()
            ],
            "changes": [change.to_json() for change in self.changes],
        }


def rescore_rollouts(rollouts: Iterable[Rollout], verifier_of: Callable[[Task], Verifier[Any] | None]) -> Rescore:
    """Judge the last response of each rollout again, against the reference of its task.

    Rollouts are left as they are where nothing was written, where there is no verifier, and where the verifier cannot
    read the reference.

    Args:
        rollouts: Stored ones.
        verifier_of: Who judges a task; None where nobody can by the last response alone.
    """
    skipped: Counter[str] = Counter()
    transitions: Counter[tuple[str, str]] = Counter()
    changes: list[ChangedVerdict] = []
    kept: list[Rollout] = []
    for rollout in rollouts:
        verdict = _judge(rollout, verifier_of(rollout.task))
        if isinstance(verdict, str):
            skipped[verdict] += 1
            kept.append(rollout)
            continue
        before = rollout.verdict
        transitions[str(before.outcome), str(verdict.outcome)] += 1
        if (before.outcome, before.score, before.p_correct) != (verdict.outcome, verdict.score, verdict.p_correct):
            changes.append(ChangedVerdict(rollout=rollout, verdict=verdict))
        kept.append(replace(rollout, verdict=verdict))
    return Rescore(
        judged=sum(transitions.values()),
        skipped=dict(sorted(skipped.items())),
        transitions=dict(sorted(transitions.items())),
        changes=tuple(changes),
        rollouts=tuple(kept),
    )


def _judge(rollout: Rollout, verifier: Verifier[Any] | None) -> Verdict | str:
    """The verdict, or why there is none."""
    if not rollout.responses:
        return "nothing was written"
    if rollout.verdict.outcome is Outcome.ERROR and len(rollout.turns) != len(rollout.responses):
        return "its episode broke off"
    if verifier is None:
        return "no verifier judges its last response alone"
    try:
        return verifier.verify(rollout.responses[-1], rollout.task.reference)
    except ValueError:  # the reference is not of this verifier's schema
        return f"`{verifier.name}` cannot read its reference"


def _brief(verdict: Verdict) -> dict[str, object]:
    return {"outcome": str(verdict.outcome), "score": verdict.score, "detail": verdict.detail}
