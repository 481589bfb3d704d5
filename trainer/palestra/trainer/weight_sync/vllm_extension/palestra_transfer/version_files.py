"""The files of a version of weights: what is in them, and whether all of it is what was written."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

MANIFEST = "manifest.json"
FORMAT = "palestra-weights-1"
_THREADS = min(4, os.cpu_count() or 1)


class RefusedVersionError(ValueError):
    """A version is not whole, not the model's, or not newer than what is served."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TensorEntry:
    """A tensor of a version."""

    name: str
    """As in the checkpoint that the server was started from."""
    file: str
    shape: tuple[int, ...]
    dtype: str
    """As torch names it, e.g. `bfloat16`."""
    blake2b: str
    """Of its bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileEntry:
    """A file of a version. The checksums of its header and of its tensors cover each byte once."""

    name: str
    num_bytes: int
    header_blake2b: str
    """Of all that comes before the tensors."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a version consists of."""

    lineage: str
    """Of one life of a learner: versions grow within it, and may start anew in another."""
    version: int
    files: tuple[FileEntry, ...]
    tensors: tuple[TensorEntry, ...]

    @property
    def digest(self) -> str:
        """Checksum of all checksums: two versions with this in common are equal bit for bit."""
        rows = [[t.name, list(t.shape), t.dtype, t.blake2b] for t in sorted(self.tensors, key=lambda t: t.name)]
        return blake2b(json.dumps(rows).encode())

    def to_json(self) -> str:
        """One object; `checksum` covers the rest of it."""
        body = {
            "format": FORMAT,
            "lineage": self.lineage,
            "version": self.version,
            "files": [[f.name, f.num_bytes, f.header_blake2b] for f in self.files],
            "tensors": [[t.name, t.file, list(t.shape), t.dtype, t.blake2b] for t in self.tensors],
        }
        return json.dumps({**body, "checksum": blake2b(json.dumps(body).encode())})

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest of a version.

        Raises:
            RefusedVersionError: It is missing, damaged or of another format.
        """
        try:
            body: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            checksum = body.pop("checksum")
            if body["format"] != FORMAT:
                raise RefusedVersionError(f"{folder}: the format is {body['format']!r}, not {FORMAT!r}")
            if blake2b(json.dumps(body).encode()) != checksum:
                raise RefusedVersionError(f"{folder}: {MANIFEST} is not what was written")
            return cls(
                lineage=str(body["lineage"]),
                version=int(body["version"]),
                files=tuple(FileEntry(name=n, num_bytes=b, header_blake2b=h) for n, b, h in body["files"]),
                tensors=tuple(
                    TensorEntry(name=n, file=f, shape=tuple(s), dtype=d, blake2b=h) for n, f, s, d, h in body["tensors"]
                ),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            if isinstance(error, RefusedVersionError):
                raise
            raise RefusedVersionError(f"{folder}: no readable {MANIFEST}: {type(error).__name__}: {error}") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedVersion:
    """A version whose every byte was compared with its checksum; its tensors are mapped, not copied."""

    manifest: Manifest
    tensors: Mapping[str, Tensor]


def blake2b(content: bytes | memoryview) -> str:
    """The checksum used everywhere here: 128 bits, in hex."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def bytes_of(tensor: Tensor) -> memoryview:
    """The bytes of a contiguous tensor on the CPU, not copied."""
    content: Any = tensor.detach().view(-1).view(torch.uint8).numpy()
    return memoryview(content)


def stage(folder: Path) -> StagedVersion:
    """Map a version and compare all of it with its manifest.

    Raises:
        RefusedVersionError: Anything is missing or differs.
    """
    manifest = Manifest.read(folder)
    for file in manifest.files:
        _check_file(folder, file)
    tensors: dict[str, Tensor] = {}
    try:
        for name in {entry.file for entry in manifest.tensors}:
            with safe_open(folder / name, framework="pt", device="cpu") as reader:
                stored = set(reader.keys())
                wanted = {entry.name for entry in manifest.tensors if entry.file == name}
                if stored != wanted:
                    raise RefusedVersionError(
                        f"{folder / name}: holds {sample_of(stored ^ wanted)} against the manifest"
                    )
                tensors.update({key: reader.get_tensor(key) for key in wanted})
    except (OSError, SafetensorError) as error:
        raise RefusedVersionError(f"{folder}: {type(error).__name__}: {error}") from error
    with ThreadPoolExecutor(_THREADS) as pool:  # hashing releases the interpreter
        for problem in pool.map(lambda entry: _problem(entry, tensors[entry.name]), manifest.tensors):
            if problem:
                raise RefusedVersionError(f"{folder}: {problem}")
    return StagedVersion(manifest=manifest, tensors={entry.name: tensors[entry.name] for entry in manifest.tensors})


def _check_file(folder: Path, entry: FileEntry) -> None:
    path = folder / entry.name
    try:
        if Path(entry.name).name != entry.name:
            raise RefusedVersionError(f"{path}: lies outside of its folder")
        if (size := path.stat().st_size) != entry.num_bytes:
            raise RefusedVersionError(f"{path}: has {size} bytes, the manifest says {entry.num_bytes}")
        with path.open("rb") as file:
            length = file.read(8)
            header = length + file.read(min(int.from_bytes(length, "little"), entry.num_bytes))
    except OSError as error:
        raise RefusedVersionError(f"{path}: {type(error).__name__}: {error}") from error
    if blake2b(header) != entry.header_blake2b:
        raise RefusedVersionError(f"{path}: its header is not what was written")


def _problem(entry: TensorEntry, tensor: Tensor) -> str:
    if tuple(tensor.shape) != entry.shape or str(tensor.dtype) != f"torch.{entry.dtype}":
        return f"`{entry.name}` is {tensor.dtype} {tuple(tensor.shape)}, the manifest says {entry.dtype} {entry.shape}"
    if blake2b(bytes_of(tensor)) != entry.blake2b:
        return f"the bytes of `{entry.name}` are not what was written"
    return ""


def sample_of(names: set[str]) -> str:
    """Some names of many, for a message."""
    first = ", ".join(f"`{name}`" for name in sorted(names)[:3])
    return first if len(names) <= 3 else f"{first} and {len(names) - 3} more"
