"""What every back end promises: each end of a run is a value."""

import asyncio
import warnings

import pytest

from palestra.sandboxes import Limits, Program, RunResult, Sandbox, Status, SubprocessSandbox, run_sync


def _subprocess() -> Sandbox:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return SubprocessSandbox(allow_unsafe=True)


BACKENDS = {"subprocess": _subprocess}
SHORT = Limits(cpu_s=0.5, wall_s=1.0)


@pytest.fixture(params=sorted(BACKENDS))
def box(request: pytest.FixtureRequest) -> Sandbox:
    return BACKENDS[request.param]()


def _run(box: Sandbox, source: str, limits: Limits | None = None, stdin: bytes = b"") -> RunResult:
    return run_sync(box, Program.python(source, stdin=stdin), limits)


def test_keeps_the_protocol_and_names_itself(box: Sandbox) -> None:
    assert isinstance(box, Sandbox)
    result = _run(box, "print('hi')")
    assert (result.status, result.exit_code, result.stdout, result.stderr) == (Status.OK, 0, b"hi\n", b"")
    assert result.backend == box.report
    assert result.cpu_s > 0
    assert result.wall_s > 0
    assert result.peak_memory_bytes > 0


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("raise SystemExit(3)", Status.NONZERO),
        ("import os; os.kill(os.getpid(), 11)", Status.SIGNAL),
        ("import time; time.sleep(30)", Status.TLE_WALL),
        ("while True: pass", Status.TLE_CPU),
        ("x = bytearray(1 << 30)", Status.MLE),
        ("while True: print('x' * 10000)", Status.OLE),
        ("import sys\nwhile True: sys.stderr.write('x' * 10000)", Status.OLE),
        ("import signal; signal.signal(25, signal.SIG_DFL); open('f', 'wb').write(b'x' * (20 << 20))", Status.DISK),
    ],
)
def test_each_end_has_its_status(box: Sandbox, source: str, status: Status) -> None:
    limits = SHORT if status is Status.TLE_WALL else Limits(cpu_s=1.0, wall_s=10.0)
    result = _run(box, source, limits)
    assert result.status is status, result
    assert result.detail


def test_output_is_kept_up_to_the_limit(box: Sandbox) -> None:
    result = _run(box, "print('x' * 100000)", Limits(output_bytes=1000))
    assert (result.status, result.stdout, result.stdout_truncated) == (Status.OLE, b"x" * 1000, True)
    assert not result.stderr_truncated


def test_the_program_finds_its_files_and_its_whole_input(box: Sandbox) -> None:
    source = "import sys; print(open('a/b.txt').read(), len(sys.stdin.buffer.read()))"
    program = Program(
        argv=Program.python("").argv, stdin=b"\n" * (1 << 20), files={"main.py": source.encode(), "a/b.txt": b"hello"}
    )
    assert run_sync(box, program).stdout == b"hello 1048576\n"


def test_a_program_that_does_not_read_its_input_is_no_failure(box: Sandbox) -> None:
    assert _run(box, "print(1)", stdin=b"x" * (4 << 20)).status is Status.OK


def test_the_host_environment_stays_outside(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALESTRA_SECRET", "s3cret")
    program = Program(argv=("env",), env={"GIVEN": "1"})
    names = {line.partition(b"=")[0] for line in run_sync(box, program).stdout.splitlines()}
    assert names - {b"PWD", b"OLDPWD", b"SHLVL", b"_"} == {b"PATH", b"HOME", b"LANG", b"GIVEN"}


def test_a_missing_executable_is_the_programs_fault(box: Sandbox) -> None:
    assert run_sync(box, Program(argv=("no-such-program",))).status is Status.NONZERO


def test_every_run_has_a_fresh_place(box: Sandbox) -> None:
    _run(box, "open('left', 'w').write('x')")
    assert _run(box, "import os; print(os.listdir())").stdout == b"['main.py']\n"


def test_runs_side_by_side_and_inside_a_running_loop(box: Sandbox) -> None:
    async def main() -> list[RunResult]:
        inner = _run(box, "print(0)")
        others = await asyncio.gather(*(box.run(Program.python(f"print({i})"), Limits()) for i in range(1, 5)))
        return [inner, *others]

    assert [result.stdout for result in asyncio.run(main())] == [b"%d\n" % i for i in range(5)]


def test_a_cancelled_run_is_killed(box: Sandbox) -> None:
    async def main() -> None:
        run = asyncio.create_task(box.run(Program.python("import time; time.sleep(20)"), Limits(wall_s=20)))
        await asyncio.sleep(0.2)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    asyncio.run(asyncio.wait_for(main(), 5))
