"""What the repository keeps of the catalogue: per package a file of JSON lines; the first one names its tests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from palestra.envs.errors import DataError
from palestra.envs.swe.grader.guard import Guard
from palestra.envs.swe.patch import Splice

DATA = Path(__file__).parent / "data"
_LONGEST_MESSAGE = 240
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")


@dataclass(frozen=True, kw_only=True, slots=True)
class BugRecord:
    """A validated bug."""

    operator: str
    where: tuple[str, ...]
    splices: tuple[Splice, ...]
    fail_to_pass: tuple[str, ...]
    """Node ids, in the order of the suite."""
    messages: tuple[str, ...]
    """How the first of them fail."""
    spread: int
    """Lines between the first and the last edit, where all are in one file."""
    seconds: float
    """Of the failing tests on the working code."""
    guard: Guard = Guard.NONE
    """Of the failing tests; those without are left out of the catalogue."""

    @property
    def key(self) -> str:
        """A name for the bug that depends on its edits alone."""
        text = json.dumps([[s.path, s.offset, s.old, s.new] for s in self.splices])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageRecord:
    """What is kept of one package."""

    name: str
    version: str
    sha256: str
    licence: str
    seconds: float
    """Of one run of all tests."""
    flaky: tuple[str, ...]
    counts: Mapping[str, int]
    """Candidates, tried bugs, and the fates of the tried ones."""
    tests: tuple[str, ...]
    """All that pass on the working code in every order."""
    bugs: tuple[BugRecord, ...]
    survivors: tuple[BugRecord, ...] = ()
    """Bugs that no test notices though some run their lines."""

    def write(self, folder: Path) -> Path:
        """Write the file of the package."""
        place = {test: number for number, test in enumerate(self.tests)}
        head = {
            "name": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "licence": self.licence,
            "seconds": self.seconds,
            "flaky": list(self.flaky),
            "counts": dict(self.counts),
            "tests": _folded(self.tests),
        }
        rows = [head, *(_bug_row(bug, place) for bug in (*self.bugs, *self.survivors))]
        path = folder / f"{self.name}.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows), encoding="utf-8")
        return path

    @classmethod
    def read(cls, path: Path) -> PackageRecord:
        """Read a file that `write` wrote.

        Raises:
            DataError: It is something else.
        """
        try:
            head, *rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
            tests = _unfolded(head["tests"])
            bugs = [_bug(row, tests) for row in rows]
            return cls(
                name=head["name"],
                version=head["version"],
                sha256=head["sha256"],
                licence=head["licence"],
                seconds=head["seconds"],
                flaky=tuple(head["flaky"]),
                counts=head["counts"],
                tests=tests,
                bugs=tuple(bug for bug in bugs if bug.fail_to_pass),
                survivors=tuple(bug for bug in bugs if not bug.fail_to_pass),
            )
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise DataError(f"`{path}` is no file of the catalogue: {error}") from error


def records(folder: Path = DATA) -> dict[str, PackageRecord]:
    """Name -> what is kept, of each package of a folder."""
    return {path.stem: PackageRecord.read(path) for path in sorted(folder.glob("*.jsonl"))}


def short(message: str) -> str:
    """The beginning of a test's complaint, on one line, in ASCII."""
    line = _ADDRESS.sub("0x...", " ".join(message.split()).partition(" + where ")[0])
    return line.encode("ascii", "backslashreplace").decode()[:_LONGEST_MESSAGE]


def _bug_row(bug: BugRecord, place: Mapping[str, int]) -> dict[str, object]:
    return {
        "op": bug.operator,
        "in": list(bug.where),
        "edit": [[s.path, s.offset, s.old, s.new] for s in bug.splices],
        "f2p": _ranges([place[test] for test in bug.fail_to_pass]),
        "say": list(bug.messages),
        "spread": bug.spread,
        "s": bug.seconds,
        "guard": str(bug.guard),
    }


def _bug(row: Mapping[str, list[list[str]]], tests: Sequence[str]) -> BugRecord:
    return BugRecord(
        operator=str(row["op"]),
        where=tuple(map(str, row["in"])),
        splices=tuple(Splice(path=p, offset=int(o), old=old, new=new) for p, o, old, new in row["edit"]),
        fail_to_pass=tuple(tests[n] for first, last in row["f2p"] for n in range(int(first), int(last) + 1)),
        messages=tuple(map(str, row["say"])),
        spread=int(str(row["spread"])),
        seconds=float(str(row["s"])),
        guard=Guard(str(row["guard"])),
    )


def _folded(tests: Sequence[str]) -> dict[str, list[str]]:
    """File -> what follows it in the node ids: the paths are most of a list of tests."""
    folded: dict[str, list[str]] = {}
    for test in tests:
        path, _, name = test.partition("::")
        folded.setdefault(path, []).append(name)
    return folded


def _unfolded(folded: Mapping[str, list[str]]) -> tuple[str, ...]:
    return tuple(f"{path}::{name}" for path, names in folded.items() for name in names)


def _ranges(numbers: Sequence[int]) -> list[list[int]]:
    """Runs of neighbours, as first and last."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
