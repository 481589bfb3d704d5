import errno
import json
import os
import signal
import struct
import subprocess
from pathlib import Path

import pytest

import palestra.sandboxes
from palestra.sandboxes import SandboxUnavailableError
from palestra.sandboxes.interpreter import base_python
from palestra.sandboxes.seccomp import _numbers, bpf_filter, docker_profile
from palestra.sandboxes.syscall_policy import Kill, Refuse, rules

ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
HERE = os.uname().machine

# Without capabilities and as nobody first: a call that the filter should miss must not hurt this machine.
PREAMBLE = """
import asyncio, ctypes, errno, fcntl, mmap, os, signal, socket, subprocess, sys, tempfile, termios, threading
sys.path.append({folder!r})
from inside.kernel import drop_privileges, install_filter
os.chdir("/")
drop_privileges(65534 if os.geteuid() == 0 else None)
install_filter({code!r})
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    result = libc.syscall(ctypes.c_long(number), *map(ctypes.c_long, args))
    print(errno.errorcode[ctypes.get_errno()] if result < 0 else "fine", flush=True)
"""


def run_filtered(body: str, *, loopback: bool = False, has_namespaces: bool = True) -> tuple[int, str]:
    """Exit code (or minus the signal) and output of Python code under the filter."""
    folder = str(Path(palestra.sandboxes.__file__).parent)
    code = bpf_filter(loopback=loopback, has_namespaces=has_namespaces)
    source = PREAMBLE.format(folder=folder, code=code) + body
    done = subprocess.run(
        [base_python(), "-I", "-c", source], capture_output=True, text=True, check=False, timeout=60, env={}
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def number(name: str) -> int:
    found = _numbers()[name][MACHINES[HERE][0]]
    assert found is not None
    return found


def verdict(code: bytes, machine: str, nr: int, args: tuple[int, ...] = (0,) * 6, arch: int | None = None) -> int:
    """What the filter returns, by carrying its instructions out."""
    data = struct.pack("=iIQ6Q", nr, MACHINES[machine][1] if arch is None else arch, 0, *args)
    at = accumulator = 0
    while True:
        op, if_true, if_false, value = struct.unpack_from("=HBBI", code, 8 * at)
        at += 1
        if op == 0x20:
            accumulator = struct.unpack_from("=I", data, value)[0]
        elif op == 0x54:
            accumulator &= value
        elif op in (0x15, 0x35):
            at += if_true if (accumulator == value if op == 0x15 else accumulator >= value) else if_false
        else:
            assert op == 0x06
            return int(value)


@pytest.mark.parametrize("has_namespaces", [True, False])
@pytest.mark.parametrize("loopback", [True, False])
@pytest.mark.parametrize("machine", MACHINES)
def test_every_number_has_the_verdict_of_the_policy(machine: str, loopback: bool, has_namespaces: bool) -> None:
    code = bpf_filter(loopback=loopback, has_namespaces=has_namespaces, machine=machine)
    policy = rules(loopback=loopback, has_namespaces=has_namespaces)
    names = {numbers[MACHINES[machine][0]]: name for name, numbers in _numbers().items()}
    for nr in range(600):
        found = verdict(code, machine, nr)
        if nr not in names:
            assert found == ERRNO | errno.ENOSYS, nr
        elif (rule := policy.get(names[nr])) is None:
            assert found == ALLOW, names[nr]
        elif isinstance(rule, Kill):
            assert found == KILL, names[nr]
        elif isinstance(rule, Refuse):
            assert found == ERRNO | rule.errno, names[nr]
    assert verdict(code, machine, 39, arch=0x40000003) == KILL
    assert verdict(code, machine, 0x40000000 + 39) == KILL


def test_every_name_of_the_policy_is_a_call() -> None:
    for has_namespaces in (True, False):
        assert rules(loopback=True, has_namespaces=has_namespaces).keys() <= _numbers().keys()


def test_a_filter_is_small() -> None:
    assert len(bpf_filter(loopback=True)) % 8 == 0
    assert len(bpf_filter(loopback=True)) // 8 < 400


def test_an_unknown_machine_is_named() -> None:
    with pytest.raises(SandboxUnavailableError, match="`riscv64`\n\nhint: "):
        bpf_filter(loopback=False, machine="riscv64")


KILLED = [
    "bpf", "userfaultfd", "add_key", "keyctl", "request_key", "process_vm_readv", "process_vm_writev",
    "perf_event_open", "kexec_load", "init_module", "finit_module", "delete_module", "open_by_handle_at", "setns",
    "mount", "umount2", "pivot_root", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick",
    "mount_setattr", "swapon", "swapoff", "reboot", "acct", "pidfd_getfd", "kcmp", "settimeofday", "clock_settime",
    "sethostname", "setdomainname", "vhangup", "quotactl", "memfd_secret",
]  # fmt: skip


@pytest.mark.parametrize("name", KILLED)
def test_what_no_honest_program_calls_ends_it(name: str) -> None:
    code = bpf_filter(loopback=False)
    assert verdict(code, HERE, number(name)) == KILL


@pytest.mark.parametrize("name", ["bpf", "keyctl", "mount"])
def test_the_kernel_ends_it_with_sigsys(name: str) -> None:
    assert run_filtered(f"call({number(name)}, -1, 0, 0, 0, 0)") == (-signal.SIGSYS, "")


@pytest.mark.skipif(HERE != "x86_64", reason="other machines have no such calls")
def test_another_abi_ends_it() -> None:
    assert run_filtered("call(0x40000000 + 39)") == (-signal.SIGSYS, "")
    code, output = run_filtered(
        "page = mmap.mmap(-1, 4096, prot=7)\n"
        "page.write(bytes.fromhex('b814000000cd80c3'))\n"  # mov eax, 20 (getpid of i386); int 0x80; ret
        "address = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(address)()\n"
        "print('alive')"
    )
    assert code in (-signal.SIGSYS, -signal.SIGSEGV)  # the second where the kernel has no such ABI at all
    assert output == ""


REFUSED: list[tuple[str, tuple[int, ...], str]] = [
    ("clone3", (0, 0), "ENOSYS"),
    ("io_uring_setup", (1, 0), "ENOSYS"),
    ("unshare", (0x10000000,), "EPERM"),
    ("ptrace", (0, 0, 0, 0), "EPERM"),
    ("personality", (0x0400000,), "EPERM"),  # READ_IMPLIES_EXEC
    ("personality", (0xFFFFFFFF,), "fine"),
    ("clone", (0x10000000 | 17, 0, 0, 0, 0), "EPERM"),
    ("clone", (0x40000000 | 17, 0, 0, 0, 0), "EPERM"),
    ("get_mempolicy", (0, 0, 0, 0, 0), "EPERM"),
    ("syslog", (3, 0, 0), "EPERM"),
    ("adjtimex", (0,), "EPERM"),
    ("chroot", (0,), "EPERM"),
    ("fanotify_init", (0, 0), "EPERM"),
    ("name_to_handle_at", (0, 0, 0, 0, 0), "EPERM"),
    ("ioctl", (0, 0x5412, 0), "EPERM"),
    ("ioctl", (0, 0x1_0000_5412, 0), "EPERM"),  # the kernel looks at the low half only
    ("ioctl", (0, 0x541C, 0), "EPERM"),
    ("ioctl", (-1, 0x5401, 0), "EBADF"),
    ("socket", (1, 1, 0), "fine"),
    ("socket", (2, 1, 0), "EAFNOSUPPORT"),
    ("socket", (16, 3, 0), "EAFNOSUPPORT"),
    ("socket", (17, 3, 0), "EAFNOSUPPORT"),
    ("socket", (38, 5, 0), "EAFNOSUPPORT"),
    ("socket", (40, 1, 0), "EAFNOSUPPORT"),
    ("statmount", (0, 0, 0, 0), "ENOSYS"),
    ("getppid", (), "fine"),
]


def calls(cases: list[tuple[str, tuple[int, ...], str]]) -> str:
    return "\n".join(f"call({', '.join(map(str, (number(name), *args)))})" for name, args, _ in cases)


def outcomes(cases: list[tuple[str, tuple[int, ...], str]]) -> str:
    return "".join(f"{outcome}\n" for *_, outcome in cases)


def test_what_honest_programs_try_fails_with_an_error() -> None:
    assert run_filtered(calls(REFUSED)) == (0, outcomes(REFUSED))


LOOPBACK = {
    (2, 1, 0): "fine",
    (2, 1 | 0o2004000, 6): "fine",
    (2, 2, 17): "fine",
    (10, 1, 6): "fine",
    (1, 5, 0): "fine",
    (2, 3, 1): "EAFNOSUPPORT",  # raw
    (2, 2, 1): "EAFNOSUPPORT",  # ping
    (2, 1, 132): "EAFNOSUPPORT",  # SCTP, a kernel module
    (2, 1, 262): "EAFNOSUPPORT",  # MPTCP
    (10, 3, 58): "EAFNOSUPPORT",
    (2, 5, 0): "EAFNOSUPPORT",
    (16, 3, 0): "EAFNOSUPPORT",
    (40, 1, 0): "EAFNOSUPPORT",
}


def test_with_a_loopback_tcp_and_udp_are_open_and_nothing_else() -> None:
    code, output = run_filtered(calls([("socket", args, "") for args in LOOPBACK]), loopback=True)
    expected = [outcome if args[0] != 10 else "" for args, outcome in LOOPBACK.items()]
    # A kernel may have been started without IPv6; what is refused is refused either way.
    found = ["" if args[0] == 10 else word for args, word in zip(LOOPBACK, output.split(), strict=True)]
    assert (code, found) == (0, expected)


def test_without_namespaces_the_host_cannot_be_met() -> None:
    cases: list[tuple[str, tuple[int, ...], str]] = [
        ("socket", (1, 1, 0), "EAFNOSUPPORT"),
        ("socketpair", (1, 1, 0, 0), "EFAULT"),
        ("shmget", (1, 4096, 0o1600), "ENOSYS"),
        ("mq_open", (0, 0, 0, 0), "ENOSYS"),
        ("prlimit64", (1, 0, 0, 0), "EPERM"),
        ("prlimit64", (0, 7, 0, 0), "fine"),
        ("setpriority", (0, 1, 5), "EPERM"),
        ("setpriority", (0, 0, 5), "fine"),
        ("sched_setaffinity", (1, 8, 0), "EPERM"),
    ]
    assert run_filtered(calls(cases), has_namespaces=False) == (0, outcomes(cases))


HONEST = """
thread = threading.Thread(target=print, args=("thread",), kwargs=dict(flush=True))
thread.start()
thread.join()
print(subprocess.check_output(["sh", "-c", "echo shell | cat"], text=True), end="", flush=True)

async def wait():
    return await (await asyncio.create_subprocess_exec("true")).wait()

print(asyncio.run(wait()))
with tempfile.TemporaryFile() as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    fcntl.lockf(file, fcntl.LOCK_EX)
left, right = socket.socketpair()
left.send(b"pair")
print(right.recv(9).decode())
"""


def test_honest_programs_work() -> None:
    assert run_filtered(HONEST) == (0, "thread\nshell\n0\npair\n")


def docker_verdict(profile: dict[str, object], name: str, *args: int) -> str:
    entries = profile["syscalls"]
    assert isinstance(entries, list)
    found = set()
    for entry in entries:
        tests = entry.get("args", [])
        if name in entry["names"] and all(args[t["index"]] & t["value"] == t["valueTwo"] for t in tests):
            found.add((entry["action"], entry.get("errnoRet")))
    assert len(found) <= 1, "two entries must not contradict each other"
    assert (profile["defaultAction"], profile["defaultErrnoRet"]) == ("SCMP_ACT_ERRNO", errno.ENOSYS)
    action, code = found.pop() if found else ("SCMP_ACT_ERRNO", errno.ENOSYS)
    return errno.errorcode[code] if action == "SCMP_ACT_ERRNO" else str(action).removeprefix("SCMP_ACT_")


def test_docker_gets_the_same_policy() -> None:
    closed, open_ = docker_profile(loopback=False), docker_profile(loopback=True)
    assert json.loads(json.dumps(closed)) == closed
    for name in KILLED:
        assert docker_verdict(closed, name) == "KILL_PROCESS"
    for name, args, outcome in REFUSED:
        wanted = "ALLOW" if outcome in ("fine", "EBADF") else outcome
        assert docker_verdict(closed, name, *args) == wanted, name
    for arguments, outcome in LOOPBACK.items():
        # A profile cannot say it better for a family that is allowed with other types.
        wanted = "ALLOW" if outcome == "fine" else "ENOSYS" if arguments[0] in (2, 10) else outcome
        assert docker_verdict(open_, "socket", *arguments) == wanted, arguments
    assert docker_verdict(closed, "a_call_of_next_year") == "ENOSYS"
    assert docker_verdict(closed, "clone", 0x01200011) == "ALLOW"
    assert docker_verdict(closed, "ioctl", 0, 0x5413) == "ALLOW"
