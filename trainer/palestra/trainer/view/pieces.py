"""What the tokens of a run stand for, from wherever that can be known without a model."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

from palestra.trainer.errors import ViewError
from palestra.trainer.run_folder.vocabulary import Piece, pieces_of, read_vocabulary


def find_pieces(target: Path, tokenizer: Path | None = None) -> Sequence[Piece] | None:
    """The pieces of all token ids: of the tokenizer that is named, or else of the run.

    A run has them in `vocabulary.json.gz`, with its model, or where its configuration says that the model is.
    None where nothing can be found: then responses are shown as texts, and tokens as numbers.

    Raises:
        ViewError: The tokenizer that is named cannot be read.
    """
    if tokenizer is not None:
        file = tokenizer / "tokenizer.json" if tokenizer.is_dir() else tokenizer
        pieces = _read(file)
        if pieces is None:
            raise ViewError(
                f"`{tokenizer}` holds no tokenizer that can be read\n\n"
                "hint: give a folder with tokenizer.json (`pip install tokenizers` reads it), or a vocabulary.json.gz"
            )
        return pieces
    found = (_read(path) for path in _places(target) if path.is_file())
    return next((pieces for pieces in found if pieces is not None), None)


def _places(target: Path) -> Iterator[Path]:
    # A file of rollouts lies in its run's folder, or in one below it.
    for folder in (target,) if target.is_dir() else (target.parent, target.parent.parent):
        yield folder / "vocabulary.json.gz"
        yield folder / "model" / "tokenizer.json"
        for config in (folder / "config.toml", folder / "config.json"):
            if (model := _model_of(config)) is not None:
                yield model / "tokenizer.json"
                yield model.parent / "vocabulary.json.gz"  # of the run that has trained it


def _model_of(config: Path) -> Path | None:
    """The folder of the model that a training's configuration names, or an evaluation's."""
    try:
        text = config.read_text(encoding="utf-8")
        settings = json.loads(text) if config.suffix == ".json" else tomllib.loads(text)
    except (OSError, ValueError, RecursionError):
        return None
    match settings:
        case {"command": {"model": str(path)}} | {"model": {"path": str(path)}} | {"model": str(path)}:
            return Path(path)
        case _:
            return None


def _read(path: Path) -> Sequence[Piece] | None:
    """The pieces of a file; None where they cannot be read."""
    try:
        if path.name.endswith(".gz"):
            return read_vocabulary(path)
        from tokenizers import Tokenizer

        return pieces_of(Tokenizer.from_file(str(path)))
    except ImportError:
        return None
    except Exception:  # noqa: BLE001  `tokenizers` raises nothing more special; without pieces the page still works
        return None
