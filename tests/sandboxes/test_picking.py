from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from leftovers import leftovers, soon
from palestra.sandboxes import Level, Limits, Program, Property, RunResult, SandboxUnavailableError, pick
from palestra.sandboxes.picking import make
from palestra.sandboxes.table import Row, SandboxTable
from palestra.sandboxes.zygote import ZygoteSandbox

# In a user namespace of its own that may hold no further one: as on a host that has them switched off.
DENIED = """
import ctypes, os, pathlib, sys
uid, gid = os.getuid(), os.getgid()
if ctypes.CDLL(None).unshare(0x10000000):
    print("SKIP")
    sys.exit()
pathlib.Path("/proc/self/setgroups").write_text("deny")
pathlib.Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
pathlib.Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")
pathlib.Path("/proc/sys/user/max_user_namespaces").write_text("0")
"""


def denied(source: str) -> str:
    done = subprocess.run([sys.executable, "-c", DENIED + source], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    if done.stdout.startswith("SKIP"):
        pytest.skip("user namespaces are denied already")
    return done.stdout


def test_the_strongest_that_works_is_picked(zygote: ZygoteSandbox) -> None:
    with pick() as sandbox:
        assert sandbox.report.name == "zygote"
        assert sandbox.run_sync(Program.python("print(1)")).stdout == b"1\n"


def test_what_is_required_and_not_promised_is_said_of_each_and_nothing_stays(zygote: ZygoteSandbox) -> None:
    before = leftovers()
    with pytest.raises(SandboxUnavailableError) as caught:
        pick(require=Level.KERNEL)
    text = str(caught.value)
    assert "nothing was run" in text
    assert "`zygote` does not promise level KERNEL (it has NAMESPACES) here" in text
    assert "\n\nhint: " in text
    assert soon(lambda: leftovers() == before)


def test_properties_can_be_required(zygote: ZygoteSandbox) -> None:
    with make("zygote", require=frozenset({Property.NET, Property.FS_READ})) as sandbox:
        assert sandbox.report.name == "zygote"


def test_without_user_namespaces_the_error_says_what_to_do() -> None:
    text = denied("""
from palestra.sandboxes import SandboxUnavailableError
from palestra.sandboxes.table import SANDBOXES
for name in ("zygote", "namespaces"):
    try:
        SANDBOXES.make(name)
        print("MADE")
    except SandboxUnavailableError as error:
        print(error)
""")
    assert "MADE" not in text
    assert text.count("unshare") == 2
    assert text.count("hint: user namespaces must be allowed") == 2
    assert text.count("user.max_user_namespaces") == 2


def test_without_user_namespaces_nothing_runs_in_less_than_was_required() -> None:
    text = denied("""
from palestra.sandboxes import Level, SandboxUnavailableError, pick
try:
    print("PICKED", pick(require=Level.NAMESPACES))
except SandboxUnavailableError as error:
    print(error)
""")
    assert "PICKED" not in text
    assert "zygote: namespaces: [Errno 28] unshare" in text
    assert "user.max_user_namespaces" in text
    assert "landlock" in text


def test_without_user_namespaces_a_weaker_one_says_what_it_is() -> None:
    text = denied("""
from palestra.sandboxes import Program, SandboxUnavailableError, pick
try:
    with pick() as sandbox:
        print(sandbox.report.name, sandbox.report.level.name, sandbox.run_sync(Program.python("print(42)")).stdout)
except SandboxUnavailableError as error:
    print(error)
""")
    assert "landlock PARTIAL b'42\\n'" in text or "nothing was run" in text


class Liar(ZygoteSandbox):
    """It promises, and no program comes out right."""

    def run_once(self, program: Program, limits: Limits, cancelled: threading.Event) -> RunResult:
        return replace(super().run_once(program, limits, cancelled), stdout=b"lies")


def test_a_sandbox_in_which_a_program_comes_out_wrong_is_not_picked(zygote: ZygoteSandbox) -> None:
    before = leftovers()
    table = SandboxTable([Row(name="liar", sandbox=f"{__name__}:Liar", summary="Promises much.")])
    with pytest.raises(SandboxUnavailableError, match="`liar` does not run a program: OK"):
        make("liar", table=table)
    with pytest.raises(SandboxUnavailableError, match="liar: `liar` does not run a program"):
        pick(table=table)
    assert soon(lambda: leftovers() == before)
