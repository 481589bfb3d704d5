"""What tells one model from another, and from itself after training: the key of caches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import torch

from palestra.trainer.model.model_files import model_location

_WHOLE_BYTES = 1 << 26
_END_BYTES = 1 << 20
_SUFFIXES = frozenset({".json", ".safetensors", ".bin", ".gguf", ".model", ".txt", ".jinja"})


def model_fingerprint(path: str) -> str:
    """A digest of a model's files, and of what computes with them here.

    Small files are read whole. Of those above 64 MiB the ends, the size and the time of the last change count: to
    read a large model to the end would take longer than many an evaluation.

    Raises:
        ModelError: There is no model.
    """
    place = model_location(path)
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{torch.__version__} cuda={torch.cuda.is_available()}".encode())
    files = [place] if place.is_file() else sorted(each for each in place.iterdir() if each.suffix in _SUFFIXES)
    for file in files:
        for piece in _pieces(file):
            digest.update(piece)
    return digest.hexdigest()


def _pieces(file: Path) -> Iterator[bytes]:
    status = file.stat()
    yield f"\0{file.name}\0{status.st_size}\0".encode()
    with file.open("rb") as stream:
        if status.st_size <= _WHOLE_BYTES:
            while chunk := stream.read(_END_BYTES):
                yield chunk
            return
        yield stream.read(_END_BYTES)
        stream.seek(-_END_BYTES, 2)
        yield stream.read(_END_BYTES)
        yield str(status.st_mtime_ns).encode()
