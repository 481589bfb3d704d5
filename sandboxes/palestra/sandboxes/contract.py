"""The contract of `Sandbox` and `Session` as checks: what every caller may rely on, whatever the back end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from palestra.sandboxes.errors import SandboxFileError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.program import Command, Program, PythonScript
from palestra.sandboxes.report import Level
from palestra.sandboxes.result import RunResult, Status
from palestra.sandboxes.sandbox import Sandbox
from palestra.sandboxes.session import Session
from palestra.sandboxes.snapshot import Kind

Check = Callable[[Sandbox], str]
"""What is wrong with a sandbox; empty if nothing is."""

_ROOMY = Limits(cpu_s=20.0, wall_s=120.0)
_SHORT = Limits(cpu_s=1.0, wall_s=10.0)
_ENDS: Mapping[str, tuple[str, Limits, Status]] = MappingProxyType(
    {
        "another exit code": ("raise SystemExit(3)", _ROOMY, Status.NONZERO),
        "a signal": ("import os; os.kill(os.getpid(), 11)", _ROOMY, Status.SIGNAL),
        "the wall fuse": ("import time; time.sleep(30)", Limits(cpu_s=0.5, wall_s=1.0), Status.TLE_WALL),
        "the CPU limit": ("while True: pass", _SHORT, Status.TLE_CPU),
        "the CPU limit, with SIGXCPU ignored": (
            "import signal; signal.signal(24, signal.SIG_IGN)\nwhile True: pass",
            _SHORT,
            Status.TLE_CPU,
        ),
        "the memory limit": ("x = bytearray(1 << 30); x[::4096] = b'x' * (1 << 18)", _ROOMY, Status.MLE),
        "the output limit": ("while True: print('x' * 10000)", _ROOMY, Status.OLE),
        "the limit of standard error": (
            "import sys\nwhile True: sys.stderr.write('x' * 10000)",
            _ROOMY,
            Status.OLE,
        ),
        "the file limit": ("open('f', 'wb').write(b'x' * (20 << 20))", _ROOMY, Status.DISK),
        "the file limit, by its signal": (
            "import signal; signal.signal(25, signal.SIG_DFL); open('f', 'wb').write(b'x' * (20 << 20))",
            _ROOMY,
            Status.DISK,
        ),
    }
)


def _expect(name: str, found: object, right: object) -> str:
    return "" if found == right else f"{name} is {found!r:.200} where {right!r:.200} is right"


def _first(*faults: str) -> str:
    return next((fault for fault in faults if fault), "")


def _result_is_complete(box: Sandbox) -> str:
    result = box.run_sync(Program.python("print('hi')"), _ROOMY)
    found = (result.status, result.exit_code, result.signal, result.stdout, result.stderr)
    counted = min(result.cpu_s, result.wall_s, result.peak_memory_bytes) > 0
    return _first(
        _expect("the result", found, (Status.OK, 0, None, b"hi\n", b"")),
        _expect("its report", result.backend, box.report),
        _expect("its detail", result.detail, ""),
        "" if counted else f"a counter is 0: {result}",
        _expect("its JSON", result.to_json().get("status"), "OK"),
    )


def _ends_with(source: str, limits: Limits, status: Status) -> Check:
    def check(box: Sandbox) -> str:
        result = box.run_sync(Program.python(source), limits)
        return _first(
            _expect("the status", result.status, status)
            and f"{result.status} where {status} is right: {result!r:.300}",
            "" if result.detail else "it has no detail",
        )

    return check


def _output_is_cut_at_the_limit(box: Sandbox) -> str:
    result = box.run_sync(Program.python("print('x' * 100000)"), Limits(output_bytes=1000))
    found = (result.status, result.stdout, result.stdout_truncated, result.stderr_truncated)
    return _expect("the result", found, (Status.OLE, b"x" * 1000, True, False))


def _files_and_input_are_there(box: Sandbox) -> str:
    source = "import sys; print(open('a/b.txt').read(), len(sys.stdin.buffer.read()))"
    program = Program(entry=PythonScript(source=source), stdin=b"\n" * (1 << 20), files={"a/b.txt": b"hello"})
    return _expect("stdout", box.run_sync(program, _ROOMY).stdout, b"hello 1048576\n")


def _input_may_stay_unread(box: Sandbox) -> str:
    result = box.run_sync(Program.python("print(1)", stdin=b"x" * (4 << 20)), _ROOMY)
    return _expect("the result", (result.status, result.stdout), (Status.OK, b"1\n"))


def _environment_is_made_up(box: Sandbox) -> str:
    os.environ["PALESTRA_SECRET"] = "s3cret"
    try:
        result = box.run_sync(Program(entry=Command(argv=("env",)), env={"GIVEN": "1"}), _ROOMY)
    finally:
        del os.environ["PALESTRA_SECRET"]
    # Shells set the first four; a back end without a file system of its own says where temporary files go.
    ours = {b"PWD", b"OLDPWD", b"SHLVL", b"_", *({b"TMPDIR"} if box.report.level is Level.PARTIAL else ())}
    names = {line.partition(b"=")[0] for line in result.stdout.splitlines()} - ours
    return _expect("the environment", names, {b"PATH", b"HOME", b"LANG", b"GIVEN"})


def _a_missing_executable_is_the_programs_fault(box: Sandbox) -> str:
    return _expect("the status", box.run_sync(Program.command("no-such-program"), _ROOMY).status, Status.NONZERO)


def _every_run_has_a_fresh_place(box: Sandbox) -> str:
    box.run_sync(Program.python("open('left', 'w').write('x')"), _ROOMY)
    result = box.run_sync(Program.python("import os; print(os.listdir())"), _ROOMY)
    return _expect("what is there", result.stdout, b"['main.py']\n")


def _runs_side_by_side(box: Sandbox) -> str:
    async def main() -> list[RunResult]:
        inner = box.run_sync(Program.python("print(0)"), _ROOMY)
        return [inner, *await asyncio.gather(*(box.run(Program.python(f"print({i})"), _ROOMY) for i in range(1, 9)))]

    found = [result.stdout for result in asyncio.run(main())]
    return _expect("the outputs", found, [b"%d\n" % i for i in range(9)])


def _a_cancelled_run_is_killed(box: Sandbox) -> str:
    async def main() -> str:
        run = asyncio.create_task(box.run(Program.python("import time; time.sleep(100)"), Limits(wall_s=100.0)))
        await asyncio.sleep(0.3)
        run.cancel()
        try:
            await run
        except asyncio.CancelledError:
            # Its slot is free again: as many runs as there are slots come to their end.
            await asyncio.gather(*(box.run(Program.python(""), _ROOMY) for _ in range(box.admission.slots)))
            return ""
        return "the run was not cancelled"

    start = time.monotonic()
    fault = asyncio.run(main())
    return fault or ("" if time.monotonic() - start < 60 else "the run went on")


def _in_session(steps: Callable[[Session], Awaitable[str]]) -> Check:
    def check(box: Sandbox) -> str:
        async def main() -> str:
            async with await box.start(_ROOMY) as session:
                return await steps(session)

        return asyncio.run(main())

    return check


async def _files_stay(session: Session) -> str:
    first = await session.exec(Program.python("open('n', 'w').write('1')"), _ROOMY)
    await session.write("in/given.txt", b"\0\xff")
    source = "print(open('n').read(), open('in/given.txt', 'rb').read())"
    second = await session.exec(Program.python(source), _ROOMY)
    return _first(
        _expect("the first status", first.status, Status.OK),
        _expect("stdout", second.stdout, b"1 b'\\x00\\xff'\n"),
        _expect("what is read", await session.read("n"), b"1"),
    )


async def _entries_are_listed(session: Session) -> str:
    source = "import os; os.mkdir('d'); open('d/f', 'w').write('x'); os.symlink('f', 'd/l'); os.mkfifo('d/p')"
    await session.exec(Program.command("python3", "-c", source), _ROOMY)
    found = {entry.path: (entry.kind, entry.content, entry.target) for entry in await session.list("d")}
    right = {
        "d/f": (Kind.FILE, b"x", ""),
        "d/l": (Kind.LINK, b"", "f"),
        "d/p": (Kind.OTHER, b"", ""),
    }
    return _expect("the list", {path: found.get(path) for path in right}, right)


async def _changes_are_seen(session: Session) -> str:
    for name in ("same", "changed", "removed"):
        await session.write(name, b"1")
    before = await session.snapshot()
    await session.exec(Program.command("sh", "-c", "echo 2 > changed; rm removed; mkdir added; chmod 600 same"), _ROOMY)
    diff = await session.diff(before)
    found = (
        {entry.path for entry in diff.added},
        {entry.path for entry in diff.changed},
        set(diff.removed),
    )
    return _expect("the difference", found, ({"added"}, {"changed", "same"}, {"removed"}))


async def _forks_go_apart(session: Session) -> str:
    await session.write("f", b"1")
    before = await session.snapshot()
    await session.write("f", b"2")
    async with await session.fork() as late, await session.fork(before) as early:
        await late.write("g", b"3")
        found = [await late.read("f"), await early.read("f"), await session.read("f")]
        try:
            await session.read("g")
        except SandboxFileError:
            return _expect("the files", found, [b"2", b"1", b"2"])
    return "a file of the fork is in the session"


async def _mode_is_kept(session: Session) -> str:
    await session.write("run.sh", b"#!/bin/sh\necho $0 ran\n", mode=0o755)
    result = await session.exec(Program.command("./run.sh"), _ROOMY)
    return _expect("stdout", result.stdout, b"./run.sh ran\n")


async def _names_may_be_odd(session: Session) -> str:
    names = ["a b", "\u00fc", "-rf", "x" * 200, "new\nline"]
    for name in names:
        await session.write(name, name.encode())
    found = [(await session.read(name)).decode() for name in names]
    return _expect("the contents", found, names)


async def _limits_hold_in_a_session(session: Session) -> str:
    over = await session.exec(Program.python("while True: pass"), _SHORT)
    after = await session.exec(Program.python("print(1)"), _ROOMY)
    return _expect("the statuses", (over.status, after.status), (Status.TLE_CPU, Status.OK))


async def _processes_end_with_their_run(session: Session) -> str:
    daemon = "import os, time\nif os.fork() == 0:\n    time.sleep(2); open('late', 'w').close(); os._exit(0)\n"
    await session.exec(Program.python(daemon), _ROOMY)
    await asyncio.sleep(3)
    return _expect("the files", [entry.path for entry in await session.list() if entry.path == "late"], [])


CONTRACT: Mapping[str, Check] = MappingProxyType(
    {
        "a result is complete": _result_is_complete,
        **{f"ended by {name}": _ends_with(*end) for name, end in _ENDS.items()},
        "output is cut at the limit": _output_is_cut_at_the_limit,
        "files and input are there": _files_and_input_are_there,
        "input may stay unread": _input_may_stay_unread,
        "the environment is made up": _environment_is_made_up,
        "a missing executable is the program's fault": _a_missing_executable_is_the_programs_fault,
        "every run has a fresh place": _every_run_has_a_fresh_place,
        "runs side by side": _runs_side_by_side,
        "a cancelled run is killed": _a_cancelled_run_is_killed,
        "session: files stay": _in_session(_files_stay),
        "session: entries are listed": _in_session(_entries_are_listed),
        "session: changes are seen": _in_session(_changes_are_seen),
        "session: forks go apart": _in_session(_forks_go_apart),
        "session: the mode is kept": _in_session(_mode_is_kept),
        "session: names may be odd": _in_session(_names_may_be_odd),
        "session: limits hold": _in_session(_limits_hold_in_a_session),
        "session: processes end with their run": _in_session(_processes_end_with_their_run),
    }
)
"""Every check by name; all hold for every back end, whatever it promises."""
