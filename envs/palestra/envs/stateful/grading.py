"""The judgement of an episode in a domain."""

from __future__ import annotations

from palestra.envs.stateful.desk import DomainDesk
from palestra.envs.stateful.difference import Difference, difference, written
from palestra.verifiers import Verdict


def judged(desk: DomainDesk) -> Verdict:
    """1 where rows, answers and refusals are as they must be and no rule was broken; else 0, with the parts."""
    sitting = desk.world()
    scenario = sitting.scenario
    found = difference(desk.database)
    extra = written(desk.database) - scenario.writable
    parts = {
        "diff": float(found in scenario.accepted),
        "answers": float(sitting.answers == scenario.answers),
        "refusals": float(sitting.refusals == scenario.refusals),
        "rules": float(not sitting.broken),
        "extra_writes": float(len(extra)),
    }
    wrong = [
        what
        for what, is_wrong in (
            (_mismatch(found, scenario.accepted), not parts["diff"]),
            (f"{len(extra)} rows written that were nobody's wish", bool(extra)),
            ("not exactly what was asked is told", not parts["answers"]),
            ("not exactly what is forbidden is declined", not parts["refusals"]),
            (f"rules broken: {', '.join(sitting.broken)}", bool(sitting.broken)),
        )
        if is_wrong
    ]
    return Verdict.failed("; ".join(wrong), parts) if wrong else Verdict.passed("all is as it was asked", parts)


def _mismatch(found: Difference, accepted: tuple[Difference, ...]) -> str:
    """How far the rows are from the accepted difference that is nearest."""
    changes = set(found)
    missing, surplus = min(
        ((len(set(one) - changes), len(changes - set(one))) for one in accepted), key=lambda pair: sum(pair)
    )
    return f"{missing} changes missing, {surplus} too many"
