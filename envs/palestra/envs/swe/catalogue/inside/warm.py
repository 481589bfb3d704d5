"""Many runs of one suite, each in a child process that finds pytest already loaded and a fresh copy of the files."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

from .suite import run_suite

_PRISTINE = "pristine"
_WORK = "work"


def main() -> None:
    """Read jobs from standard input, one JSON object; write one line for each as it ends."""
    request = json.load(sys.stdin)
    here = Path.cwd()
    for job in request["jobs"]:
        result = _in_child(here, {**request["suite"], **job})
        sys.stdout.write(json.dumps({"id": job["id"], **result}, separators=(",", ":")) + "\n")
        sys.stdout.flush()


def _in_child(here: Path, job: dict[str, Any]) -> dict[str, Any]:
    work = here / _WORK
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(here / _PRISTINE, work, symlinks=True)
    for path, content in job["files"].items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            (work / path).unlink()
        else:
            _write(work / path, content.encode("latin-1"))
    for path, offset, length, new in job["edits"]:
        content = (work / path).read_bytes()
        _write(work / path, content[:offset] + new.encode() + content[offset + length :])
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _work(work, job, writer)
    os.close(writer)
    try:
        report = _read(reader, job["wall_s"])
    finally:
        os.close(reader)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if report is None:
        return {"ended": "timeout"}
    try:
        return {"ended": "", **json.loads(report)}
    except ValueError:
        return {"ended": "died"}


def _work(work: Path, job: dict[str, Any], writer: int) -> None:
    """The child: run, report, and end without the handlers that code under test may have left."""
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
        null = os.open(os.devnull, os.O_RDWR)
        for stream in range(3):
            os.dup2(null, stream)
        sys.dont_write_bytecode = not job["keep_bytecode"]
        report = json.dumps(run_suite(str(work), job)).encode()
        if job["keep_bytecode"]:
            _keep_bytecode(work)
        while report:
            report = report[os.write(writer, report) :]
    finally:
        os._exit(0)


def _read(reader: int, wall_s: float) -> bytes | None:
    """All that a child writes; None when its time is over."""
    deadline = time.monotonic() + wall_s
    chunks: list[bytes] = []
    while True:
        if not select.select([reader], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return None
        chunk = os.read(reader, 1 << 20)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def _keep_bytecode(work: Path) -> None:
    """Lay the compiled files of an untouched run beside the pristine sources, which later runs copy."""
    for folder in work.rglob("__pycache__"):
        target = work.parent / _PRISTINE / folder.relative_to(work)
        shutil.copytree(folder, target, dirs_exist_ok=True)


def _write(source: Path, content: bytes) -> None:
    """Write a file and forget what was compiled of it: that counts as fresh when size and second are equal."""
    source.write_bytes(content)
    for compiled in source.parent.glob(f"__pycache__/{source.stem}.*.pyc"):
        compiled.unlink()
