"""Attacks on exit and channel: output without end, pipes that stay open, forged endings, a provoked failure."""

from __future__ import annotations

from palestra.sandboxes.attacks.attack import STRICT, Attack, Judge, Trial, script
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.report import Property
from palestra.sandboxes.result import RunResult, Status

_CAPPED = Limits(cpu_s=5.0, wall_s=20.0, output_bytes=1 << 20)
_HELD_OPEN = Limits(cpu_s=4.0, wall_s=10.0)
_OK, _NONZERO = frozenset({Status.OK}), frozenset({Status.NONZERO})


def _cut(result: RunResult) -> str:
    kept = max(len(result.stdout), len(result.stderr))
    return "" if kept == _CAPPED.output_bytes else f"{kept} bytes were kept of {_CAPPED.output_bytes}"


def _is_like(*, exit_code: int | None, stdout: bytes, signal: int | None = None) -> Judge:
    def judge(result: RunResult) -> str:
        found = (result.exit_code, result.signal, result.stdout)
        return "" if found == (exit_code, signal, stdout) else f"it looks like {found!r:.80}"

    return judge


_ENDS: tuple[tuple[str, str, Status, Judge], ...] = (
    ("sys.exit(0)", "import sys; print('a'); sys.exit(0); print('b')", Status.OK, _is_like(exit_code=0, stdout=b"a\n")),
    (
        "os._exit(0)",
        "import os; print('a', flush=True); os._exit(0)",
        Status.OK,
        _is_like(exit_code=0, stdout=b"a\n"),
    ),
    (
        "posix._exit(3)",
        "import posix; print('lost'); posix._exit(3)",
        Status.NONZERO,
        _is_like(exit_code=3, stdout=b""),
    ),
    (
        "_exit of the C library",
        "import ctypes; ctypes.CDLL(None)._exit(4)",
        Status.NONZERO,
        _is_like(exit_code=4, stdout=b""),
    ),
    (
        "exec /bin/true",
        "import os; os.execv('/bin/true', ['true']); print('b')",
        Status.OK,
        _is_like(exit_code=0, stdout=b""),
    ),
    (
        "excepthook that exits",
        "import os, sys\nsys.excepthook = lambda *_: os._exit(0)\nassert False",
        Status.OK,
        _is_like(exit_code=0, stdout=b""),
    ),
    (
        "atexit that exits",
        "import atexit, os\natexit.register(os._exit, 0)\nraise ValueError",
        Status.OK,
        _is_like(exit_code=0, stdout=b""),
    ),
    ("abort", "import os; os.abort()", Status.SIGNAL, _is_like(exit_code=None, signal=6, stdout=b"")),
    (
        "segmentation fault",
        "import ctypes; ctypes.string_at(0)",
        Status.SIGNAL,
        _is_like(exit_code=None, signal=11, stdout=b""),
    ),
    (
        "SIGKILL to itself",
        "import os; os.kill(os.getpid(), 9)",
        Status.SIGNAL,
        _is_like(exit_code=None, signal=9, stdout=b""),
    ),
    (
        "a real-time signal",
        "import os; os.kill(os.getpid(), 40)",
        Status.SIGNAL,
        _is_like(exit_code=None, signal=40, stdout=b""),
    ),
    ("exit code 137", "import os; os._exit(137)", Status.NONZERO, _is_like(exit_code=137, stdout=b"")),
    (
        "a thread that goes on",
        "import os, threading, time\nthreading.Thread(target=time.sleep, args=(30,)).start()\nos._exit(5)",
        Status.NONZERO,
        _is_like(exit_code=5, stdout=b""),
    ),
    (
        "closed streams",
        "import os\nfor fd in (0, 1, 2): os.close(fd)\nos._exit(6)",
        Status.NONZERO,
        _is_like(exit_code=6, stdout=b""),
    ),
    (
        "10 MiB at once",
        "import sys; sys.stdout.write('x' * (10 << 20))",
        Status.OK,
        _is_like(exit_code=0, stdout=b"x" * (10 << 20)),
    ),
)

_PYTHON_ENDS: tuple[Trial, ...] = tuple(
    Attack(
        name=name,
        proves=Property.OUTPUT,
        how=f"ends by {name}" if status is not Status.OK else f"ends by {name}, as if all were well",
        source=source,
        statuses=frozenset({status}),
        held=judge,
    )
    for name, source, status, judge in _ENDS
)

CHANNELS: tuple[Trial, ...] = (
    Attack(
        name="output bomb",
        proves=Property.OUTPUT,
        how="standard output without end",
        source="while True: print('x' * 10000)",
        limits=_CAPPED,
        statuses=frozenset({Status.OLE}),
        held=_cut,
    ),
    Attack(
        name="error bomb",
        proves=Property.OUTPUT,
        how="standard error without end",
        source="import sys\nwhile True: sys.stderr.write('x' * 10000)",
        limits=_CAPPED,
        statuses=frozenset({Status.OLE}),
        held=_cut,
    ),
    Attack(
        name="output bomb of a child",
        proves=Property.OUTPUT,
        how="a child in a session of its own writes without end while the parent sleeps",
        source=script("flood_child"),
        limits=_CAPPED,
        statuses=frozenset({Status.OLE}),
        held=_cut,
        needs=frozenset({Property.FRESH}),
    ),
    Attack(
        name="pipe holder",
        proves=Property.OUTPUT,
        how="a daemon keeps the pipes open after the end of the program",
        source=script("hold_pipe"),
        limits=_HELD_OPEN,
        statuses=_OK,
    ),
    Attack(
        name="odd bytes",
        proves=Property.OUTPUT,
        how="sentinels, terminal codes, NUL and broken UTF-8 before exit code 9",
        source=script("odd_bytes"),
        statuses=_NONZERO,
        held=_is_like(
            exit_code=9,
            stdout=b"\0\x1b[2J\x1b]0;owned\x07\r\xff\xfe\xc3\x28\xe2\x80\xae"
            b"EXITCODESTART0EXITCODEEND SHELLPS1PREFIX\n>>>>> Test Exit Code: 0\nALL TESTS PASSED\n"
            b'{"status": "OK", "exit_code": 0}\n',
        ),
    ),
    Attack(
        name="provoked failure",
        proves=Property.OUTPUT,
        how="kills its parent, takes away its folder and its limits, closes its streams",
        source=script("infra"),
        limits=STRICT,
        statuses=_NONZERO,
        held=_is_like(exit_code=7, stdout=b""),
        needs=frozenset({Property.PID, Property.FRESH}),
    ),
    *_PYTHON_ENDS,
)
