"""Probes that cannot hang: each on a thread of its own with a deadline, and what is heavy in a child process."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence

from palestra.cli.probes.finding import Finding, Probe, State

_MOST_OUTPUT = 1 << 20


class ChildError(Exception):
    """A child process did not answer; the message says why, in a few words."""


def ask(probes: Sequence[Probe], *, in_earnest: bool) -> dict[str, Finding]:
    """What the probes find, all at once; never raises, and takes no longer than the longest deadline.

    Args:
        probes: The questions.
        in_earnest: Whether a person asked for these by name.

    Returns:
        The findings by name, in the order of the probes; one that overran its deadline or broke is UNKNOWN.
    """
    begun = time.monotonic()
    answers = {probe.name: _begin(probe, in_earnest) for probe in probes}
    return {probe.name: _await(answers[probe.name], begun + probe.deadline(in_earnest), probe) for probe in probes}


def _begin(probe: Probe, in_earnest: bool) -> queue.SimpleQueue[Finding]:
    answer: queue.SimpleQueue[Finding] = queue.SimpleQueue()

    def look() -> None:
        try:
            answer.put(probe.look(in_earnest))
        except Exception as error:  # noqa: BLE001  a probe that breaks is a finding, and no reason to stop the others
            text = f"the probe broke: {type(error).__name__}: {error}".splitlines()[0]
            answer.put(Finding(state=State.UNKNOWN, text=text, advice="please report this"))

    # A daemon: one that hangs, e.g. on a dead network disk, must not keep the process from ending.
    threading.Thread(target=look, name=f"probe-{probe.name}", daemon=True).start()
    return answer


def _await(answer: queue.SimpleQueue[Finding], until: float, probe: Probe) -> Finding:
    try:
        return answer.get(timeout=max(0.0, until - time.monotonic()))
    except queue.Empty:
        return Finding(
            state=State.UNKNOWN,
            text="no answer in time",
            advice=f"`palestra doctor {probe.name}` asks it alone; a busy machine or a hung disk makes it slow",
        )


def child_says(argv: Sequence[str], *, deadline_s: float, environment: Mapping[str, str] | None = None) -> str:
    """What a program prints on its standard output.

    Raises:
        ChildError: It cannot be started, does not end in time (it and its children are killed), or fails.
    """
    try:
        child = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if environment is None else {**os.environ, **environment},
            start_new_session=True,
        )
    except OSError as error:
        raise ChildError(f"`{argv[0]}` cannot be started: {error.strerror}") from error
    with child:  # closes its pipes and waits for it
        try:
            out, err = child.communicate(timeout=deadline_s)
        except subprocess.TimeoutExpired as error:
            raise ChildError(f"it did not answer in {deadline_s:.0f} s") from error
        finally:
            # Its session has its process id as long as anything of it lives.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
    if child.returncode != 0:
        lines = err.decode(errors="replace").strip().splitlines()
        raise ChildError(lines[-1][:300] if lines else f"it ended with {child.returncode}")
    return out[:_MOST_OUTPUT].decode(errors="replace")


def python_says(python: str, code: str, *, deadline_s: float) -> Mapping[str, object]:
    """The JSON object that Python code prints last, in a process of its own.

    Raises:
        ChildError: See `child_says`; or it printed none.
    """
    # No proxies, no hub: nothing here may reach for the network.
    out = child_says([python, "-c", code], deadline_s=deadline_s, environment={"HF_HUB_OFFLINE": "1"})
    try:
        found = json.loads(out.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise ChildError("it printed no answer") from error
    if not isinstance(found, dict):
        raise ChildError("it printed no answer")
    return found
