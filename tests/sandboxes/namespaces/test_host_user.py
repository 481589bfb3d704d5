import os
import subprocess
import sys

import pytest

from palestra.sandboxes.namespaces.host_user import launcher_uid
from palestra.sandboxes.zygote import ZygoteSandbox

ALL = "         0          0 4294967295\n"
ROOTLESS = "         0       1000          1\n         1     100000      65536\n"
SINGLE = "         0       1000          1\n"

# As root of a user namespace that has no other id.
INSIDE = """
import ctypes, os, pathlib
uid, gid = os.getuid(), os.getgid()
if ctypes.CDLL(None).unshare(0x10000000):
    print("SKIP")
    raise SystemExit
pathlib.Path("/proc/self/setgroups").write_text("deny")
pathlib.Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
pathlib.Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
from palestra.sandboxes import Program
from palestra.sandboxes.zygote import ZygoteSandbox
with ZygoteSandbox(slots=1) as sandbox:
    source = "import os; print(os.getuid(), os.path.exists('/root/.profile'))"
    print(os.getuid(), sandbox.run_sync(Program.python(source)).stdout.decode())
"""

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="root is asked")


@only_root
def test_root_becomes_a_user_that_nobody_else_is() -> None:
    uids = {launcher_uid((ALL, ALL)) for _ in range(5)}
    assert len(uids) == 5
    assert min(uids) >= 0x7000_0000


@only_root
def test_root_of_a_container_becomes_one_of_its_own_ids() -> None:
    uids = {launcher_uid((ROOTLESS, ROOTLESS)) for _ in range(50)}
    assert all(30_000 < uid < 64_600 for uid in uids)


@only_root
@pytest.mark.parametrize("maps", [(SINGLE, SINGLE), (ROOTLESS, SINGLE), (ALL, SINGLE), ("", "")])
def test_root_without_other_ids_stays(maps: tuple[str, str]) -> None:
    assert launcher_uid(maps) == -1


@pytest.mark.skipif(os.geteuid() == 0, reason="an ordinary user is asked")
def test_an_ordinary_user_stays() -> None:
    assert launcher_uid() == -1


def test_root_of_a_user_namespace_without_other_ids_can_have_a_sandbox(zygote: ZygoteSandbox) -> None:
    done = subprocess.run([sys.executable, "-c", INSIDE], capture_output=True, text=True, timeout=60)
    if done.stdout.startswith("SKIP"):
        pytest.skip("user namespaces are denied")
    assert done.stdout.split() == ["0", "1000", "False"], done.stderr
