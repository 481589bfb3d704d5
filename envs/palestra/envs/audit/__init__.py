"""Audits of environments: what a verdict is worth, whether tasks are the same for ever, what cheating pays.

>>> from palestra.envs.audit import examine, subject_of_row
>>> examine(subject_of_row("palestra/ChainSum-v1", size=2)).failed
()
"""

from palestra.envs.audit.auditor import LevelFacts, Report, audit, examine, find
from palestra.envs.audit.battery import CHECKS, MEANINGS, SUMMARIES, TOOL_CHECKS, VERSION, checks_of
from palestra.envs.audit.card import Card, Measured, card_of, card_path, read_card, write_card
from palestra.envs.audit.check import Check, Summary
from palestra.envs.audit.finding import Evidence, Finding, Status
from palestra.envs.audit.subject import DIFFICULTIES, Episode, Level, Subject, Trial, id_with_options, subject_of_row

__all__ = [
    "CHECKS",
    "DIFFICULTIES",
    "MEANINGS",
    "SUMMARIES",
    "TOOL_CHECKS",
    "VERSION",
    "Card",
    "Check",
    "Episode",
    "Evidence",
    "Finding",
    "Level",
    "LevelFacts",
    "Measured",
    "Report",
    "Status",
    "Subject",
    "Summary",
    "Trial",
    "audit",
    "card_of",
    "card_path",
    "checks_of",
    "examine",
    "find",
    "id_with_options",
    "read_card",
    "subject_of_row",
    "write_card",
]
