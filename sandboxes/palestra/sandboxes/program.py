"""What to run: code and inputs, never an expected answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """An executable and its arguments, looked up inside the sandbox."""

    argv: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.argv:
            raise ValueError("command.argv is empty\n\nhint: give at least the executable, e.g. ('bash', '-c', 'ls')")
        _check_texts(self.argv)


@dataclass(frozen=True, kw_only=True, slots=True)
class PythonScript:
    """Python source, run as `main.py` of the working folder by the sandbox's interpreter.

    Every back end runs it as `python3 -s main.py ARGS` would, with a fixed hash seed: sets of strings
    have the same order in every run. A warm back end does so without starting an interpreter.
    """

    source: str
    args: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check_texts(self.args)

    @property
    def source_bytes(self) -> bytes:
        """The file `main.py`; text that is no Unicode stays a syntax error of the program."""
        return self.source.encode("utf-8", "surrogatepass")

    def command(self, python: str) -> Command:
        """How to run it once `main.py` is in the working folder."""
        return Command(argv=(python, "-s", "main.py", *self.args))


PYTHON_ENV = {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
"""Environment of every Python script, besides its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """What to run, with its inputs. It holds no expected answer: those stay with the host."""

    entry: Command | PythonScript
    stdin: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Relative path -> content, laid into the working folder before the start."""
    env: Mapping[str, str] = field(default_factory=dict)
    """The whole environment of the program besides a minimal PATH, HOME and LANG."""

    def __post_init__(self) -> None:
        _check_texts((*self.files, *self.env, *self.env.values()))
        for path in self.files:
            parts = path.split("/")
            if path.startswith("/") or {"", ".", ".."} & set(parts):
                raise ValueError(f"program.files: `{path}` is not a plain relative path")
        if isinstance(self.entry, PythonScript):
            if "main.py" in self.files:
                raise ValueError("program.files: `main.py` is the script itself")
            if started := sorted(name for name in self.env if name.startswith("PYTHON")):
                raise ValueError(
                    f"program.env: `{started[0]}` is read when an interpreter starts, and a warm one has started\n\n"
                    "hint: run a Command such as ('python3', 'main.py') instead"
                )

    @classmethod
    def python(cls, source: str, *, stdin: bytes = b"") -> Program:
        """A Python script without arguments or further files."""
        return cls(entry=PythonScript(source=source), stdin=stdin)

    @classmethod
    def command(cls, *argv: str, stdin: bytes = b"") -> Program:
        """An executable with its arguments."""
        return cls(entry=Command(argv=argv), stdin=stdin)


def _check_texts(texts: tuple[str, ...]) -> None:
    for text in texts:
        try:
            os.fsencode(text)
        except UnicodeEncodeError:
            pass
        else:
            if "\0" not in text:
                continue
        raise ValueError(f"program: {text!r:.80} cannot be handed to an operating system")
