"""From arguments to a command, and from errors to exit codes."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import re
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from palestra.cli.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, UsageError, exit_code, report

# Name -> (where its arguments are declared, what it does). Only the command that is called is imported.
COMMANDS = {
    "envs": ("palestra.cli.envs:Envs", "list the environments, show one, or write its tasks to a file"),
    "new": ("palestra.cli.new:New", "write a package of your own with a working environment"),
    "play": ("palestra.cli.play:Play", "play an environment in the terminal"),
    "serve": ("palestra.cli.serve:Serve", "serve an environment to programs of other kinds"),
    "audit": ("palestra.cli.audit:Audit", "audit environments: what cheating pays, and whether tasks repeat exactly"),
    "verifiers": ("palestra.cli.verifiers:Verifiers", "list the verifiers, show one, or measure its error rates"),
    "verify": ("palestra.cli.verify:Verify", "judge responses, JSON lines in and out"),
    "rates": ("palestra.cli.rates:Rates", "error rates of a verifier on your rollouts: draw, label, estimate, compare"),
    "audit-data": ("palestra.cli.audit_data:AuditData", "find suspect golds and duplicates in a data set"),
    "eval": ("palestra.cli.evaluate:Evaluate", "evaluate an agent, a model or an endpoint on held-out tasks"),
    "compare": ("palestra.cli.compare:Compare", "compare two runs on the same tasks, pair by pair"),
    "rescore": ("palestra.cli.rescore:Rescoring", "judge the rollouts of a run again, with another verifier"),
    "swe": ("palestra.cli.swe:Swe", "list, build or validate the catalogue of tasks on repositories"),
    "sandbox": ("palestra.cli.sandbox:Sandboxes", "run a program in a sandbox, or attack one to see what holds"),
    "workers": ("palestra.cli.workers:Workers", "start vLLM servers for rollouts and watch them, or look at some"),
    "bench": (
        "palestra.cli.bench:Bench",
        "measure sandboxes on this machine, or environments and the verifier of mathematics beside their peers",
    ),
    "lab": ("palestra.cli.lab:Lab", "what noise in rewards and what methods do to learning, in minutes on a CPU"),
    "train": ("palestra.cli.train:Train", "train a model; `palestra train quickstart` runs on a laptop CPU"),
    "view": ("palestra.cli.view:View", "look at a run or at rollouts: one HTML page, a live one, or a summary"),
}

_HELP = f"""usage: palestra COMMAND ...

Verifiable-reward environments, verifiers and a GRPO trainer for language models.

commands:
{chr(10).join(f"  {name:<10} {summary}" for name, (_, summary) in COMMANDS.items())}

options:
  -h, --help  show this text; `palestra COMMAND --help` shows that of a command
  --version   show the version

exit codes: 0 done, 1 the run failed, 2 the call was wrong
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0, or 1 if the run failed, or 2 if it was called in a way that it cannot serve.
    """
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
        # The reader has gone (`palestra envs list | head`). Python would fail once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted\n")
        return EXIT_INTERRUPTED
    return code


def _run(arguments: list[str]) -> int:
    try:
        if not arguments or arguments[0] in ("-h", "--help"):
            (sys.stdout if arguments else sys.stderr).write(_HELP)
            return EXIT_OK if arguments else EXIT_USAGE
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
        raise UsageError(f"no command `{name}`{guess}\n\nhint: the commands are {', '.join(COMMANDS)}")
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
    return f"{what}\n\nhint: {'; '.join(hints)}" if hints else what
