"""The texts of a model's tokens, kept beside a run: rollouts hold token ids alone."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

Piece = str | list[int]
"""What a token stands for: a text, or bytes where it is a part of a character."""

_ANCHOR = "i"
"""Decoded before each token: alone, a token may lose the space that it begins with."""
_UNREADABLE = "\ufffd"
_MOST_BYTES = 64 << 20
"""Of a file that is read: hundreds of thousands of tokens take a few MiB."""


def pieces_of(tokenizer: Tokenizer) -> list[Piece]:
    """The piece of every token id from 0 on; empty for ids that stand for nothing."""
    size = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1
    anchor = tokenizer.encode(_ANCHOR, add_special_tokens=False).ids[-1:]
    texts = tokenizer.decode_batch([[*anchor, token] for token in range(size)], skip_special_tokens=False)
    start = len(tokenizer.decode(anchor, skip_special_tokens=False))
    return [_piece(text[start:], tokenizer.id_to_token(token) or "") for token, text in enumerate(texts)]


def keep_vocabulary(path: Path, tokenizer: PreTrainedTokenizerBase) -> None:
    """Write what a tokenizer's tokens stand for, unless it cannot say so or the file is there.

    Raises:
        RunFolderError: The folder cannot be written.
    """
    from palestra.trainer.run_folder.storage import storing  # loads safetensors, which a reader has no need of

    backend: Tokenizer | None = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None and not path.exists():
        with storing(path):
            write_vocabulary(path, pieces_of(backend))


def write_vocabulary(path: Path, pieces: list[Piece]) -> None:
    """Write pieces as compressed JSON; equal pieces give an equal file."""
    partial = path.with_name(f".partial-{path.name}")
    partial.write_bytes(gzip.compress(json.dumps(pieces).encode(), mtime=0))
    partial.replace(path)


def read_vocabulary(path: Path) -> list[Piece]:
    """The pieces of a file that `write_vocabulary` has written.

    Raises:
        ValueError: It holds something else.
        OSError: It cannot be read.
    """
    try:
        with gzip.open(path) as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:  # a small file may unpack to more than there is memory
            raise ValueError(f"`{path}` is longer than any vocabulary")
        pieces = json.loads(content)
    except (EOFError, RecursionError, zlib.error) as error:
        raise ValueError(f"`{path}` is no vocabulary") from error
    if not isinstance(pieces, list) or not all(isinstance(piece, str | list) for piece in pieces):
        raise ValueError(f"`{path}` is no vocabulary")
    return pieces


def _piece(text: str, token: str) -> Piece:
    if _UNREADABLE not in text:
        return text
    if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
        return [int(token[3:5], 16)]
    known = [_BYTES.get(character) for character in token]
    return text if None in known else [byte for byte in known if byte is not None]


def _byte_alphabet() -> dict[str, int]:
    """The characters that byte-level vocabularies write bytes as.

    Printable bytes of Latin-1 stand for themselves, all others for the characters from U+0100 on.

    Source: "Language Models are Unsupervised Multitask Learners" (GPT-2), section 2.2, and its published code.
    """
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(0x100 + place): byte for place, byte in enumerate(others)}


_BYTES = _byte_alphabet()
