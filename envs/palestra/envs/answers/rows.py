"""Grids: rows of cells."""

from __future__ import annotations

import json
import re
from typing import ClassVar

from palestra.envs.answers.final import final_block, final_line
from palestra.verifiers.answer import quote
from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

Rows = tuple[tuple[str, ...], ...]

_CELL_SEPARATOR = re.compile(r"\s*[,|\s]\s*")
_MAX_ROWS = 200
_GAP = re.compile(r"\n[ \t\r]*\n|:[ \t*_\r]*\n")


def read_rows(text: str) -> Rows:
    r"""Rows of cells: one line for each row, cells separated by blanks, commas or `|`; or a JSON list of lists.

    >>> read_rows("1 2\n3 4")
    (('1', '2'), ('3', '4'))

    Raises:
        NoAnswerError: The rows differ in length, or there are too many.
    """
    bare = text.strip().replace("\u2212", "-").replace("\u00a0", " ")
    rows = _json_rows(bare) if bare.startswith("[[") else _line_rows(bare)
    if not 0 < len(rows) <= _MAX_ROWS or len({len(row) for row in rows}) != 1:
        raise NoAnswerError(f"`{quote(text)}` is no grid")
    return rows


def _line_rows(text: str) -> Rows:
    lines = (line.strip(" \t\r|,[]") for line in text.splitlines() if line.strip())
    return tuple(tuple(_CELL_SEPARATOR.split(line)) for line in lines)


def _json_rows(text: str) -> Rows:
    try:
        rows = json.loads(text)
        return tuple(tuple(str(cell) for cell in row if type(cell) in (int, str)) for row in rows)
    except (ValueError, TypeError, RecursionError):
        raise NoAnswerError(f"`{quote(text)}` is no grid") from None


def _final_rows(response: str) -> Rows:
    """The rows that the answer is, or ends with below a blank line or a line that ends with a colon."""
    block = final_block(response)
    try:
        return read_rows(block if "\n" in block else final_line(block))
    except NoAnswerError:
        last = _GAP.split(block)[-1]
        if last == block:
            raise
        return read_rows(last if "\n" in last else final_line(last))


class RowsAnswer(Verifier[Rows]):
    """PASS when the answer is exactly the reference's grid, cell by cell; text above it, apart from it, does not count.

    Reference: lines of cells separated by blanks, as `read_rows` reads them.
    """

    name: ClassVar[str] = "rows-answer"

    def parse_reference(self, reference: str) -> Rows:
        """Read the grid."""
        try:
            return read_rows(reference)
        except NoAnswerError as error:
            raise ValueError(str(error)) from None

    def judge(self, response: str, reference: Rows) -> Verdict:
        """Compare cell by cell."""
        answer = _final_rows(response)
        if answer == reference:
            return Verdict.passed(f"all {len(reference)} rows are right")
        if (len(answer), len(answer[0])) != (len(reference), len(reference[0])):
            size = f"{len(reference)} rows of {len(reference[0])}"
            return Verdict.failed(f"{len(answer)} rows of {len(answer[0])}, right are {size}")
        wrong = next(i for i, (a, b) in enumerate(zip(answer, reference, strict=True)) if a != b)
        return Verdict.failed(f"row {wrong + 1} is wrong")
