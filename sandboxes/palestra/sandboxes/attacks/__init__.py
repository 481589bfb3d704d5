"""Attacks on sandboxes as data, and the canaries on the host that show whether they were held.

Hostile programs run only where what they attack is promised: see `Trial.needs` and `attacks_on`.
"""

from palestra.sandboxes.attacks.attack import Attack, Finding, Identity, Outcome, Trial, has_tool
from palestra.sandboxes.attacks.channels import CHANNELS
from palestra.sandboxes.attacks.file_tricks import FILE_TRICKS, FileTrick
from palestra.sandboxes.attacks.host import Host
from palestra.sandboxes.attacks.isolation import WALLS
from palestra.sandboxes.attacks.resources import BOMBS
from palestra.sandboxes.report import BackendReport

ATTACKS: tuple[Trial, ...] = (*WALLS, *BOMBS, *CHANNELS, *FILE_TRICKS)
"""All of them, by what they attack."""


def attacks_on(report: BackendReport) -> tuple[Trial, ...]:
    """The attacks on what a back end promises; no other is safe to play."""
    promised = report.isolates.keys()
    return tuple(trial for trial in ATTACKS if {trial.proves, *trial.needs} <= promised)


__all__ = [
    "ATTACKS",
    "Attack",
    "FileTrick",
    "Finding",
    "Host",
    "Identity",
    "Outcome",
    "Trial",
    "attacks_on",
    "has_tool",
]
