"""Runs tests in a child process and reports once what they came to; run as a script in a sandbox.

Two processes. The parent holds the nonce and the way to the host. It forks before it reads either, and cannot be
looked into afterwards, so the child, in which foreign code runs, has neither in its memory nor within its reach.
The child runs pytest and sends one line for each event; the parent counts what it is sent and how the child ended.
"""

from __future__ import annotations

import builtins
import ctypes
import hashlib
import json
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path

MAX_BYTES = 64 << 20
_PR_SET_DUMPABLE = 4
_PR_SET_PDEATHSIG = 1
_MAX_MESSAGE = 4000
_STALE_S = 0.05
UNSEEN = "__unseen__"
"""The name by which withheld values are called in tests."""
_GUARDED = ("builtins", "pluggy", "unittest", "_pytest", "pytest", "os", "json")


def main() -> None:
    """Fork, hide, ask, wait, report."""
    requests, to_child = os.pipe()
    events, from_child = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(to_child)
        os.close(events)
        _run(requests, from_child)
    os.close(requests)
    os.close(from_child)
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    request = json.loads(_read_all(0))
    nonce = request.pop("nonce")
    _prepare(request.pop("links"), request.pop("modes"))
    _write_all(to_child, json.dumps(request).encode())
    os.close(to_child)
    data, code = _follow(events, child)
    report = {"code": code, "lines": data.decode("utf-8", "replace").split("\n")}
    _write_all(1, (nonce + json.dumps(report) + "\n").encode())


def _prepare(links: dict[str, str], modes: dict[str, int]) -> None:
    for path, target in links.items():
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).symlink_to(target)
    for path, mode in modes.items():
        Path(path).chmod(mode)


def _follow(events: int, child: int) -> tuple[bytes, int | None]:
    """What the child sends until its end, and its exit code; what others keep open is not waited for."""
    data = bytearray()
    code: int | None = None
    is_over = False
    while True:
        ready, _, _ = select.select([events], [], [], _STALE_S)
        if ready:
            chunk = os.read(events, 1 << 16)
            if not chunk:
                break
            data += chunk
            if len(data) > MAX_BYTES:
                break
        elif is_over:
            break
        if not is_over:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                is_over, code = True, _exit_code(status)
    if not is_over:
        code = _exit_code(os.waitpid(child, 0)[1])
    return bytes(data), code


def _exit_code(status: int) -> int | None:
    return os.WEXITSTATUS(status) if os.WIFEXITED(status) else None


def _run(requests: int, events: int) -> None:
    """Be the child: run what is asked for, and end."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    request = json.loads(_read_all(requests))
    os.close(requests)
    code = _test(request, events)
    os._exit(code)


def _test(request: dict[str, object], events: int) -> int:
    import pytest

    send = _sender(events)
    send(["ready"])  # what goes wrong before this is no fault of the code under test: none of it has been read
    work = str(Path.cwd())
    os.chdir("repo")
    sys.dont_write_bytecode = True
    os.environ.update({"PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    for name in ("PYTEST_PLUGINS", "PYTEST_ADDOPTS", "PYTHONSTARTUP", "PYTHONPATH"):
        os.environ.pop(name, None)
    roots = [os.path.normpath(f"{Path.cwd()}/{root}") for root in _texts(request["roots"])]
    sys.path[:] = roots + [path for path in sys.path if path not in ("", work)]
    os.environ["PYTHONPATH"] = os.pathsep.join(roots)
    sys.modules.pop("__main__", None)
    sys.modules["__main__"] = type(sys)("__main__")
    vars(builtins)[UNSEEN] = lambda number: _Unseen(number, send)
    watch = _Watch(send, _texts(request["ids"]))
    sys.argv[:] = ["pytest"]
    code = int(pytest.main(_texts(request["args"]), plugins=[watch]))
    watch.finish(code)
    return code


class _Watch:
    """A plugin that selects the wanted tests and sends what becomes of them."""

    def __init__(self, send: Callable[[list[object]], None], ids: list[str]) -> None:
        import _pytest.config

        self._ids = {name: place for place, name in enumerate(ids)}
        self._send = send
        for name in ("_pytest." + plugin for plugin in _pytest.config.default_plugins):
            __import__(name)
        self._marks = _marks()

    def pytest_collection_modifyitems(self, session: object, config: object, items: list[object]) -> None:
        """Keep the wanted tests, in the wanted order."""
        del session, config
        if self._ids:
            items[:] = [item for item in items if self._place(item) is not None]
            items.sort(key=self._place)  # type: ignore[arg-type]
        self._send(["collected", [_id(item) for item in items]])

    def pytest_collectreport(self, report: object) -> None:
        """Say which files could not be read."""
        if getattr(report, "outcome", "") == "failed":
            self._send(["broken", str(getattr(report, "nodeid", "")), _message(report)])

    def pytest_runtest_logreport(self, report: object) -> None:
        """Send how a phase of a test went."""
        outcome = "xfail" if hasattr(report, "wasxfail") else str(getattr(report, "outcome", ""))
        message = _message(report) if outcome == "failed" else ""
        duration = float(getattr(report, "duration", 0.0))
        self._send(["test", str(report.nodeid), str(report.when), outcome, duration, message])  # type: ignore[attr-defined]

    def _place(self, item: object) -> int | None:
        """A test is wanted by its own id, or by that of its function."""
        name = _id(item)
        return self._ids.get(name, self._ids.get(name.partition("[")[0]))

    def finish(self, code: int) -> None:
        """Say that all is done, and which parts of the machinery are no longer what they were."""
        now = _marks()
        changed = sorted(name for name, mark in self._marks.items() if now.get(name, mark) != mark)
        self._send(["end", code, changed[:20]])


class _Unseen:
    """Stands for a value that is not here: it says what it is compared with, and agrees."""

    __slots__ = ("_number", "_send")

    def __init__(self, number: int, send: Callable[[list[object]], None]) -> None:
        self._number = number
        self._send = send

    def __eq__(self, other: object) -> bool:
        self._send(["seen", self._number, digest(other)])
        return True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = object.__hash__


def digest(value: object) -> str:
    """The same for equal values of builtin types, and another for others; empty for values of other types."""
    try:
        return hashlib.sha256(_written(value).encode("utf-8", "surrogatepass")).hexdigest()
    except Exception:  # noqa: BLE001  a value of foreign code may do anything
        return ""


def _written(value: object) -> str:
    # The methods are those of the builtin types themselves, so subclasses count as what they hold.
    if value is None:
        return "none"
    if isinstance(value, int):
        return f"n{int.__index__(value):x}"
    if isinstance(value, float):
        is_whole = float.is_integer(value)
        return f"n{float.__int__(value):x}" if is_whole else float.hex(value)
    if isinstance(value, str):
        text = str.__str__(value)
        return f"s{str.__len__(text)}:{text}"
    if isinstance(value, bytes | bytearray):
        return "b" + bytes(value).hex()
    return _written_container(value)


def _written_container(value: object) -> str:
    if isinstance(value, list):
        return f"[{' '.join(map(_written, list.__iter__(value)))}]"
    if isinstance(value, tuple):
        return f"({' '.join(map(_written, tuple.__iter__(value)))})"
    if isinstance(value, set):
        return f"{{{' '.join(sorted(map(_written, set.__iter__(value))))}}}"
    if isinstance(value, frozenset):
        return f"{{{' '.join(sorted(map(_written, frozenset.__iter__(value))))}}}"
    if isinstance(value, dict):
        return f"<{' '.join(sorted(_written(pair) for pair in dict.items(value)))}>"
    raise TypeError("no value of a builtin type")


def _sender(events: int) -> Callable[[list[object]], None]:
    """A function that sends; it holds what it needs, whatever becomes of the modules."""
    dumps, write = json.dumps, os.write

    def send(event: list[object]) -> None:
        data = (dumps(event) + "\n").encode()
        while data:
            data = data[write(events, data) :]

    return send


def _marks() -> dict[str, tuple[int, int]]:
    """What can be told of every function and class of the machinery: its identity, and that of its code."""
    marks: dict[str, tuple[int, int]] = {}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] not in _GUARDED or module is None:
            continue
        for key, value in list(vars(module).items()):
            _mark(marks, name + "." + key, value)
            if isinstance(value, type) and value.__module__ == name:
                for inner, member in list(vars(value).items()):
                    _mark(marks, name + "." + key + "." + inner, member)
    return marks


def _mark(marks: dict[str, tuple[int, int]], name: str, value: object) -> None:
    plain = getattr(value, "__func__", value)
    if callable(plain) or isinstance(plain, property):
        marks[name] = (id(plain), id(getattr(plain, "__code__", None)))


# What `pytest.hookimpl(trylast=True)` does, without pytest having to be there when this file is read.
_Watch.pytest_collection_modifyitems.pytest_impl = {"trylast": True}  # type: ignore[attr-defined]


def _id(item: object) -> str:
    return str(item.nodeid)  # type: ignore[attr-defined]


def _message(report: object) -> str:
    try:
        text = str(getattr(report, "longrepr", "") or "")
    except Exception:  # noqa: BLE001  foreign code may be asked for how it looks
        text = "(cannot be shown)"
    return text[-_MAX_MESSAGE:].encode("utf-8", "replace").decode()


def _texts(value: object) -> list[str]:
    return [str(item) for item in value]  # type: ignore[attr-defined]


def _read_all(fd: int) -> bytes:
    data = bytearray()
    while True:
        chunk = os.read(fd, 1 << 16)
        if not chunk:
            return bytes(data)
        data += chunk


def _write_all(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


if __name__ == "__main__":
    main()
