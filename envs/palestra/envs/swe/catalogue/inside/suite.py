"""One run of a test suite in this process: which tests pass, how they fail, and which lines they reach."""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

_MESSAGE_CHARS = 400
AT_IMPORT = -1
"""Reached while the suite is collected: by no test alone, so by all."""


class Collector:
    """A pytest plugin that chooses and orders the tests, and keeps what becomes of each."""

    def __init__(self, job: dict[str, Any], tracer: Tracer | None) -> None:
        self.wanted = None if job["tests"] is None else set(job["tests"])
        self.seed: int | None = job["seed"]
        self.repeats: int = job["repeats"]
        self.tracer = tracer
        self.is_steady = True
        self.collected: list[str] = []
        self.outcomes: dict[str, str] = {}
        self.messages: dict[str, str] = {}
        self.seconds: dict[str, float] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the wanted tests, in an order of the seed."""
        self.collected = [item.nodeid for item in items]
        if self.wanted is not None:
            items[:] = [item for item in items if item.nodeid in self.wanted]
        if self.seed is not None:
            random.Random(self.seed).shuffle(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be read counts as a complaint, so that a report without outcomes says why."""
        if report.failed:
            self.messages[report.nodeid] = str(report.longrepr)[-_MESSAGE_CHARS:]

    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Once the modules are loaded: run the tests in a child, and those that fail in more, in other orders."""
        if not self.repeats or session.testsfailed or self.seed is None:
            return None
        first = self._in_child(session, session.items)
        self.outcomes, self.messages, self.seconds = first["outcomes"], first["messages"], first["seconds"]
        failed = {name for name, outcome in self.outcomes.items() if outcome == "failed"}
        items = [item for item in session.items if item.nodeid in failed]
        for repeat in range(1, self.repeats + 1 if failed else 0):
            random.Random(self.seed + repeat).shuffle(items)
            outcomes = self._in_child(session, items)["outcomes"]
            self.is_steady &= {name for name, outcome in outcomes.items() if outcome == "failed"} == failed
        return True

    def _in_child(self, session: pytest.Session, items: list[pytest.Item]) -> dict[str, Any]:
        """What becomes of tests in a copy of this process, which they may do to as they like."""
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.close(reader)
                self.outcomes, self.messages, self.seconds = {}, {}, {}
                for item, following in zip(items, [*items[1:], None], strict=True):
                    item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
                found = {"outcomes": self.outcomes, "messages": self.messages, "seconds": self.seconds}
                with os.fdopen(writer, "w") as stream:
                    json.dump(found, stream)
            finally:
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as stream:
            report = stream.read()
        os.waitpid(child, 0)
        if not report:
            os._exit(1)  # a test has ended its process: the whole run counts as dead
        told: dict[str, Any] = json.loads(report)
        return told

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Any:
        """Trace a test under its place in the collection."""
        if self.tracer is None:
            return (yield)
        self.tracer.test = self.collected.index(item.nodeid)
        try:
            return (yield)
        finally:
            self.tracer.test = AT_IMPORT

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test passes when all its phases do; skipped ones are neither."""
        name = report.nodeid
        self.seconds[name] = self.seconds.get(name, 0.0) + report.duration
        if report.failed:
            self.outcomes[name] = "failed"
            crash = getattr(report.longrepr, "reprcrash", None)
            self.messages.setdefault(name, (crash.message if crash else str(report.longrepr))[:_MESSAGE_CHARS])
        elif report.skipped:
            self.outcomes[name] = self.outcomes.get(name, "skipped").replace("passed", "skipped")
        else:
            self.outcomes.setdefault(name, "passed")


class Tracer:
    """Which tests reach which lines of the files beneath a folder."""

    def __init__(self, folder: str, sources: list[str]) -> None:
        self.folder = folder + os.sep
        self.sources = tuple(str(Path(folder, source)) for source in sources)
        self.test = AT_IMPORT
        self.reached: dict[str, dict[int, set[int]]] = {}
        self._lines: dict[CodeType, dict[int, set[int]] | None] = {}

    def start(self) -> None:
        """Trace this thread and those that it starts."""
        threading.settrace(self._call)
        sys.settrace(self._call)

    def _call(self, frame: FrameType, event: str, arg: object) -> Any:
        code = frame.f_code
        try:
            lines = self._lines[code]
        except KeyError:
            path = code.co_filename
            is_source = path.startswith(self.sources)
            lines = self.reached.setdefault(path[len(self.folder) :], {}) if is_source else None
            self._lines[code] = lines
        if lines is None:
            return None
        found = lines

        def line(frame: FrameType, event: str, arg: object) -> Any:
            if event == "line":
                found.setdefault(frame.f_lineno, set()).add(self.test)
            return line

        return line

    def to_json(self) -> dict[str, dict[str, list[int]]]:
        """Path -> line -> numbers of the tests, in the order of the collection."""
        return {
            path: {str(line): sorted(tests) for line, tests in lines.items()} for path, lines in self.reached.items()
        }


def run_suite(folder: str, job: dict[str, Any]) -> dict[str, Any]:
    """Run the tests of a job in a folder, which becomes the working one.

    Args:
        folder: The repository.
        job: `paths` (of modules), `arguments` and `targets` (of pytest), `tests` (node ids, or None for all), `seed`,
            `repeats` (of failing tests), `trace` (files of the source).
    """
    os.chdir(folder)
    sys.path[:0] = [str(Path(folder, path)) for path in job["paths"]]
    tracer = Tracer(folder, job["trace"]) if job["trace"] else None
    collector = Collector(job, tracer)
    if tracer:
        tracer.start()
    code = pytest.main([*job["arguments"], f"--rootdir={folder}", *job["targets"]], plugins=[collector])
    sys.settrace(None)
    return {
        "exit": int(code),
        "collected": collector.collected,
        "steady": collector.is_steady,
        "outcomes": collector.outcomes,
        "messages": collector.messages,
        "seconds": {name: round(seconds, 4) for name, seconds in collector.seconds.items()},
        "reached": tracer.to_json() if tracer else {},
    }
