"""Many lines judged at once, in order, by processes or by threads.

A worker process is this module started anew. It reads chunks on standard input until that ends, so none outlives the
one who started it, and it has its own session, so an interrupt at the terminal reaches the command alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, Full, Queue, SimpleQueue
from typing import IO

from palestra.cli.cases import Judge, Judged, Line, ReferenceLint, UndecidedName, VerdictJudge
from palestra.cli.errors import WorkerError

JudgeChunk = Callable[[list[Line]], list[Judged]]


def make_judge(name: str, is_lint: bool, undecided: UndecidedName | None) -> Judge:
    """What judges each line.

    Raises:
        UnknownVerifierError: No verifier has this name.
    """
    from palestra.verifiers import VERIFIERS

    verifier = VERIFIERS.make(name)
    return ReferenceLint(verifier) if is_lint else VerdictJudge(verifier, undecided)


class ProcessWorkers:
    """Judges chunks in processes that are started when first needed and kept."""

    def __init__(self, name: str, is_lint: bool, undecided: UndecidedName | None) -> None:
        # The path is handed on, so that a checkout that is not installed works too.
        self._code = f"import sys; sys.path[:] = {sys.path!r}; from palestra.cli.judging import serve; serve()"
        self._arguments = [name, json.dumps(is_lint), json.dumps(undecided)]
        self._idle: SimpleQueue[_WorkerProcess] = SimpleQueue()
        self._all: list[_WorkerProcess] = []

    def __call__(self, chunk: list[Line]) -> list[Judged]:
        """What became of each line.

        Raises:
            WorkerError: The process has ended.
        """
        try:
            worker = self._idle.get_nowait()
        except Empty:
            worker = _WorkerProcess([sys.executable, "-c", self._code, *self._arguments])
            self._all.append(worker)
        judged = worker.judge(chunk)
        self._idle.put(worker)
        return judged

    def close(self) -> None:
        """End the processes, whatever they do."""
        for worker in self._all:
            worker.kill()


class _WorkerProcess:
    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)

    def judge(self, chunk: list[Line]) -> list[Judged]:
        requests, answers = self._process.stdin, self._process.stdout
        assert requests is not None
        assert answers is not None
        try:
            # The worker reads all of a chunk before it answers: neither waits for the other with full pipes.
            requests.write(json.dumps([[line.number, len(line.data), line.is_whole] for line in chunk]).encode())
            requests.write(b"\n")
            for line in chunk:
                requests.write(line.data)
            requests.flush()
            rows = json.loads(answers.readline())
        except (OSError, ValueError) as error:
            code = self._process.wait()
            raise WorkerError(
                f"a worker process ended with `{code}` while it judged lines {chunk[0].number} to {chunk[-1].number}"
                "\n\nhint: a negative number is the signal that killed it, -9 where memory ran out; try `--jobs 1`"
            ) from error
        return [Judged(*row) for row in rows]

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):  # what was buffered for it has no reader
                pipe.close()


def serve() -> None:
    """Be a worker process: judge the chunks on standard input until it ends."""
    name, is_lint, undecided = sys.argv[1:]
    judge = make_judge(name, json.loads(is_lint), json.loads(undecided))
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        while head := requests.readline():
            judged = map(judge, _read_chunk(head, requests))
            rows = [[one.text, one.what, one.hint, one.is_doubtful] for one in judged]
            answers.write(json.dumps(rows).encode() + b"\n")
            answers.flush()
    except (BrokenPipeError, ValueError):  # the one who asked is gone, in the middle of a chunk or of an answer
        os._exit(1)


def _read_chunk(head: bytes, requests: IO[bytes]) -> list[Line]:
    return [Line(number, requests.read(size), is_whole) for number, size, is_whole in json.loads(head)]


def in_order(judge_chunk: JudgeChunk, chunks: Iterator[list[Line]], jobs: int) -> Generator[list[Judged], None, None]:
    """What became of each chunk, in their order, judged by so many threads at once.

    At most a few chunks for each thread are read ahead, so an endless input takes no more memory than a short one.
    """
    waiting: Queue[Future[list[Judged]] | None] = Queue(maxsize=2 * jobs)
    stopped = threading.Event()
    pool = ThreadPoolExecutor(jobs)

    def read() -> None:
        last: Future[list[Judged]] = Future()
        try:
            for chunk in chunks:
                if stopped.is_set() or not _put(waiting, pool.submit(judge_chunk, chunk), stopped):
                    return
            _put(waiting, None, stopped)
        except BaseException as error:  # noqa: BLE001  not lost: the one who waits for results raises it
            last.set_exception(error)
            _put(waiting, last, stopped)

    # A daemon: an input that says nothing must not hold up an interrupt.
    threading.Thread(target=read, daemon=True).start()
    try:
        while (future := waiting.get()) is not None:
            yield future.result()
    finally:
        stopped.set()
        pool.shutdown(wait=False, cancel_futures=True)


def _put(
    queue: Queue[Future[list[Judged]] | None], item: Future[list[Judged]] | None, stopped: threading.Event
) -> bool:
    """Put it as soon as there is room; False where nobody waits for it any more."""
    while not stopped.is_set():
        try:
            queue.put(item, timeout=0.2)
        except Full:
            continue
        return True
    return False
