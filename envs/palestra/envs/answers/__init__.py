"""How answers are read and compared: what the verifiers of task families are made of.

`final_line` and `final_block` pick the one place of a response that is judged; `read_*` make values of
it; `NumberAnswer`, `RationalsAnswer`, `TextAnswer`, `IntegersAnswer`, `WordsAnswer` and `RowsAnswer` are ready
verifiers for answers that are right in one form only. A family with many right answers has a verifier of its own in
its file: a `RecordVerifier` where the reference is a record.
"""

from palestra.envs.answers.final import final_block, final_line
from palestra.envs.answers.integers import IntegersAnswer, read_integer, read_integers
from palestra.envs.answers.lead import check_lead
from palestra.envs.answers.number import NumberAnswer, final_number, without_grouping
from palestra.envs.answers.rationals import RationalsAnswer, read_rationals, show_rationals
from palestra.envs.answers.record_verifier import RecordVerifier
from palestra.envs.answers.rows import RowsAnswer, read_rows
from palestra.envs.answers.text import TextAnswer
from palestra.envs.answers.words import WordsAnswer, read_words

__all__ = [
    "IntegersAnswer",
    "NumberAnswer",
    "RationalsAnswer",
    "RecordVerifier",
    "RowsAnswer",
    "TextAnswer",
    "WordsAnswer",
    "check_lead",
    "final_block",
    "final_line",
    "final_number",
    "read_integer",
    "read_integers",
    "read_rationals",
    "read_rows",
    "read_words",
    "show_rationals",
    "without_grouping",
]
