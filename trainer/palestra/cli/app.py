"""From arguments to a command, and from errors to exit codes."""

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from palestra.cli.errors import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    UsageError,
    exit_code,
    missing_package,
    report,
)

# Name -> (where its arguments are declared, what it does). Only the command that is called is imported.
COMMANDS = {
    "envs": ("palestra.cli.envs:Envs", "list the environments, show one, or write its tasks to a file"),
    "new": ("palestra.cli.new:New", "write a package of your own with a working environment"),
    "play": ("palestra.cli.play:Play", "play an environment in the terminal"),
    "serve": ("palestra.cli.serve:Serve", "serve environments to other programs: over HTTP, or by MCP"),
    "audit": ("palestra.cli.audit:Audit", "audit environments: what cheating pays, and whether tasks repeat exactly"),
    "verifiers": ("palestra.cli.verifiers:Verifiers", "list the verifiers, show one, or measure its error rates"),
    "verify": ("palestra.cli.verify:Verify", "judge responses, JSON lines in and out"),
    "rates": ("palestra.cli.rates:Rates", "error rates of a verifier on your rollouts: draw, label, estimate, compare"),
    "audit-data": ("palestra.cli.audit_data:AuditData", "find suspect golds and duplicates in a data set"),
    "eval": ("palestra.cli.eval.command:Evaluate", "evaluate an agent, a model or an endpoint on held-out tasks"),
    "compare": ("palestra.cli.compare:Compare", "compare two runs on the same tasks, pair by pair"),
    "rescore": ("palestra.cli.rescore:Rescoring", "judge the rollouts of a run again, with another verifier"),
    "export": ("palestra.cli.export:Export", "write the rollouts of a run as Parquet, ATIF, ShareGPT or JSON lines"),
    "import": ("palestra.cli.importing:Import", "read rollouts, trajectories and conversations of other programs"),
    "swe": ("palestra.cli.swe:Swe", "list, build or validate the catalogue of tasks on repositories"),
    "sandbox": ("palestra.cli.sandbox:Sandboxes", "run a program in a sandbox, or attack one to see what holds"),
    "workers": ("palestra.cli.workers:Workers", "start vLLM servers for rollouts and watch them, or look at some"),
    "bench": (
        "palestra.cli.bench.command:Bench",
        "what environments, verdicts, rollouts, sandboxes and steps cost, beside others'",
    ),
    "doctor": ("palestra.cli.doctor:Doctor", "what works on this machine, and how to get the rest"),
    "completion": ("palestra.cli.completion:Completion", "print a script with which a shell completes these commands"),
    "lab": ("palestra.cli.lab:Lab", "what noise in rewards and what methods do to learning, in minutes on a CPU"),
    "train": ("palestra.cli.train:Train", "train a model; `palestra train quickstart` runs on a laptop CPU"),
    "view": ("palestra.cli.view:View", "look at a run or at rollouts: one HTML page, a live one, or a summary"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0, or 1 if the run failed, or 2 if it was called in a way that it cannot serve.
    """
    _open_closed_streams()
    # Neither a lone surrogate in an answer nor bytes that are no UTF-8 must end a run.
    for stream, errors in (
        (sys.stdin, "surrogateescape"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
    try:
        code = _run(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()  # here, where a closed pipe can still be told from a failure
    except BrokenPipeError:
        # The reader has gone (`palestra envs list | head`).
        _drop_output()
        return EXIT_FAILED
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        _drop_output()
        report(f"output cannot be written: {error.strerror}\n\nhint: look at where it goes; `palestra doctor disk`")
        return EXIT_FAILED
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return EXIT_INTERRUPTED
    return code


def _open_closed_streams() -> None:
    """A stream that was closed (`>&-`) leads nowhere; otherwise the next file that is opened would take its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115  it stays open


def _drop_output() -> None:
    """Python would fail once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    try:
        if not arguments or arguments[0] in ("-h", "--help"):
            from palestra.cli.front_page import front_page

            sys.stdout.write(front_page({name: summary for name, (_, summary) in COMMANDS.items()}))
            return EXIT_OK
        if arguments[0] == "--version":
            from importlib.metadata import version

            sys.stdout.write(f"palestra {version('palestra')}\n")
            return EXIT_OK
        command, overrides = _parse(arguments[0], arguments[1:])
        return int(command.run(overrides) if overrides else command.run())
    except SystemExit as exit_:  # tyro's, after help or a complaint
        return exit_.code if isinstance(exit_.code, int) else EXIT_OK
    except Exception as error:
        code = exit_code(error)
        if code is None and isinstance(error, OSError) and error.filename is not None:
            report(
                f"`{error.filename}`: {error.strerror}\n\nhint: check the path, its rights, and the room on its disk"
            )
            return EXIT_FAILED
        if code is None and (missing := missing_package(error)):
            report(missing)
            return EXIT_FAILED
        if code is None:
            raise  # a bug of ours: the traceback is what its report needs
        report(str(error) if "\n\nhint: " in str(error) else f"{error}\n\nhint: see `{_help_of(arguments)}`")
        return code


def _help_of(arguments: list[str]) -> str:
    return f"palestra {arguments[0]} --help" if arguments and arguments[0] in COMMANDS else "palestra --help"


def _parse(name: str, arguments: list[str]) -> tuple[Any, list[str]]:
    """The command, and for `train` the overrides that its configuration will read."""
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS, n=1)
        guess = f"; did you mean `{near[0]}`?" if near else ""
        hint = f"`palestra {near[0]} --help` says how to call it" if near else "`palestra` lists the commands"
        raise UsageError(f"no command `{name}`{guess}\n\nhint: {hint}")
    import tyro

    module, _, attribute = COMMANDS[name][0].partition(":")
    declaration: Any = getattr(importlib.import_module(module), attribute)
    overrides: list[str] = []
    if name == "train":
        from palestra.cli.train import split_overrides

        arguments, overrides = split_overrides(arguments)
    config = (tyro.conf.FlagCreatePairsOff, tyro.conf.OmitArgPrefixes, tyro.conf.OmitSubcommandPrefixes)
    complaint = io.StringIO()
    try:
        with contextlib.redirect_stderr(complaint):
            return tyro.cli(declaration, prog=f"palestra {name}", args=arguments, config=config), overrides
    except SystemExit as exit_:
        if exit_.code == EXIT_USAGE:
            report(_plain(complaint.getvalue()))
        raise


def _plain(box: str) -> str:
    """Tyro's box of a parsing error as `what` and a hint: its sections, without frame and title."""
    frame = "─│╭╮╰╯+|- "  # also those of terminals without Unicode
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", box).strip().splitlines()]
    text = "\n".join(line.strip("│| ") if line.strip(frame) else "" for line in lines[1:])  # rules become empty
    what, *hints = [" ".join(section.split()) for section in re.split(r"\n\s*\n", text) if section.strip()]
    what += _guess(what, hints)
    return f"{what}\n\nhint: {'; '.join(hints)}" if hints else what


def _guess(what: str, hints: list[str]) -> str:
    """Which of the commands that tyro lists was meant by the word that it did not know; empty if none is like it."""
    word = re.match(r"Unrecognized options: ([\w-]+)", what)
    listed = re.match(r"Available subcommands: (.+)", hints[0]) if hints else None
    near = get_close_matches(word[1], listed[1].split(", "), n=1) if word and listed else []
    return f"; did you mean `{near[0]}`?" if near else ""
