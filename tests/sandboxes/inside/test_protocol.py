import subprocess
from pathlib import Path

import pytest

import palestra.sandboxes
from palestra.sandboxes.inside.protocol import Broken, Done, Job, Limits, Lock, Order, Report, decode, encode
from palestra.sandboxes.interpreter import base_python

LIMITS = Limits(cpu_s=1.0, wall_s=2.0, memory_bytes=3, pids=4, file_bytes=5, open_files=6)
LOCK = Lock(uid=None, readable=("/usr",), writable=(), devices=("/dev/null",), filter=b"\0")
SLOW = {"typing", "re", "contextlib", "dataclasses", "json", "inspect", "pathlib", "enum", "socket", "signal"}


@pytest.mark.parametrize(
    "message",
    [
        Job(is_script=True, loopback=False, disk_bytes=1, inodes=2, limits=LIMITS),
        Order(argv=("a", "\udcff"), env={}, folder="/", limits=LIMITS, lock=LOCK),
        Order(argv=(), env={"A": ""}, folder="/", limits=LIMITS, lock=None),
        Report(code=-9, stop="CPU", cpu_s=0.1, wall_s=0.2, peak_memory_bytes=3),
        Broken("why"),
        Done(),
    ],
)
def test_a_message_arrives_as_it_was_said(message: Job | Order | Report | Broken | Done) -> None:
    arrived = decode(encode(message))
    assert (type(arrived), arrived) == (type(message), message)
    assert repr(arrived) == repr(message)


@pytest.mark.parametrize("fields", [{"what": "x", "more": 1}, {}])
def test_a_message_has_all_of_its_fields_and_no_others(fields: dict[str, object]) -> None:
    with pytest.raises((TypeError, KeyError)):
        Broken(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("program", ["launcher", "supervisor"])
def test_a_program_loads_nothing_slow_and_nothing_of_the_host_s_side(program: str) -> None:
    folder = Path(palestra.sandboxes.__file__).parent
    source = f"import sys; sys.path.append({str(folder)!r}); from inside import {program}; print(*sys.modules)"
    loaded = subprocess.check_output([base_python(), "-I", "-S", "-c", source], text=True, env={}).split()
    assert f"inside.{program}" in loaded
    assert not SLOW & set(loaded)
    assert not [name for name in loaded if (folder / f"{name}.py").exists() or name.startswith("palestra")]
