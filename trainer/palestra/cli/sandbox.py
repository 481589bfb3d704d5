"""`palestra sandbox list`, `palestra sandbox doctor` and `palestra sandbox run`."""

from __future__ import annotations

import shlex
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import printable, write, write_columns, write_json

if TYPE_CHECKING:
    from palestra.sandboxes import Limits, Program, RunResult, Sandbox
    from palestra.sandboxes.attacks import Finding
    from palestra.sandboxes.doctor import Examination, PropertyRow

_MIB = 1 << 20
_MOST_BYTES = 256 * _MIB
_COMPILE_C = 'gcc -O1 -o program {} -lm && exec ./program "$@"'
_EXECUTE = 'chmod +x {0} && exec ./{0} "$@"'

Backend = Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="(default: the strongest that works)")]
Count = Annotated[int, tyro.conf.arg(metavar="N")]


@dataclass(frozen=True, kw_only=True)
class SandboxList:
    """List the back ends, strongest first."""

    json: bool = False
    """Print one JSON object per back end."""

    def run(self) -> int:
        """Print the table."""
        from palestra.sandboxes import SANDBOXES

        if self.json:
            for row in SANDBOXES.values():
                write_json({"name": row.name, "summary": row.summary, "is_automatic": row.is_automatic})
        else:
            write_columns([("NAME", "WHAT"), *((row.name, row.summary) for row in SANDBOXES.values())])
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class SandboxDoctor:
    """Attack a back end on this machine: what it promises, how each promise was attacked, and whether it held.

    Takes up to a few minutes. Canaries (files, sockets, processes, shared memory) are planted on this machine
    meanwhile and taken away at the end. What a back end does not promise is not attacked. Exit code 1 if anything
    that is promised does not hold, or nothing isolates here.
    """

    backend: Backend = None
    """Which back end; `palestra sandbox list` shows them."""
    allow_unsafe: bool = False
    """Let `--backend subprocess` run, which isolates nothing."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Play the attacks and print the table."""
        from palestra.sandboxes.doctor import examine

        with _sandbox(self.backend, self.allow_unsafe) as sandbox:
            examination = examine(sandbox, _tell)
        if self.json:
            write_json(examination.to_json())
        else:
            _write_examination(examination)
        return EXIT_OK if examination.holds else EXIT_FAILED


@dataclass(frozen=True, kw_only=True)
class SandboxRun:
    """Run a program in a sandbox.

    A `.py` file, or Python source on standard input (`-`), runs as a Python script. A `.c` file is compiled by
    gcc inside the sandbox first, under the same limits. Any other file is executed: a script with its `#!` line or
    a binary. Arguments for the program come after `--`.

    Without --json the program's output is passed on (on a terminal without its control characters), the status is one
    line on standard error, and the exit code is 0 if the status is OK, else 1. With --json one object is printed, and
    the exit code is 0 whenever the program was run, however it ended; 1 if the sandbox failed (status INFRA).
    """

    file: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="FILE|-")]
    """The program; `-`: Python source on standard input."""
    args: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="[-- ARGS]")] = ()
    """Arguments of the program."""
    stdin: Annotated[Path | None, tyro.conf.arg(metavar="PATH|-", help_behavior_hint="(default: empty)")] = None
    """What the program reads on its standard input; `-`: what comes on ours."""
    cpu_s: Annotated[
        float | None, tyro.conf.arg(metavar="FLOAT", help_behavior_hint="(default: 5, or --wall-s if that is less)")
    ] = None
    """CPU seconds of all its processes together."""
    wall_s: Annotated[
        float | None, tyro.conf.arg(metavar="FLOAT", help_behavior_hint="(default: three times --cpu-s)")
    ] = None
    """Seconds on the clock: a fuse against sleeping."""
    memory_mb: Count = 512
    """MiB of memory of all its processes together."""
    pids: Count = 64
    """Processes and threads at once."""
    output_mb: Count = 16
    """MiB of standard output, and as many of standard error."""
    disk_mb: Count = 64
    """MiB of all its files together; they count as memory too."""
    file_mb: Count = 16
    """MiB of its largest file."""
    inodes: Count = 4096
    """Files and folders."""
    open_files: Count = 256
    """File descriptors open at once."""
    loopback: bool = False
    """Give it an empty network of its own with 127.0.0.1."""
    backend: Backend = None
    """Which back end; `palestra sandbox list` shows them."""
    allow_unsafe: bool = False
    """Let `--backend subprocess` run, which isolates nothing."""
    json: bool = False
    """Print the result as one JSON object."""

    def run(self) -> int:
        """Run the program and print what came of it."""
        from palestra.sandboxes import Status

        program, limits = self._program(), self._limits()
        with _sandbox(self.backend, self.allow_unsafe) as sandbox:
            result = sandbox.run_sync(program, limits)
        if self.json:
            write_json(result.to_json())
            return EXIT_FAILED if result.status is Status.INFRA else EXIT_OK
        _write_result(result)
        return EXIT_OK if result.status is Status.OK else EXIT_FAILED

    def _limits(self) -> Limits:
        from palestra.sandboxes import Limits

        cpu_s = self.cpu_s
        if cpu_s is None:
            cpu_s = Limits().cpu_s if self.wall_s is None else min(Limits().cpu_s, self.wall_s)
        try:
            return Limits(
                cpu_s=cpu_s,
                wall_s=3 * cpu_s if self.wall_s is None else self.wall_s,
                memory_bytes=self.memory_mb * _MIB,
                pids=self.pids,
                output_bytes=self.output_mb * _MIB,
                file_bytes=self.file_mb * _MIB,
                disk_bytes=self.disk_mb * _MIB,
                inodes=self.inodes,
                open_files=self.open_files,
                loopback=self.loopback,
            )
        except ValueError as error:
            raise _usage(error) from error

    def _program(self) -> Program:
        from palestra.sandboxes import Command, Program, PythonScript

        if self.file == "-" and self.stdin == Path("-"):
            raise UsageError("both the program and its input are `-`\n\nhint: put one of them into a file")
        content = _content(Path(self.file))
        stdin = b"" if self.stdin is None else _content(self.stdin)
        try:
            if self.file == "-" or self.file.endswith(".py"):
                source = content.decode("utf-8-sig", "surrogateescape")
                return Program(entry=PythonScript(source=source, args=self.args), stdin=stdin)
            name = Path(self.file).name
            line = (_COMPILE_C if name.endswith(".c") else _EXECUTE).format(shlex.quote(name))
            entry = Command(argv=("sh", "-c", line, "sh", *self.args))
            return Program(entry=entry, files={name: content}, stdin=stdin)
        except ValueError as error:
            raise _usage(error) from error


Sandboxes = (
    Annotated[SandboxList, tyro.conf.subcommand("list")]
    | Annotated[SandboxDoctor, tyro.conf.subcommand("doctor")]
    | Annotated[SandboxRun, tyro.conf.subcommand("run")]
)


def _usage(error: ValueError) -> UsageError:
    text = str(error)
    return UsageError(text if "\n\nhint: " in text else f"{text}\n\nhint: see `palestra sandbox run --help`")


def _content(path: Path) -> bytes:
    if path == Path("-"):
        return sys.stdin.buffer.read()
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)  # a device may never end
        if len(content) > _MOST_BYTES:
            raise UsageError(f"`{path}` is longer than {_MOST_BYTES // _MIB} MiB\n\nhint: give a smaller file")
        return content
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}\n\nhint: give a file, or `-`") from error


def _sandbox(backend: str | None, allow_unsafe: bool) -> Sandbox:
    from palestra.sandboxes import SubprocessSandbox, make, pick

    if backend is None:
        return pick()
    if backend == "subprocess" and allow_unsafe:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sandbox = SubprocessSandbox(allow_unsafe=True)
        sys.stderr.write("warning: `subprocess` isolates nothing from this machine's files and network\n")
        return sandbox
    return make(backend)


def _tell(finding: Finding) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\x1b[2K\r{finding.proves}: {finding.attack} {finding.outcome}")
        sys.stderr.flush()


def _write_examination(examination: Examination) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\x1b[2K\r")
    backend = examination.backend
    write(f"{backend.name} version {backend.version}, level {backend.level.name}\n")
    write_columns([("PROPERTY", "HELD", "PROMISED", "ATTACKED BY"), *map(_cells, examination.rows)])
    broken = [finding for row in examination.rows for finding in row.findings if finding.outcome != "held"]
    if broken:
        write()
        write_columns((f"{finding.outcome}:", finding.attack, finding.evidence) for finding in broken)
    write()
    write("everything that is promised holds" if examination.holds else "NOT everything that is promised holds")


def _cells(row: PropertyRow) -> tuple[str, str, str, str]:
    promised = row.promised or (f"partly: {row.gap}" if row.gap else "no")
    held = {True: "yes", False: "NO", None: "not tried" if row.promised else "-"}[row.holds]
    return row.name.value, held, promised, ", ".join(finding.attack for finding in row.findings) or "-"


def _write_result(result: RunResult) -> None:
    for stream, data in ((sys.stdout, result.stdout), (sys.stderr, result.stderr)):
        stream.flush()
        # On a terminal nothing that an untrusted program wrote may move the cursor or type; elsewhere its bytes count.
        stream.buffer.write(printable(data.decode(errors="replace")).encode() if stream.isatty() else data)
        stream.buffer.flush()
    peak = result.peak_memory_bytes / _MIB
    line = (
        f"{result.status}: {result.cpu_s:.3f} s CPU, {result.wall_s:.3f} s wall, {peak:.0f} MiB, {result.backend.name}"
    )
    sys.stderr.write(f"{line}; {result.detail}\n" if result.detail else f"{line}\n")
