from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from palestra.envs.errors import DataError
from palestra.envs.swe.catalogue.archive import SDISTS_VARIABLE, fetch_sdist, find_sdist, read_sdist, sdist_folder
from palestra.envs.swe.task import Sdist
from small_sdist import sdist_bytes

FILES = {"pkg/__init__.py": b"x = 1\n", "tests/test_x.py": b"def test_x():\n    pass\n"}


def laid(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Sdist:
    monkeypatch.setenv(SDISTS_VARIABLE, str(folder))
    data = sdist_bytes("small_pkg-1.0", FILES)
    (folder / "small_pkg-1.0.tar.gz").write_bytes(data)
    return Sdist(name="small-pkg", version="1.0", sha256=hashlib.sha256(data).hexdigest())


def test_an_archive_of_the_folder_is_found_by_its_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sdist = laid(tmp_path, monkeypatch)
    assert fetch_sdist(sdist) == tmp_path / "small_pkg-1.0.tar.gz"
    assert find_sdist(Sdist(name="small-pkg", version="1.0", sha256="0" * 64)) is None


def test_files_lose_their_top_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = read_sdist(fetch_sdist(laid(tmp_path, monkeypatch)))
    contents = {path: entry.content for path, entry in files.entries.items() if entry.content}
    assert contents == FILES


def test_what_is_no_source_distribution_is_refused(tmp_path: Path) -> None:
    for number, data in enumerate([b"no archive", gzip.compress(b"no tar"), sdist_bytes("", FILES)]):
        path = tmp_path / f"{number}.tar.gz"
        path.write_bytes(data)
        with pytest.raises(DataError, match="no source distribution"):
            read_sdist(path)


def test_archives_are_kept_in_the_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SDISTS_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert sdist_folder() == tmp_path / "palestra" / "sdists"
    assert find_sdist(Sdist(name="small-pkg", version="1.0", sha256="0" * 64)) is None
