"""Alarms: what goes wrong in a run before its evaluation shows it."""

from palestra.trainer.alarms.history import Alarm, History
from palestra.trainer.alarms.policy import EntropyCollapse, LengthDrift
from palestra.trainer.alarms.rates import FalseAccepts, UselessVerdicts
from palestra.trainer.alarms.rewards import AuditGap, MaskedSamples, NoSignal, TurnsFarmed
from palestra.trainer.alarms.watch import AlarmWatch

RunAlarm = (
    TurnsFarmed | AuditGap | NoSignal | MaskedSamples | LengthDrift | EntropyCollapse | FalseAccepts | UselessVerdicts
)
"""What a configuration can name."""

ALL_ALARMS: tuple[RunAlarm, ...] = (
    TurnsFarmed(),
    AuditGap(),
    NoSignal(),
    MaskedSamples(),
    LengthDrift(),
    EntropyCollapse(),
    FalseAccepts(),
    UselessVerdicts(),
)
"""Every alarm with its usual limits."""

__all__ = [
    "ALL_ALARMS",
    "Alarm",
    "AlarmWatch",
    "AuditGap",
    "EntropyCollapse",
    "FalseAccepts",
    "History",
    "LengthDrift",
    "MaskedSamples",
    "NoSignal",
    "RunAlarm",
    "TurnsFarmed",
    "UselessVerdicts",
]
