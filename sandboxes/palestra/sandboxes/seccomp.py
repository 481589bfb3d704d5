"""The system-call filter, as a program for the kernel and as a profile for Docker.

Both say the same (`syscall_policy`): a call of another ABI (32-bit, x32) and what no honest program calls
end the process with SIGSYS; what honest programs try fails with an error that they can handle.
"""

from __future__ import annotations

import errno
import json
import os
import struct
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from palestra.sandboxes.errors import SandboxUnavailableError
from palestra.sandboxes.syscall_policy import LOW_WORD, Kill, Match, Only, Refuse, Rule, Unless, rules

_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # column of the table, AUDIT_ARCH_*
_X32_BIT = 0x40000000  # on x86_64, calls of the x32 ABI are counted from here

# Classic BPF, include/uapi/linux/bpf_common.h and seccomp.h.
_LOAD, _AND = 0x20, 0x54  # BPF_LD|BPF_W|BPF_ABS, BPF_ALU|BPF_AND|BPF_K
_IF_EQUAL, _IF_AT_LEAST = 0x15, 0x35  # BPF_JMP|BPF_JEQ|BPF_K, BPF_JMP|BPF_JGE|BPF_K
_RETURN = 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGS = 0, 4, 16  # offsets in struct seccomp_data

_Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, operand
_Code = tuple[_Instruction, ...]


def bpf_filter(*, loopback: bool, has_namespaces: bool = True, machine: str | None = None) -> bytes:
    """The filter as packed `struct sock_filter`s, 8 bytes each, for PR_SET_SECCOMP or seccomp(2).

    A launcher needs nothing else: `struct sock_fprog` is their number and their address. The calls that
    a launcher itself makes after it are `execve` and what is allowed to every program.

    Args:
        loopback: Whether TCP and UDP sockets may be made, for a network of the program's own.
        has_namespaces: Whether network and IPC are the program's own; if not, more is refused.
        machine: As in `uname -m`; this one by default.

    Raises:
        SandboxUnavailableError: The machine's system calls are not known here.
    """
    name = machine or os.uname().machine
    if name not in _ARCHITECTURES:
        raise SandboxUnavailableError(
            f"there is no system-call filter for the machine `{name}`\n\n"
            f"hint: filters exist for {', '.join(_ARCHITECTURES)}"
        )
    return _assemble(name, loopback, has_namespaces)


def docker_profile(*, loopback: bool) -> dict[str, object]:
    """The same policy as a seccomp profile for Docker's `--security-opt seccomp=FILE`, for every machine.

    One thing differs: an internet socket of a type or protocol that is not allowed fails with ENOSYS.
    """
    policy = rules(loopback=loopback)
    plain = _numbers().keys() - policy.keys()
    killed = {name for name, rule in policy.items() if isinstance(rule, Kill)}
    entries: list[dict[str, object]] = [
        {"names": sorted(plain), "action": "SCMP_ACT_ALLOW"},
        {"names": sorted(killed), "action": "SCMP_ACT_KILL_PROCESS"},
    ]
    for name in sorted(policy.keys() - killed):
        entries += _docker_entries(name, policy[name])
    return {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": errno.ENOSYS, "syscalls": entries}


@cache
def _assemble(machine: str, loopback: bool, has_namespaces: bool) -> bytes:
    column, architecture = _ARCHITECTURES[machine]
    policy = rules(loopback=loopback, has_namespaces=has_namespaces)
    starts, codes = _ranges({numbers[column]: _code(policy.get(name)) for name, numbers in _numbers().items()})
    code: _Code = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        *_search(starts, codes),
    )
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


def _ranges(by_number: Mapping[int | None, _Code]) -> tuple[list[int], list[_Code]]:
    """Neighbours with the same code become one range: its first number, and the code."""
    unknown: _Code = ((_RETURN, 0, 0, _ERRNO | errno.ENOSYS),)
    starts, codes = [0], [by_number.get(0, unknown)]
    for number in range(1, max(number for number in by_number if number is not None) + 2):
        code = by_number.get(number, unknown)
        if code != codes[-1]:
            starts.append(number)
            codes.append(code)
    return [*starts, _X32_BIT], [*codes, _code(Kill())]


def _search(starts: list[int], codes: list[_Code]) -> _Code:
    """A binary search for the range of the loaded number: about seven steps instead of eighty."""
    if len(starts) == 1:
        return codes[0]
    middle = len(starts) // 2
    left = _search(starts[:middle], codes[:middle])
    return ((_IF_AT_LEAST, len(left), 0, starts[middle]), *left, *_search(starts[middle:], codes[middle:]))


def _code(rule: Rule | None) -> _Code:
    """What is done with a call once its number is known; it ends with a return on every path."""
    allowed: _Instruction = (_RETURN, 0, 0, _ALLOW)
    match rule:
        case None:
            return (allowed,)
        case Kill():
            return ((_RETURN, 0, 0, _KILL),)
        case Refuse():
            return ((_RETURN, 0, 0, _ERRNO | rule.errno),)
        case Unless():
            # Each value that matches jumps over the values after it and over the permission.
            tests = [(_IF_EQUAL, len(rule.values) - i, 0, value) for i, value in enumerate(rule.values)]
            return (_load(rule.arg), *tests, allowed, (_RETURN, 0, 0, _ERRNO | rule.errno))
        case Only():
            clauses = [instruction for clause in rule.clauses for instruction in (*_conjunction(clause), allowed)]
            return (*clauses, (_RETURN, 0, 0, _ERRNO | rule.errno))


def _conjunction(clause: tuple[Match, ...]) -> _Code:
    """Falls through when all tests match; else jumps over the one instruction that follows."""
    code: _Code = ()
    for test in reversed(clause):
        masked: _Code = ((_AND, 0, 0, test.mask),) if test.mask != LOW_WORD else ()
        code = (_load(test.arg), *masked, (_IF_EQUAL, 0, len(code) + 1, test.value), *code)
    return code


def _load(arg: int) -> _Instruction:
    return (_LOAD, 0, 0, _ARGS + 8 * arg)  # the low word comes first on both machines


def _docker_entries(name: str, rule: Rule) -> Iterator[dict[str, object]]:
    allow = {"names": [name], "action": "SCMP_ACT_ALLOW"}
    match rule:
        case Refuse():
            yield {"names": [name], "action": "SCMP_ACT_ERRNO", "errnoRet": rule.errno}
        case Unless():
            refuse = {"names": [name], "action": "SCMP_ACT_ERRNO", "errnoRet": rule.errno}
            values = [Match(arg=rule.arg, value=value) for value in rule.values]
            for test in values:
                yield {**refuse, "args": [_docker_test(test)]}
            for test in _all_but(values):
                yield {**allow, "args": [_docker_test(test)]}
        case Only():
            refuse = {"names": [name], "action": "SCMP_ACT_ERRNO", "errnoRet": rule.errno}
            for clause in rule.clauses:
                yield {**allow, "args": [_docker_test(test) for test in clause]}
            for test in _all_but([clause[0] for clause in rule.clauses]):
                yield {**refuse, "args": [_docker_test(test)]}


def _docker_test(test: Match) -> dict[str, object]:
    return {"index": test.arg, "op": "SCMP_CMP_MASKED_EQ", "value": test.mask, "valueTwo": test.value}


def _all_but(tests: list[Match]) -> Iterator[Match]:
    """Tests of which one matches whenever none of these does; they look at the same bits of one argument.

    A profile can ask only whether masked bits are equal. What differs from all values has a highest bit
    from which on it does: the bits above are those of some value, this one is the other.
    """
    mask, above = tests[0].mask, 0
    values = {test.value for test in tests}
    for bit in (1 << i for i in reversed(range(32)) if mask >> i & 1):
        above |= bit
        beginnings = {value & above for value in values}
        for value in sorted({beginning ^ bit for beginning in beginnings} - beginnings):
            yield Match(arg=tests[0].arg, value=value, mask=above)


@cache
def _numbers() -> Mapping[str, tuple[int | None, int | None]]:
    """Name of a call -> its number on each machine, None where it does not exist."""
    text = (files("palestra.sandboxes") / "syscalls.json").read_text(encoding="ascii")
    return {name: (x86_64, aarch64) for name, (x86_64, aarch64) in json.loads(text).items()}
