import pytest

from palestra.envs.swe.patch import FileChange, with_changes
from palestra.envs.swe.path_rules import RefusedPatchError, Work, matches, sort_diff
from palestra.envs.swe.views import given_files
from palestra.sandboxes import Entry, Kind, Snapshot
from small_repository import FILES, TASK, files

GIVEN = given_files(TASK, files())


def sort(*changes: FileChange) -> Work:
    return sort_diff(TASK, GIVEN, GIVEN.diff(with_changes(GIVEN, changes)))


def sort_entry(entry: Entry) -> Work:
    return sort_diff(TASK, GIVEN, GIVEN.diff(Snapshot.of([*GIVEN.entries.values(), entry])))


def write(path: str, text: str = "x = 1\n") -> FileChange:
    return FileChange(path=path, content=text.encode())


@pytest.mark.parametrize(
    "path", ["shapes/area.py", "shapes/new.py", "shapes/sub/deep.py", "tools.py", "shapes/json.py"]
)
def test_modules_are_work(path: str) -> None:
    assert [change.path for change in sort(write(path)).changes] == [path]


@pytest.mark.parametrize(
    "path",
    ["tests/test_area.py", "tests/data.py", "shapes/test_x.py", "README.md", "core.so", "shapes/x.cpython-311.so"],
)
def test_tests_and_what_is_no_code_are_left_out(path: str) -> None:
    assert sort(write(path)) == Work(changes=(), left_out=(path,))


@pytest.mark.parametrize("path", ["__pycache__/a.pyc", ".pytest_cache/x", "a.orig", ".venv/bin/python", "x.py~"])
def test_leftovers_do_not_count(path: str) -> None:
    assert sort(write(path)) == Work(changes=())


@pytest.mark.parametrize(
    "path",
    [
        "conftest.py",
        "tests/conftest.py",
        "tests/deep/conftest.py",
        "pytest.ini",
        ".pytest.ini",
        "sitecustomize.py",
        "shapes/usercustomize.py",
        "easy.pth",
        "easy.egg-info/entry_points.txt",
        "x.dist-info/RECORD",
        "pytest.py",
        "_pytest/python.py",
        "json.py",
        "os/__init__.py",
        "pluggy.pyi",
    ],
)
def test_what_starts_and_shadows_is_refused(path: str) -> None:
    with pytest.raises(RefusedPatchError):
        sort(write(path))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("setup.cfg", FILES["setup.cfg"].replace("--strict-markers", "--deselect tests/test_area.py")),
        ("setup.cfg", "[metadata]\nname = shapes\n"),
        ("tox.ini", "[pytest]\npython_functions = check\n"),
        ("pyproject.toml", FILES["pyproject.toml"] + '[tool.pytest.ini_options]\naddopts = "-k none"\n'),
        ("pyproject.toml", FILES["pyproject.toml"] + '[tool . "pytest"]\nx = 1\n'),
        ("pyproject.toml", FILES["pyproject.toml"] + '[project.entry-points.pytest11]\na = "b"\n'),
    ],
)
def test_settings_of_pytest_cannot_be_changed(path: str, text: str) -> None:
    with pytest.raises(RefusedPatchError, match="configuration of pytest"):
        sort(write(path, text))


def test_other_settings_are_left_out() -> None:
    work = sort(write("pyproject.toml", FILES["pyproject.toml"].replace("100", "90")), write("shapes/a.py"))
    assert (len(work.changes), work.left_out) == (1, ("pyproject.toml",))


@pytest.mark.parametrize("path", ["conftest.py", "tests/conftest.py"])
def test_removing_a_conftest_is_refused(path: str) -> None:
    before = with_changes(GIVEN, [write(path)])
    after = Snapshot.of(entry for name, entry in before.entries.items() if name != path)
    with pytest.raises(RefusedPatchError):
        sort_diff(TASK, before, before.diff(after))


@pytest.mark.parametrize(
    "entry",
    [
        Entry(path="shapes/link.py", kind=Kind.LINK, mode=0o777, target="/etc/passwd"),
        Entry(path="shapes/pipe.py", kind=Kind.OTHER, mode=0o644),
        Entry(path="shapes/suid.py", kind=Kind.FILE, mode=0o4755),
        Entry(path="shapes/.GIT", kind=Kind.FOLDER, mode=0o755),
        Entry(path="a/../b.py", kind=Kind.FILE, mode=0o644),
    ],
)
def test_what_is_no_plain_file_is_refused(entry: Entry) -> None:
    with pytest.raises(RefusedPatchError):
        sort_entry(entry)


def test_only_another_mode_is_no_change() -> None:
    entry = Entry(path="shapes/area.py", kind=Kind.FILE, mode=0o600, content=GIVEN.entries["shapes/area.py"].content)
    assert sort_entry(entry) == Work(changes=())


def test_too_large_a_patch_is_refused() -> None:
    with pytest.raises(RefusedPatchError, match="too large"):
        sort(write("shapes/a.py", "#" * (3 << 20)))
    with pytest.raises(RefusedPatchError, match="too large"):
        sort(*[write(f"shapes/m{number}.py") for number in range(501)])


def test_globs_stay_within_folders_unless_doubled() -> None:
    assert matches("a/b/c.py", ("**/*.py",)) and matches("c.py", ("**/*.py",)) and matches("a/x/y", ("a/**",))
    assert not matches("a/b.py", ("*.py",)) and not matches("ab.pyc", ("*.py",))
