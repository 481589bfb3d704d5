from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from palestra.envs.errors import DataError
from palestra.envs.swe.catalogue.archive import SDISTS_VARIABLE
from palestra.envs.swe.catalogue.package import Package
from palestra.envs.swe.catalogue.versions import version_task
from palestra.envs.swe.grader import CleanRoom, SweStatus
from palestra.envs.swe.places import host_sandbox
from palestra.envs.swe.repositories import repository_files
from palestra.envs.swe.task import Sdist
from palestra.envs.swe.views import given_files
from palestra.sandboxes import Sandbox, SandboxUnavailableError
from small_sdist import sdist_bytes

OLD = {"steps.py": b"def up(x):\n    return x + 1\n", "gone.py": b"y = 1\n", "tests/test_up.py": b""}
NEW = {
    "steps.py": b"from signs import sign\n\n\ndef up(x, by=1):\n    return x + by * sign(by)\n",
    "signs.py": b"def sign(x):\n    return -1 if x < 0 else 1\n",
    "tests/test_up.py": b"from steps import up\n\n\ndef test_one():\n    assert up(1) == 2\n\n\n"
    b"def test_two():\n    assert up(1, by=2) == 3\n",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        made = host_sandbox()
    except SandboxUnavailableError as error:
        pytest.skip(str(error).partition("\n")[0])
    with made:
        yield made


def laid(folder: Path) -> tuple[Sdist, Package]:
    sums = {}
    for version, files in (("1.0", OLD), ("1.1", NEW)):
        data = sdist_bytes(f"steps-{version}", files)
        (folder / f"steps-{version}.tar.gz").write_bytes(data)
        sums[version] = hashlib.sha256(data).hexdigest()
    newer = Package(name="steps", version="1.1", sha256=sums["1.1"], licence="MIT", source=("*.py",), tests=("tests",))
    return Sdist(name="steps", version="1.0", sha256=sums["1.0"]), newer


def test_new_tests_on_old_code_make_a_task(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SDISTS_VARIABLE, str(tmp_path))
    task = version_task(*laid(tmp_path), sandbox)
    assert task.fail_to_pass == ("tests/test_up.py::test_two",)
    assert task.pass_to_pass == ("tests/test_up.py::test_one",)
    repository = repository_files(task.repo, sandbox)
    given = given_files(task, repository)
    assert "signs.py" not in given.entries and "gone.py" in given.entries
    assert given.entries["steps.py"].content == OLD["steps.py"]
    verdict = asyncio.run(CleanRoom(sandbox).grade(task, repository, task.gold))
    assert verdict.status is SweStatus.RESOLVED, verdict


def test_two_releases_that_no_test_tells_apart_make_none(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SDISTS_VARIABLE, str(tmp_path))
    _, newer = laid(tmp_path)
    with pytest.raises(DataError, match="apart"):
        version_task(newer.sdist, newer, sandbox)
