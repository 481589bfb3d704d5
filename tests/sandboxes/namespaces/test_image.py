from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from palestra.sandboxes import Limits, Program, RunResult, SandboxUnavailableError, Status
from palestra.sandboxes.namespaces.image import FolderImage, HostImage, Image
from palestra.sandboxes.zygote import ZygoteSandbox

LONG = Limits(cpu_s=20.0, wall_s=60.0)
SITE = "import os, sys; print(sorted({n for p in sys.path if 'packages' in p for n in os.listdir(p)}))"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root file system with a shell, `cat` and the libraries that they need, copied from this machine."""
    top = tmp_path / "root"
    (top / "usr/bin").mkdir(parents=True)
    (top / "etc").mkdir()
    (top / "etc/shadow").write_text("secret")
    (top / "opt").mkdir()
    (top / "opt/greeting").write_text("hello\n")
    (top / "bin").symlink_to("usr/bin")
    for tool in ("sh", "cat", "ls"):
        copy_with_libraries(shutil.which(tool) or pytest.skip(f"no `{tool}` here"), f"usr/bin/{tool}", top)
    return top


def copy_with_libraries(tool: str, name: str, top: Path) -> None:
    shutil.copy(tool, top / name)
    listed = subprocess.run(["ldd", tool], capture_output=True, text=True, check=False).stdout
    for word in listed.split():
        if word.startswith("/") and not (top / word[1:]).exists():
            (top / word[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(word).resolve(), top / word[1:])


def run(image: Image, program: Program) -> RunResult:
    with ZygoteSandbox(image, slots=1) as sandbox:
        return sandbox.run_sync(program, LONG)


def test_no_package_of_the_host_is_seen_unless_named(zygote: ZygoteSandbox) -> None:
    assert zygote.run_sync(Program.python(SITE)).stdout == b"[]\n"
    result = zygote.run_sync(Program.python("import numpy"))
    assert (result.status, b"ModuleNotFoundError" in result.stderr) == (Status.NONZERO, True)


def test_a_named_package_is_seen_and_no_other(zygote: ZygoteSandbox) -> None:
    image = HostImage(packages=("numpy",))
    result = run(image, Program.python(f"import numpy; print(numpy.arange(4).sum()); {SITE}"))
    assert result.status is Status.OK, result.stderr
    total, names = result.stdout.decode().splitlines()
    assert total == "6"
    assert {name.partition("-")[0].partition(".")[0] for name in eval(names)} == {"numpy"}


def test_a_package_can_be_loaded_before_any_job(zygote: ZygoteSandbox) -> None:
    image = HostImage(packages=("numpy",), preload=("numpy",))
    program = Program.python("import sys; print('numpy' in sys.modules); import numpy; print(numpy.random.random())")
    with ZygoteSandbox(image, slots=1) as sandbox:
        outputs = [sandbox.run_sync(program, LONG).stdout.split() for _ in range(3)]
    assert [output[0] for output in outputs] == [b"True"] * 3
    assert len({output[1] for output in outputs}) == 3, "what is drawn at random must not repeat"


def test_a_package_that_is_not_installed_is_named_with_a_hint() -> None:
    with pytest.raises(SandboxUnavailableError, match=r"`no-such-thing`(.|\n)*hint: pip install no-such-thing"):
        HostImage(packages=("no-such-thing",)).layout()


def test_the_image_cannot_be_written(zygote: ZygoteSandbox) -> None:
    source = """
import os, sys
for folder in ("/", "/usr", "/usr/bin", "/etc", "/dev", "/proc", "/sandbox", sys.prefix, sys.prefix + "/lib"):
    try:
        open(folder + "/x", "w")
        print("wrote", folder)
    except OSError as error:
        if error.errno not in (1, 2, 13, 30):
            print(folder, error)
"""
    found = zygote.run_sync(Program.python(source)).stdout
    assert found in (b"", b"wrote /sandbox\n")


def test_a_folder_is_the_whole_root(zygote: ZygoteSandbox, root: Path) -> None:
    result = run(FolderImage(path=root), Program.command("sh", "-c", "cat /opt/greeting; ls /usr/bin; ls /opt"))
    assert (result.status, result.stdout) == (Status.OK, b"hello\ncat\nls\nsh\ngreeting\n"), result.stderr


def test_the_etc_of_a_folder_is_not_shown_and_it_stays_unchanged(zygote: ZygoteSandbox, root: Path) -> None:
    before = sorted(path for path in root.rglob("*"))
    script = (
        "cat /etc/shadow; cat /etc/hostname; echo x > /opt/greeting; echo x > /usr/bin/cat; echo y > mine; cat mine"
    )
    result = run(FolderImage(path=root), Program.command("sh", "-c", script))
    assert result.stdout == b"sandbox\ny\n"
    assert (root / "opt/greeting").read_text() == "hello\n"
    assert sorted(path for path in root.rglob("*")) == before


def test_a_script_runs_by_the_interpreter_of_the_folder(zygote: ZygoteSandbox, root: Path) -> None:
    shim = root / "usr/bin/python3"  # it stands for an interpreter: it shows how it is called
    shim.write_text('#!/bin/sh\necho "$@"\ncat main.py\n')
    shim.chmod(0o755)
    result = run(FolderImage(path=root), Program.python("print(1)"))
    assert result.stdout == b"-s main.py\nprint(1)", result.stderr


def test_a_folder_without_a_root_file_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailableError, match="no `usr`"):
        FolderImage(path=tmp_path).layout()


def test_a_link_in_a_folder_does_not_show_the_host(zygote: ZygoteSandbox, root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (root / "way").symlink_to(tmp_path)
    (root / "opt/way").symlink_to(tmp_path / "secret")
    result = run(FolderImage(path=root), Program.command("sh", "-c", "cat /way/secret /opt/way"))
    assert result.stdout == b""


def test_only_what_is_shown_of_the_way_to_the_interpreter_can_be_listed(zygote: ZygoteSandbox) -> None:
    source = """
import os, sys
seen, folder = [], os.path.dirname(sys.base_prefix)
while folder != "/" and not folder.startswith("/usr"):
    try:
        seen += os.listdir(folder)
    except PermissionError:
        pass
    folder = os.path.dirname(folder)
print(seen)
"""
    assert zygote.run_sync(Program.python(source)).stdout == b"[]\n"
