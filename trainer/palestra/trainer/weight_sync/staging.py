"""Versions of weights as folders of files: written whole or not at all, and deleted when nobody needs them."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from safetensors import SafetensorError
from torch import Tensor

from palestra.trainer.errors import StagingError
from palestra.trainer.weight_sync.vllm_extension.palestra_transfer.version_files import (
    MANIFEST,
    FileEntry,
    Manifest,
    TensorEntry,
    blake2b,
    bytes_of,
)

_PREFIX = "palestra-weights-"
_LOCK = "lock"
_SAFETENSORS_NAMES = {"float32": "F32", "bfloat16": "BF16", "float16": "F16", "float64": "F64"}
_THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenVersion:
    """A version that lies whole in its folder."""

    folder: Path
    manifest: Manifest

    @property
    def version(self) -> int:
        """Its number."""
        return self.manifest.version


class StagingArea:
    """A folder of one life of a learner. It holds the last whole version until a newer one is served everywhere."""

    def __init__(self, parent: Path, *, max_file_bytes: int) -> None:
        """Make the folder; what killed learners left beside it is deleted.

        Args:
            parent: A folder that the servers see under the same name.
            max_file_bytes: Of one file, unless a single tensor is larger.

        Raises:
            StagingError: The folder cannot be made.
        """
        self.lineage = uuid.uuid4().hex
        self.folder = parent / f"{_PREFIX}{self.lineage}"
        self._max_file_bytes = max_file_bytes
        try:
            parent.mkdir(parents=True, exist_ok=True)
            _sweep(parent)
            fresh = parent / f".new-{self.folder.name}"  # a sweep of another learner finds only locked folders
            fresh.mkdir()
            self._lock = _locked(fresh)
            fresh.rename(self.folder)
        except OSError as error:
            raise _failed(self.folder, error) from error

    def write(self, weights: Iterable[tuple[str, Tensor]], version: int) -> WrittenVersion:
        """Write a version.

        Args:
            weights: Named tensors on the CPU, contiguous, in the order in which they are loaded.
            version: Its number.

        Raises:
            StagingError: The disk is full or not writable; nothing is left half-written, earlier versions are whole.
        """
        found: list[Manifest] = []

        def fill(folder: Path) -> None:
            manifest = self._write_files(folder, weights, version)
            _write_synced(folder / MANIFEST, manifest.to_json().encode())
            found.append(manifest)

        self.write_folder(version, fill)
        return WrittenVersion(folder=self.folder_of(version), manifest=found[0])

    def write_folder(self, version: int, fill: Callable[[Path], object]) -> None:
        """Have a version's folder filled, and give it its name when it is whole.

        Raises:
            StagingError: As `write`.
        """
        final = self.folder_of(version)
        partial = self.folder / f".partial-{final.name}"
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            fill(partial)
            _sync_folder(partial)
            if final.exists():
                _remove(final)
            partial.rename(final)
            _sync_folder(self.folder)
        except (OSError, SafetensorError) as error:
            raise _failed(final, error) from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def folder_of(self, version: int) -> Path:
        """Where a version lies, if it was written."""
        return self.folder / f"v{version:08d}"

    def keep_from(self, version: int) -> None:
        """Delete the versions before this one."""
        for path in self.folder.glob("v*"):
            if path.name < self.folder_of(max(version, 0)).name:
                _remove(path)

    def close(self) -> None:
        """Delete everything; a second call does nothing."""
        self._lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write_files(self, folder: Path, weights: Iterable[tuple[str, Tensor]], version: int) -> Manifest:
        files: list[FileEntry] = []
        tensors: list[TensorEntry] = []
        with ThreadPoolExecutor(_THREADS) as pool:  # hashing and writing release the interpreter
            for number, batch in enumerate(_batches(weights, self._max_file_bytes)):
                name = f"weights-{number:05d}.safetensors"
                digests = [pool.submit(blake2b, bytes_of(tensor)) for _, tensor in batch]
                files.append(_write_safetensors(folder / name, batch))
                tensors += [
                    TensorEntry(
                        name=key,
                        file=name,
                        shape=tuple(tensor.shape),
                        dtype=_dtype(tensor),
                        blake2b=digest.result(),
                    )
                    for (key, tensor), digest in zip(batch, digests, strict=True)
                ]
        return Manifest(lineage=self.lineage, version=version, files=tuple(files), tensors=tuple(tensors))


def _batches(weights: Iterable[tuple[str, Tensor]], max_bytes: int) -> Iterator[list[tuple[str, Tensor]]]:
    batch: list[tuple[str, Tensor]] = []
    used = 0
    for name, tensor in weights:
        if batch and used + tensor.nbytes > max_bytes:
            yield batch
            batch, used = [], 0
        batch.append((name, tensor))
        used += tensor.nbytes
    if batch:
        yield batch


def _write_safetensors(path: Path, batch: list[tuple[str, Tensor]]) -> FileEntry:
    """Write tensors from where they are: the library's own writer would first copy all of them.

    Source: the format as in safetensors' README, "Format".
    """
    header: dict[str, object] = {}
    end = 0
    for name, tensor in batch:
        start, end = end, end + tensor.nbytes
        dtype = _SAFETENSORS_NAMES[_dtype(tensor)]
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    head = len(text).to_bytes(8, "little") + text
    with path.open("wb") as file:
        file.write(head)
        for _, tensor in batch:
            file.write(bytes_of(tensor))
        _sync(file)
    return FileEntry(name=path.name, num_bytes=len(head) + end, header_blake2b=blake2b(head))


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        _sync(file)


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())  # in main memory it costs nothing


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(folder: Path) -> None:
    """Delete a version; after a kill in between it no longer passes for one."""
    doomed = folder.with_name(f".deleted-{folder.name}")
    shutil.rmtree(doomed, ignore_errors=True)
    folder.rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _locked(folder: Path) -> IO[bytes]:
    """A file that stays locked for as long as this process lives."""
    (folder / _LOCK).touch()
    file = (folder / _LOCK).open("rb")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def _sweep(parent: Path) -> None:
    """Delete the folders of learners that are dead: nobody holds their lock."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            _locked(folder).close()
            shutil.rmtree(folder, ignore_errors=True)


def _failed(path: Path, error: OSError | SafetensorError) -> StagingError:
    reason = (getattr(error, "strerror", None) or str(error)).lower()
    return StagingError(
        f"cannot write weights to `{path}`: {reason}\n\n"
        "hint: `transfer.folder` needs room for two copies of the weights, on a disk that the servers see too"
    )
