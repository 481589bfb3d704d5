import subprocess
from pathlib import Path

import pytest

from palestra.envs.errors import DataError
from palestra.envs.swe.places import Places
from palestra.envs.swe.repositories import repository_files
from palestra.envs.swe.task import GitBundle
from small_repository import TASK


def bundle(folder: Path) -> GitBundle:
    """A bundle with two commits, of which the first is meant; the tree is the test's own, so git may run in it."""
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@localhost"]
    subprocess.run([*git, "init", "-q"], check=True)
    commits = []
    for text in ("one", "two"):
        (folder / "code.py").write_text(f"VALUE = '{text}'\n")
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", text], check=True)
        commits.append(subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout)
    path = folder.parent / "in.bundle"
    subprocess.run([*git, "bundle", "create", "-q", str(path), "--all"], check=True)
    return GitBundle(path=str(path), commit=commits[0].strip())


def test_a_bundle_gives_the_files_of_one_commit_without_its_history(places: Places, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    files = repository_files(bundle(tmp_path / "tree"), places.workplace(TASK))
    assert {path: entry.content for path, entry in files.entries.items()} == {"code.py": b"VALUE = 'one'\n"}


def test_a_bundle_that_is_none_or_lacks_the_commit_cannot_be_read(places: Places, tmp_path: Path) -> None:
    broken = tmp_path / "broken.bundle"
    broken.write_bytes(b"no bundle")
    (tmp_path / "tree").mkdir()
    good = bundle(tmp_path / "tree")
    for repo in (
        GitBundle(path=str(tmp_path / "none"), commit="HEAD"),
        GitBundle(path=str(broken), commit="HEAD"),
        GitBundle(path=good.path, commit="0" * 40),
    ):
        with pytest.raises(DataError, match="cannot be read"):
            repository_files(repo, places.workplace(TASK))
