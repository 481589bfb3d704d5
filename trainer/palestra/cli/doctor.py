"""`palestra doctor`: what works on this machine, and how to get the rest."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import printable, write, write_json

if TYPE_CHECKING:
    from palestra.cli.probes import Finding, Probe

_INDENT = 19
_MOST_COLUMNS = 110


@dataclass(frozen=True, kw_only=True)
class Doctor:
    """Look at this machine: what works here, and what to do for the rest.

    Looks at Python, processors, memory and the limits of control groups, /dev/shm, disks, sandboxes, Docker, torch,
    GPUs, vLLM (also in a `.venv*` beside this one), the quickstart's model and the extras. Nothing is changed, and
    nothing is asked of the network. Exit code 0 whatever is found; parts that are named (`palestra doctor vllm docker`)
    are tried in earnest, and the exit code is 1 if one of them does not work.
    """

    names: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="[PART ...]")] = ()
    """Only these parts: python, cpu, memory, shm, disk, sandbox, docker, torch, gpu, vllm, model, extras."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Ask and print."""
        from palestra.cli.probes import ask

        findings = ask(_chosen(self.names), in_earnest=bool(self.names))
        if self.json:
            write_json({"palestra": _version(), "parts": [found.to_json(name) for name, found in findings.items()]})
        else:
            _show(findings)
        is_lacking = any(not found.works for found in findings.values())
        return EXIT_FAILED if self.names and is_lacking else EXIT_OK


def _chosen(names: tuple[str, ...]) -> tuple[Probe, ...]:
    from palestra.cli.probes import PROBES

    known = {probe.name: probe for probe in PROBES}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            guess = f"; did you mean `{near[0]}`?" if near else ""
            raise UsageError(f"no part `{name}`{guess}\n\nhint: the parts are {', '.join(known)}")
    return tuple(known[name] for name in dict.fromkeys(names)) if names else PROBES


def _show(findings: Mapping[str, Finding]) -> None:
    width = max(50, min(shutil.get_terminal_size().columns, _MOST_COLUMNS))
    write(f"palestra {_version()}\n")
    for name, found in findings.items():
        # Paths and messages of drivers are not ours: they must not control the terminal.
        head = f"{found.state:<8}  {name:<{_INDENT - 10}}"
        write(_wrapped(printable(found.text), width, head))
        if found.advice:
            write(_wrapped(printable(found.advice), width, " " * (_INDENT - 6) + "hint: "))
    if sys.stdout.isatty() and all(name in findings for name in ("torch", "model")):
        ready = findings["torch"].works and findings["model"].works
        write(f"\nnext: `palestra {'train quickstart' if ready else 'play palestra/Countdown-v1'}`")


def _wrapped(text: str, width: int, head: str) -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=head,
        subsequent_indent=" " * _INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _version() -> str:
    try:
        return version("palestra")
    except PackageNotFoundError:
        return "(not installed)"
