"""`palestra bench math`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.bench.mathematics_side import Answer, Decision, GraderProcess, Side
from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import printable, write, write_columns, write_json

if TYPE_CHECKING:
    from palestra.verifiers.corpus import Case
    from palestra.verifiers.statistics import Estimate

_BOMBS = "palestra.cli.bench:mathematics_bombs.jsonl"
_QUOTED_CHARS = 100


@dataclass(frozen=True, slots=True)
class MathCase:
    """A response with the answer that it deserves."""

    id: str
    kind: str
    response: str
    reference: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Graded:
    """A case and what a grader said of it."""

    case: MathCase
    answer: Answer

    @property
    def is_mistake(self) -> bool:
        """Whether a right response was not accepted, or another one was."""
        return (self.answer.decision is Decision.YES) != self.case.is_right

    @property
    def is_failure(self) -> bool:
        """Whether it is a mistake, or no verdict at all."""
        return self.is_mistake or self.answer.decision is Decision.NONE


@dataclass(frozen=True, kw_only=True)
class BenchMath:
    """Measure the verifier `math` beside math-verify: errors on labelled cases, time of a verdict, and bombs.

    A case is one JSON line {"id", "gold", "pred", "expected", "kind"}; "reference" and "response" are read too, and a
    case with a true "disputed" is left out. An undecided right answer counts as a false reject, as it is scored.

    Each grader has one process, whose main thread it keeps. CPU-ms are those of that process.
    """

    cases: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="(default: none)")] = None
    """Labelled cases."""
    bombs: bool = False
    """Play built-in bombs, each in a fresh process: towers, factorials, brackets, fractions, floods of characters."""
    alone: bool = False
    """Leave math-verify out."""
    by_kind: bool = False
    """One more table: errors of each kind of case."""
    failures: bool = False
    """Print each case that our verifier gets wrong or gives no verdict on, with its reason."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Measure and print."""
        from palestra.verifiers import VERIFIERS

        if self.cases is None and not self.bombs:
            raise UsageError("nothing to measure\n\nhint: give `--cases FILE`, `--bombs` or both")
        cases, num_disputed = _read_cases(self.cases) if self.cases is not None else ([], 0)
        VERIFIERS.make("math")  # complains here, where it is seen, if there is no verifier to measure
        graded = {side: list(_grade(side, cases)) for side in self._sides()} if cases else {}
        exploded = {side: list(_explode(side)) for side in self._sides()} if self.bombs else {}
        if self.json:
            write_json(self._to_json(graded, exploded, num_disputed))
            return EXIT_OK
        if graded:
            write(f"{len(cases)} cases, {num_disputed} disputed ones left out\n")
            _write_errors(graded)
            _write_speed(graded)
        if self.by_kind:
            _write_kinds(graded)
        if exploded:
            _write_bombs(exploded)
        if self.failures:
            _write_failures([*graded.get(Side.OURS, []), *exploded.get(Side.OURS, [])])
        return EXIT_OK

    def _sides(self) -> tuple[Side, ...]:
        return (Side.OURS,) if self.alone else (Side.OURS, Side.PEER)

    def _to_json(
        self, graded: dict[Side, list[Graded]], exploded: dict[Side, list[Graded]], num_disputed: int
    ) -> dict[str, object]:
        return {
            "disputed": num_disputed,
            "cases": {side: _facts(results) for side, results in graded.items()},
            "kinds": {side: {kind: _facts(some) for kind, some in _kinds(results)} for side, results in graded.items()}
            if self.by_kind
            else {},
            "bombs": {side: [_bomb_facts(one) for one in results] for side, results in exploded.items()},
            "failures": [
                {"id": one.case.id, "decision": one.answer.decision, "reason": one.answer.reason}
                for one in [*graded.get(Side.OURS, []), *exploded.get(Side.OURS, [])]
                if self.failures and one.is_failure
            ],
        }


def _read_cases(path: Path) -> tuple[list[MathCase], int]:
    """The cases of a file, and how many disputed ones it has besides."""
    cases, num_disputed = [], 0
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"`{path}` cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if row.get("disputed"):
                num_disputed += 1
                continue
            response, reference = row.get("response", row.get("pred")), row.get("reference", row.get("gold"))
            if not (isinstance(response, str) and isinstance(reference, str) and isinstance(row["expected"], bool)):
                raise TypeError("response and reference are texts, expected is true or false")
            kind = str(row.get("kind", "all"))
            cases.append(MathCase(str(row.get("id", number)), kind, response, reference, row["expected"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"line {number} of `{path}` is no case: {type(error).__name__}: {error}") from error
    return cases, num_disputed


def _grade(side: Side, cases: Iterable[MathCase]) -> Iterator[Graded]:
    process = GraderProcess(side)
    try:
        for case in cases:
            yield Graded(case, process.ask(case.response, case.reference))
    finally:
        process.close()


def _explode(side: Side) -> Iterator[Graded]:
    from palestra.verifiers.corpus import read_corpus

    for bomb in read_corpus(_BOMBS).cases:
        yield from _grade(side, [_math_case(bomb)])


def _math_case(case: Case) -> MathCase:
    return MathCase(case.id, case.stratum, case.response, case.reference, case.is_right)


def _errors(results: list[Graded], is_right: bool) -> tuple[int, Estimate]:
    """How many cases with this label there are, and the share that the grader gets wrong."""
    from palestra.verifiers.statistics import wilson

    these = [one for one in results if one.case.is_right is is_right]
    return len(these), wilson(sum(one.is_mistake for one in these), len(these))


def _kinds(results: list[Graded]) -> Iterator[tuple[str, list[Graded]]]:
    for kind in sorted({one.case.kind for one in results}):
        yield kind, [one for one in results if one.case.kind == kind]


def _count(results: list[Graded], decision: Decision) -> int:
    return sum(one.answer.decision is decision for one in results)


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def _facts(results: list[Graded]) -> dict[str, object]:
    times = [one.answer.ms for one in results]
    (num_right, rejects), (num_others, accepts) = _errors(results, True), _errors(results, False)
    return {
        "right": num_right,
        "false_rejects": rejects.to_json(),
        "others": num_others,
        "false_accepts": accepts.to_json(),
        "undecided": _count(results, Decision.UNDECIDED),
        "without_verdict": _count(results, Decision.NONE),
        "p50_ms": median(times),
        "p99_ms": _percentile(times, 99),
        "max_cpu_ms": max(one.answer.cpu_ms for one in results),
    }


def _bomb_facts(one: Graded) -> dict[str, object]:
    growth = one.answer.growth_mib
    return {
        "id": one.case.id,
        "kind": one.case.kind,
        "decision": one.answer.decision,
        "is_mistake": one.is_mistake,
        "cpu_ms": one.answer.cpu_ms,
        "growth_mib": growth,
    }


def _error_cells(results: list[Graded]) -> Iterator[str]:
    for is_right in (True, False):
        total, share = _errors(results, is_right)
        wrong = round(share.value * total) if total else 0
        yield f"{wrong} of {total}"
        yield f"{100 * share.value:.1f}% [{100 * share.low:.1f}, {100 * share.high:.1f}]" if total else "-"


def _write_errors(graded: dict[Side, list[Graded]]) -> None:
    rows: list[tuple[str, ...]] = [
        ("GRADER", "FALSE REJECTS", "95%", "FALSE ACCEPTS", "95%", "UNDECIDED", "NO VERDICT")
    ]
    for side, results in graded.items():
        lost = (str(_count(results, decision)) for decision in (Decision.UNDECIDED, Decision.NONE))
        rows.append((str(side), *_error_cells(results), *lost))
    write_columns(rows)


def _write_speed(graded: dict[Side, list[Graded]]) -> None:
    write()
    rows: list[tuple[str, ...]] = [("GRADER", "p50 ms", "p99 ms", "max CPU-ms")]
    medians: list[float] = []
    for side, results in graded.items():
        times = [one.answer.ms for one in results]
        medians.append(median(times))
        figures = (medians[-1], _percentile(times, 99), max(one.answer.cpu_ms for one in results))
        rows.append((str(side), *(f"{figure:.3f}" for figure in figures)))
    write_columns(rows)
    if len(medians) > 1:
        write(f"\nby the median, {Side.OURS} is {medians[1] / medians[0]:.1f} times as fast as {Side.PEER}")


def _write_kinds(graded: dict[Side, list[Graded]]) -> None:
    write()
    rows: list[tuple[str, ...]] = [("KIND", "GRADER", "FALSE REJECTS", "95%", "FALSE ACCEPTS", "95%")]
    split = {side: dict(_kinds(results)) for side, results in graded.items()}
    for kind in split.get(Side.OURS, {}):
        rows += [(kind, str(side), *_error_cells(kinds[kind])) for side, kinds in split.items()]
    write_columns(rows)


def _write_bombs(exploded: dict[Side, list[Graded]]) -> None:
    write()
    heads = [head for side in exploded for head in (f"{side}", "CPU-ms", "MiB")]
    rows: list[tuple[str, ...]] = [("BOMB", *heads)]
    for column in zip(*exploded.values(), strict=True):
        rows.append((column[0].case.id, *(cell for one in column for cell in _bomb_cells(one))))
    write_columns(rows)
    for side, results in exploded.items():
        slowest = max(one.answer.cpu_ms for one in results)
        largest = max(one.answer.growth_mib or 0.0 for one in results)
        wrong, lost = sum(one.is_mistake for one in results), _count(results, Decision.NONE)
        facts = f"{len(results)} bombs, {wrong} wrong, {lost} without a verdict"
        write(f"{side}: {facts}, at most {slowest:.1f} CPU-ms and {largest:.1f} MiB")


def _bomb_cells(one: Graded) -> tuple[str, str, str]:
    growth = one.answer.growth_mib
    mark = " (wrong)" if one.is_mistake else ""
    return f"{one.answer.decision}{mark}", f"{one.answer.cpu_ms:.1f}", "-" if growth is None else f"{growth:.1f}"


def _write_failures(results: list[Graded]) -> None:
    sys.stdout.flush()
    for one in results:
        if one.is_failure:
            what = "FALSE REJECT" if one.case.is_right else "FALSE ACCEPT" if one.is_mistake else "NO VERDICT"
            write(f"\n{what} {one.case.id} ({one.case.kind})")
            write(f"  reference  {printable(_short(one.case.reference))}")
            write(f"  response   {printable(_short(one.case.response))}")
            write(f"  reason     {printable(one.answer.reason)}")


def _short(text: str) -> str:
    shown = text if len(text) <= 2 * _QUOTED_CHARS else f"{text[:_QUOTED_CHARS]} ... {text[-_QUOTED_CHARS:]}"
    return shown.replace("\n", " ")
