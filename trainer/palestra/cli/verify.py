"""`palestra verify`: judges a stream of responses."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from palestra.cli.errors import EXIT_OK, EXIT_USAGE, report

if TYPE_CHECKING:
    from palestra.verifiers import Verifier

_MAX_REPORTS = 20
"""So many bad lines are named on standard error; all are on standard output."""
_SHAPE = 'a case reads {"id": 1, "response": "...", "reference": "..."}'

CaseId = str | int | None


@dataclass(frozen=True, kw_only=True)
class Verify:
    """Judge responses: one JSON case per line on standard input, one JSON verdict per line on standard output.

    A case is {"id", "response", "reference"}; its verdict is {"id", "score", "outcome", "detail"}, in the same
    order. Where the outcome is UNKNOWN or ERROR the score is null: it says nothing about the response. A line
    that is no case gives an ERROR in its place, and exit code 2 at the end.
    """

    name: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]
    """Name of the verifier; `palestra verifiers list` shows them."""

    def run(self) -> int:
        """Judge until the input ends."""
        from palestra.verifiers import VERIFIERS

        verifier = VERIFIERS.make(self.name)
        if sys.stdin.isatty():
            sys.stderr.write(f"{_SHAPE}; Ctrl-D ends\n")
        bad = 0
        for number, line in enumerate(sys.stdin.buffer, start=1):
            if not line.strip():
                continue
            try:
                row = _judge(verifier, line)
            except _BadCaseError as error:
                bad += 1
                row = _row(error.case_id, None, "ERROR", f"line {number}: {error.what}")
                if bad <= _MAX_REPORTS:
                    report(f"line {number}: {error.what}\n\nhint: {error.hint}")
            sys.stdout.write(json.dumps(row, allow_nan=False) + "\n")
            sys.stdout.flush()  # a verdict that was given is never lost, whatever comes next
        if bad > _MAX_REPORTS:
            report(f"{bad} lines in all are no cases\n\nhint: their verdicts have the outcome ERROR")
        return EXIT_USAGE if bad else EXIT_OK


class _BadCaseError(Exception):
    """A line that is no case."""

    def __init__(self, what: str, hint: str = _SHAPE, case_id: CaseId = None) -> None:
        super().__init__(what)
        self.what, self.hint, self.case_id = what, hint, case_id


def _judge(verifier: Verifier[Any], line: bytes) -> dict[str, object]:
    case_id, response, reference = _read_case(line)
    try:
        verdict = verifier.verify(response, reference)
    except ValueError as error:  # of the reference alone: on any response a verifier is total
        what, _, hint = str(error).partition("\n\nhint: ")
        hint = hint or f"`palestra verifiers show {verifier.name}` tells how references read"
        raise _BadCaseError(f"bad reference: {what}", hint, case_id) from error
    row = _row(case_id, verdict.score if verdict.valid else None, str(verdict.outcome), verdict.detail)
    return row if verdict.p_correct is None else {**row, "p_correct": verdict.p_correct}


def _row(case_id: CaseId, score: float | None, outcome: str, detail: str) -> dict[str, object]:
    return {"id": case_id, "score": score, "outcome": outcome, "detail": detail}


def _read_case(line: bytes) -> tuple[CaseId, str, str]:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _BadCaseError(f"byte {error.start} is not UTF-8", "save the cases as UTF-8") from error
    except json.JSONDecodeError as error:
        raise _BadCaseError(f"not JSON at column {error.colno}: {error.msg}") from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, a bomb of brackets
        raise _BadCaseError("JSON that is too long or too deep to read") from error
    if not isinstance(row, dict):
        raise _BadCaseError(f"a JSON {_json_type(row)} where an object is expected")
    case_id = row.get("id")
    if type(case_id) not in (str, int):
        raise _BadCaseError(f"`id` must be a text or a whole number, {_found(row, 'id')}")
    for name in ("response", "reference"):
        if not isinstance(row.get(name), str):
            is_object = name == "reference" and isinstance(row.get(name), dict | list)
            hint = "a reference that is JSON goes into a text, as `json.dumps` writes it" if is_object else _SHAPE
            raise _BadCaseError(f"`{name}` must be a text, {_found(row, name)}", hint, case_id)
    return case_id, row["response"], row["reference"]


def _found(row: dict[str, object], name: str) -> str:
    return f"found a JSON {_json_type(row[name])}" if name in row else "and is missing"


def _json_type(value: object) -> str:
    names = {dict: "object", list: "array", str: "text", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")
