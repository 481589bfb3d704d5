"""Rows of files, folders, installed packages and the Hugging Face hub, with the names of their splits."""

from __future__ import annotations

import csv
import gzip
import importlib.resources
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from palestra.envs.datasets.columns import Row
from palestra.envs.datasets.config import DatasetConfig
from palestra.envs.errors import ConfigError, DataError, MissingPackageError

UNNAMED = ""
"""Name of the part that a single file is."""

_TABLES = {".parquet": "parquet", ".arrow": "arrow"}
_NOT_ROWS = ("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json")
_PACKAGE = "package:"
_REMOTE = "hf://"
_PART = re.compile(r"(train|training|validation|valid|val|dev|test)(?![A-Za-z])", re.IGNORECASE)


def read_parts(config: DatasetConfig) -> list[tuple[str, Iterable[Row]]]:
    """The named splits of the data and their rows, which are read when they are iterated.

    Raises:
        ConfigError: No path is given.
        DataError: There is no such data, or it cannot be read.
        MissingPackageError: The data needs the package `datasets`.
    """
    files = local_files(config.path, config.name)
    if not files:
        parts = _of_hub(config)
    else:
        folder = Path(config.path).expanduser()
        parts = [
            (part_of(file.relative_to(folder)) if folder.is_dir() else UNNAMED, _FileRows(file, config.streaming))
            for file in files
        ]
    chosen = [(part, rows) for part, rows in parts if config.part in ("", part)]
    if not chosen:
        known = ", ".join(dict.fromkeys(part for part, _ in parts if part)) or "no named splits"
        raise DataError(f"`{config.path}` has no split `{config.part}`\n\nhint: it has {known}")
    return chosen


def local_files(path: str, name: str = "") -> list[Path]:
    """The files of a path, in order; none where the path names a data set of the hub.

    In a copy of a data set of the hub, the files of the configuration `name` are those of that folder or file name.

    Raises:
        ConfigError: The path is empty.
        DataError: The path must be a file or folder, and is none.
    """
    if not path:
        raise ConfigError('which data?\n\nhint: give `path`, e.g. path="train.jsonl"')
    if path.startswith(_PACKAGE):
        return [_of_package(path.removeprefix(_PACKAGE))]
    place = Path(path).expanduser()
    if place.is_dir():
        files = sorted(f for f in place.rglob("*") if f.is_file() and f.name not in _NOT_ROWS and _reader(f))
        files = [file for file in files if name and name in (file.stem, *file.relative_to(place).parts)] or files
        if not files:
            raise DataError(f"the folder `{path}` holds no .jsonl, .json, .csv or .parquet file")
        return files
    if place.is_file():
        if _reader(place) is None:
            raise DataError(f"`{path}` is no table\n\nhint: .jsonl, .json, .csv, .parquet, and .gz of them can be read")
        return [place]
    if not path.startswith(_REMOTE) and (_reader(place) or path.startswith((".", "/", "~")) or path.count("/") != 1):
        raise DataError(f"no file `{path}`\n\nhint: a data set of the hub is named `owner/name`")
    return []


def part_of(file: Path) -> str:
    """The split that a file's or its folder's name begins with: `main/train-00000-of-00002.parquet` is of `train`."""
    found = next((match for part in reversed(file.parts) if (match := _PART.match(part))), None)
    return found[1].lower() if found else file.name.partition(".")[0]


def _reader(file: Path) -> Callable[[Path], Iterator[Row]] | None:
    suffixes = [suffix.lower() for suffix in file.suffixes[-2:]]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    readers = {".jsonl": _json_lines, ".json": _json_rows, ".csv": _csv_rows, ".parquet": _table, ".arrow": _table}
    return readers.get(suffixes[-1]) if suffixes else None


@dataclass(frozen=True, slots=True)
class _FileRows:
    """The rows of a file, read anew at every iteration."""

    file: Path
    is_streaming: bool

    def __iter__(self) -> Iterator[Row]:
        reader = _reader(self.file)
        assert reader is not None  # `local_files` looked
        try:
            yield from _table(self.file, self.is_streaming) if reader is _table else reader(self.file)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise DataError(f"`{self.file}` cannot be read: {error}") from error


def _open(file: Path) -> Any:
    kind = gzip.open if file.suffix == ".gz" else open
    return kind(file, "rt", encoding="utf-8-sig", newline="")


def _json_lines(file: Path) -> Iterator[Row]:
    with _open(file) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"`{file}`, line {number} is no JSON: {error}") from None
            if not isinstance(row, dict):
                raise DataError(f"`{file}`, line {number} is no JSON object")
            yield row


def _json_rows(file: Path) -> Iterator[Row]:
    """A list of objects, an object that holds one list of objects, or JSON lines."""
    with _open(file) as text:
        try:
            value = json.load(text)
        except ValueError:
            yield from _json_lines(file)
            return
    values = value.values() if isinstance(value, dict) else [value]
    lists = [item for item in values if isinstance(item, list)]
    if len(lists) != 1 or not all(isinstance(row, dict) for row in lists[0]):
        raise DataError(f"`{file}` is no list of JSON objects")
    yield from lists[0]


def _csv_rows(file: Path) -> Iterator[Row]:
    with _open(file) as lines:
        yield from csv.DictReader(lines)


def _table(file: Path, streaming: bool = False) -> Iterator[Row]:
    kind = _TABLES[file.suffix.lower()]
    yield from _datasets().load_dataset(kind, data_files=str(file), split="train", streaming=streaming)


def _of_package(place: str) -> Path:
    package, _, inner = place.partition("/")
    try:
        file = importlib.resources.files(package).joinpath(inner)
    except ModuleNotFoundError:
        raise MissingPackageError(f"no package `{package}`\n\nhint: pip install {package.replace('_', '-')}") from None
    if not isinstance(file, Path) or not file.is_file():
        raise DataError(f"the package `{package}` holds no file `{inner}`")
    return file


def _of_hub(config: DatasetConfig) -> list[tuple[str, Iterable[Row]]]:
    load, path = _datasets().load_dataset, config.path
    try:
        if path.startswith(_REMOTE):
            kind = _TABLES.get(Path(path).suffix, "json")
            found = load(kind, data_files=path, streaming=config.streaming)
        else:
            found = load(path, config.name or None, revision=config.revision or None, streaming=config.streaming)
    except (OSError, ValueError) as error:
        place = path.removeprefix(_REMOTE).removeprefix("datasets/")
        repository = "/".join(place.split("/")[:2])
        raise DataError(
            f"the data set `{path}` cannot be had: {str(error)[:300]}\n\n"
            f"hint: on a machine with network, `hf download --repo-type dataset {repository} --local-dir DIR`; then "
            'path="DIR". Some data sets want their terms accepted on the hub, and `hf auth login`'
        ) from error
    return list(found.items())


def _datasets() -> Any:
    try:
        import datasets  # the PyPI package: imports here are absolute
    except ImportError:
        raise MissingPackageError(
            "Parquet files and data sets of the hub need the package `datasets`\n\n"
            "hint: pip install 'palestra[data]', or give a .jsonl or .csv file"
        ) from None
    return datasets
