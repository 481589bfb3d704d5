import subprocess
import sys
import time
from pathlib import Path

import pytest

from palestra.sandboxes import Limits, Program, SandboxUnavailableError, Status, SubprocessSandbox, run_sync

WARNS_ONCE = """
import warnings
from palestra.sandboxes import SubprocessSandbox
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    SubprocessSandbox(allow_unsafe=True)
    SubprocessSandbox(allow_unsafe=True)
print(len(caught), caught[0].category.__name__)
"""


def test_is_refused_unless_asked_for_by_name() -> None:
    with pytest.raises(SandboxUnavailableError, match=r"hint: .*allow_unsafe=True"):
        SubprocessSandbox(allow_unsafe=False)


def test_warns_once_per_process() -> None:
    code = f"import sys; sys.path[:] = {sys.path!r}\n{WARNS_ONCE}"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["1", "RuntimeWarning"]


def test_kills_children_that_stay_in_the_session(box: SubprocessSandbox, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    source = f"import subprocess; subprocess.Popen(['sh', '-c', 'sleep 0.6; touch {mark}']); print('done')"
    result = run_sync(box, Program.python(source), Limits())
    assert (result.status, result.stdout) == (Status.OK, b"done\n")
    time.sleep(0.8)
    assert not mark.exists()


def test_does_not_wait_for_a_child_that_left_the_session(box: SubprocessSandbox) -> None:
    source = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(5)"
    result = run_sync(box, Program.python(source), Limits())
    assert result.status is Status.OK
    assert result.wall_s < 3


def test_removes_its_folder(box: SubprocessSandbox) -> None:
    folder = run_sync(box, Program.python("import os; print(os.getcwd(), end='')")).stdout.decode()
    assert folder
    assert not Path(folder).exists()


def test_does_not_claim_what_it_does_not_hold(box: SubprocessSandbox) -> None:
    assert not box.report.isolates & {"fs_read", "fs_write", "net", "pid", "ipc", "pids"}


def test_a_failure_of_the_sandbox_says_nothing_about_the_program(
    box: SubprocessSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    result = run_sync(box, Program.python("print(1)"))
    assert result.status is Status.INFRA
    assert "sandbox failed" in result.detail
