"""`palestra verify`: judges a stream of responses."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from typing import Annotated

import tyro

from palestra.cli.cases import CASE_SHAPE, Judge, Judged, Line, UndecidedName
from palestra.cli.errors import EXIT_FAILED, EXIT_OK, EXIT_USAGE, UsageError, report

_MAX_REPORTS = 20
"""So many bad lines are named on standard error; all are on standard output."""
PATIENCE_S = 0.5
"""Seconds of judging before workers are started: a short input is done by then."""


@dataclass(frozen=True, kw_only=True)
class Verify:
    """Judge responses: one JSON case per line on standard input, one JSON verdict per line on standard output.

    A case is {"id", "response", "reference"}; its verdict is {"id", "score", "outcome", "detail"}, in the same
    order. UNKNOWN means that the verifier could not decide: the score is 0, with the probability that the response
    is right beside it as `p_correct`. ERROR is a failure of ours, its score null: it says nothing about the response.
    A line that is no case gives an ERROR in its place, and exit code 2 at the end.

    Input that takes more than half a second is shared among all cores.
    """

    name: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]
    """Name of the verifier; `palestra verifiers list` shows them."""
    jobs: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="(default: all cores)")] = None
    """How many cases are judged at once."""
    undecided: Annotated[
        UndecidedName | None, tyro.conf.arg(metavar="mask|strict|lenient", help_behavior_hint="(default: score 0)")
    ] = None
    """What becomes of UNKNOWN. mask: a null score; strict: FAIL; lenient: PASS where `p_correct` is at least 0.5."""
    reference_lint: bool = False
    """Judge nothing: print {"id", "reference", "problems"} for each doubtful reference; exit code 1 if there is one."""

    def run(self) -> int:
        """Judge until the input ends."""
        from palestra.cli.judging import make_judge
        from palestra.cli.lines import LineReader
        from palestra.cli.progress import ProgressBar

        if self.jobs is not None and self.jobs < 1:
            raise UsageError(f"`--jobs {self.jobs}` is no number of jobs\n\nhint: give at least 1")
        judge = make_judge(self.name, self.reference_lint, self.undecided)
        if sys.stdin.isatty():
            sys.stderr.write(f"{CASE_SHAPE}; Ctrl-D ends\n")
        reader = LineReader(sys.stdin.buffer)
        tally = _Tally()
        is_typed_or_read = sys.stdin.isatty() or sys.stdout.isatty()
        bar = ProgressBar(reader.total_bytes, is_wanted=not is_typed_or_read)
        with bar, closing(self._judge(judge, reader.chunks())) as results:
            for judged in results:
                tally.add(judged)
                # At once: a verdict that was given is never lost, whatever comes next.
                sys.stdout.write("".join(f"{one.text}\n" for one in judged if one.text is not None))
                sys.stdout.flush()
                bar.update(reader.num_bytes, f"{tally.num_lines} judged")
        return tally.exit_code()

    def _judge(self, judge: Judge, chunks: Iterator[list[Line]]) -> Generator[list[Judged], None, None]:
        """One after the other; side by side once that has taken long."""
        jobs, spent_s = self.jobs or _num_cores(), 0.0
        for chunk in chunks:
            for i, line in enumerate(chunk, start=1):
                started = time.perf_counter()
                judged = judge(line)
                spent_s += time.perf_counter() - started
                yield [judged]
                if jobs > 1 and spent_s > PATIENCE_S:
                    yield from self._judge_in_parallel(judge, chain([chunk[i:]], chunks), jobs)
                    return

    def _judge_in_parallel(self, judge: Judge, chunks: Iterator[list[Line]], jobs: int) -> Iterator[list[Judged]]:
        from palestra.cli.judging import ProcessWorkers, in_order

        filled = (chunk for chunk in chunks if chunk)
        if judge.verifier.traits.runs_code:
            # A verdict waits for programs in sandboxes, which are processes already.
            single = ([line] for chunk in filled for line in chunk)
            yield from in_order(lambda chunk: [judge(line) for line in chunk], single, jobs)
            return
        workers = ProcessWorkers(self.name, self.reference_lint, self.undecided)
        try:
            yield from in_order(workers, filled, jobs)
        finally:
            workers.close()


class _Tally:
    """Counts of what became of the lines; names bad ones on standard error."""

    def __init__(self) -> None:
        self.num_lines, self._num_bad, self._num_doubtful = 0, 0, 0

    def add(self, judged: list[Judged]) -> None:
        self.num_lines += len(judged)
        for one in judged:
            self._num_doubtful += one.is_doubtful
            if one.what is None:
                continue
            self._num_bad += 1
            if self._num_bad <= _MAX_REPORTS:
                report(f"{one.what}\n\nhint: {one.hint}")

    def exit_code(self) -> int:
        if self._num_bad > _MAX_REPORTS:
            report(f"{self._num_bad} lines in all are no cases\n\nhint: standard output names each of them")
        if self._num_bad:
            return EXIT_USAGE
        return EXIT_FAILED if self._num_doubtful else EXIT_OK


def _num_cores() -> int:
    from palestra.sandboxes.admission import num_cores

    return num_cores()
