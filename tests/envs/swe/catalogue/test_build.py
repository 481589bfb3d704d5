from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from palestra.envs.swe.bugs.bug import Bug
from palestra.envs.swe.catalogue.archive import SDISTS_VARIABLE
from palestra.envs.swe.catalogue.build import BuildConfig, build
from palestra.envs.swe.catalogue.judgeable import judgeable_tests
from palestra.envs.swe.catalogue.package import Package
from palestra.envs.swe.catalogue.record import PackageRecord
from palestra.envs.swe.catalogue.reference import Reference, measure
from palestra.envs.swe.catalogue.revalidation import revalidate
from palestra.envs.swe.catalogue.suite import Run, Suite, SuiteError
from palestra.envs.swe.catalogue.tasks import tasks_of
from palestra.envs.swe.catalogue.validation import Fate, try_bugs
from palestra.envs.swe.grader import CleanRoom
from palestra.envs.swe.patch import Splice
from palestra.envs.swe.places import host_sandbox
from palestra.sandboxes import Entry, Kind, Sandbox, SandboxUnavailableError, Snapshot
from small_sdist import sdist_bytes

SOURCE = b'''"""Numbers."""


def clamp(value, low, high):
    """Keep a value between two borders."""
    if value < low:
        return low
    if value > high:
        return high
    return value


def countdown(start):
    """All numbers down to 1."""
    out = []
    while start > 0:
        out.append(start)
        start -= 1
    return out


def unused(x):
    return x + 1
'''
TESTS = b"""import os, time
import pytest
from numbers_pkg import clamp, countdown


@pytest.mark.parametrize("value, right", [(-3, 0), (5, 5), (12, 10)])
def test_clamp(value, right):
    assert clamp(value, 0, 10) == right


def test_countdown():
    assert countdown(3) == [3, 2, 1]


def test_countdown_is_empty_below_one():
    assert countdown(0) == []


def test_skipped():
    pytest.skip("not here")


def test_needs_the_first_place():
    assert not os.path.exists("came.txt")


def test_leaves_a_file():
    open("came.txt", "w").close()
"""
FILES = {"numbers_pkg.py": SOURCE, "tests/test_numbers.py": TESTS}
TREE = Snapshot.of(Entry(path=path, kind=Kind.FILE, mode=0o644, content=data) for path, data in FILES.items())
ARCHIVE = sdist_bytes("numbers_pkg-1.0", FILES)
PACKAGE = Package(
    name="numbers-pkg",
    version="1.0",
    sha256=hashlib.sha256(ARCHIVE).hexdigest(),
    licence="MIT",
    source=("*.py",),
    tests=("tests",),
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        made = host_sandbox()
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])
    with made:
        yield made


@pytest.fixture(scope="module")
def suite(sandbox: Sandbox) -> Iterator[Suite]:
    with Suite(sandbox, PACKAGE, TREE) as made:
        yield made


@pytest.fixture(scope="module")
def reference(suite: Suite) -> Reference:
    return measure(suite, TREE)


def bug(old: str, new: str) -> Bug:
    offset = SOURCE.index(old.encode())
    line = SOURCE[:offset].count(b"\n") + 1
    splice = Splice(path="numbers_pkg.py", offset=offset, old=old, new=new)
    return Bug(operator="by-hand", where=("f",), splices=(splice,), lines=(("numbers_pkg.py", line),))


def test_tests_that_depend_on_their_order_or_are_skipped_are_no_part_of_the_reference(reference: Reference) -> None:
    names = [test.partition("::")[2] for test in reference.tests]
    assert names == [
        "test_clamp[-3-0]",
        "test_clamp[5-5]",
        "test_clamp[12-10]",
        "test_countdown",
        "test_countdown_is_empty_below_one",
        "test_leaves_a_file",
    ]
    assert [test.partition("::")[2] for test in reference.flaky] in (["test_needs_the_first_place"], [])


def test_a_bug_is_tried_with_the_tests_that_reach_it(reference: Reference) -> None:
    reaching = reference.reaching(bug("return high", "return low"))
    assert reaching == ("tests/test_numbers.py::test_clamp[12-10]",)
    assert reference.reaching(bug("return x + 1", "return x")) == ()


@pytest.mark.parametrize(
    ("old", "new", "fate"),
    [
        ("return high", "return low", Fate.VALIDATED),
        ("value < low", "value <= low", Fate.SURVIVED),
        ("return x + 1", "return x", Fate.UNREACHED),
        ("start -= 1", "__import__('os')._exit(0)", Fate.DIED),
        ("out = []", "out = __import__('random').choice([[], [7]])", Fate.FLAKY),
    ],
)
def test_a_bug_has_the_fate_that_its_tests_give_it(
    suite: Suite, reference: Reference, old: str, new: str, fate: Fate
) -> None:
    # A coin may fall the same way in each of three runs: then the next bug like it shows the difference.
    fates = [trial.fate for trial in try_bugs(suite, reference, [bug(old, new)] * (12 if fate is Fate.FLAKY else 1))]
    assert fate in fates


def test_an_endless_bug_ends_alone(suite: Suite) -> None:
    endless = bug("start -= 1", "start += 0")
    reports = list(suite.run_all([Run(splices=endless.splices, seed=1, repeats=2, wall_s=2.0), Run()]))
    assert [report.ended for report in reports] == ["timeout", ""]


def test_what_a_bug_destroys_is_back_for_the_next(suite: Suite) -> None:
    vandal = bug("out = []", "out = __import__('shutil').rmtree('.')")
    reports = list(suite.run_all([Run(splices=vandal.splices), Run()]))
    assert len(reports[1].named("passed")) >= 6


def test_a_suite_that_cannot_be_loaded_is_an_error_that_says_why(sandbox: Sandbox) -> None:
    broken = Snapshot.of(
        [Entry(path="tests/test_x.py", kind=Kind.FILE, mode=0o644, content=b"import nowhere\ndef test_x(): pass\n")]
    )
    with Suite(sandbox, PACKAGE, broken) as made, pytest.raises(SuiteError, match="nowhere"):
        measure(made, broken)


def test_tests_that_other_expectations_do_not_fail_decide_nothing(sandbox: Sandbox) -> None:
    path = "tests/test_more.py"
    text = b"from numbers_pkg import clamp\n\n\ndef test_good():\n    assert clamp(1, 0, 2) == 1\n\n\n"
    text += b"def test_idle():\n    same = type('Same', (), {'__eq__': lambda *_: True, '__ne__': lambda *_: True})()\n"
    text += b"    assert same == 1\n\n\n"
    text += b"def test_bad():\n    assert clamp(1, 0, 2) == 7\n"
    more = Snapshot.of([*TREE.entries.values(), Entry(path=path, kind=Kind.FILE, mode=0o644, content=text)])
    names = [f"{path}::test_{name}" for name in ("good", "idle", "bad")]
    assert judgeable_tests(names, PACKAGE, more, sandbox) == (names[0],)


def test_functions_whose_cases_have_other_names_in_other_processes_decide_nothing(sandbox: Sandbox) -> None:
    path = "tests/test_sets.py"
    text = b"import pytest\nfrom numbers_pkg import clamp\n\n\n"
    text += b"@pytest.mark.parametrize('value, pair', {(number, (number, None)) for number in range(40)})\n"
    text += b"def test_of_a_set(value, pair):\n    assert clamp(value, 0, 50) == pair[0]\n\n\n"
    text += b"@pytest.mark.parametrize('value', sorted({'a', 'b', 'c'}))\n"
    text += b"def test_in_order(value):\n    assert clamp(value, 'a', 'c') == value\n"
    more = Snapshot.of([*TREE.entries.values(), Entry(path=path, kind=Kind.FILE, mode=0o644, content=text)])
    steady = [f"{path}::test_in_order[{letter}]" for letter in "abc"]
    of_a_set = [f"{path}::test_of_a_set[{number}-pair{number}]" for number in range(40)]  # `hash(None)` is an address
    assert judgeable_tests([*of_a_set, *steady], PACKAGE, more, sandbox) == tuple(steady)


async def _judged(record: PackageRecord, sandbox: Sandbox) -> list[bool]:
    room = CleanRoom(sandbox)
    return [(await revalidate(task, TREE, room)).is_right for task in tasks_of(record, PACKAGE)][:4]


@pytest.mark.real  # half a minute
def test_built_tasks_are_right_in_the_clean_room(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import asyncio

    monkeypatch.setenv(SDISTS_VARIABLE, str(tmp_path))
    (tmp_path / "numbers_pkg-1.0.tar.gz").write_bytes(ARCHIVE)
    record = build(PACKAGE, sandbox, BuildConfig(wanted=6, composed=2, seed=1)).record
    assert record.counts["tried"] >= len(record.bugs) >= 4
    assert PackageRecord.read(record.write(tmp_path / "data")) == record
    assert all(asyncio.run(_judged(record, sandbox)))
