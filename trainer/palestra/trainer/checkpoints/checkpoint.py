"""Checkpoints: everything that a run needs to go on bit for bit after a kill at any moment.

A checkpoint is written into a temporary folder, checksummed, and renamed: it exists whole or not at all.
Random numbers need no state, since tasks and tokens are drawn by keys that name seed, step and sample; the
generator holds nothing between steps but the weights' version. Whatever else a part remembers between steps it
gives as a state under a name, in JSON or as tensors (`Memory`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from safetensors.torch import load_file
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from palestra.trainer.crew.crew import ALONE, Crew
from palestra.trainer.errors import CheckpointError, ModelError
from palestra.trainer.model.model_files import load_model, save_model
from palestra.trainer.run_folder.storage import storing

if TYPE_CHECKING:
    from palestra.trainer.checkpoints.shard_files import Pattern

_NAME = re.compile(r"step-(\d{5,})")
_ADAPTER = "adapter_model.safetensors"
_STATES = "states.json"
_TENSORS = "tensors"
_FORMAT = 1
"""Of a checkpoint's files: raised when an older version could no longer read them, or this one those of an older."""


class Stateful(Protocol):
    """A part of a run that remembers something between steps."""

    def state(self) -> dict[str, object]:
        """What it remembers, in JSON."""
        ...

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from `state`, exactly."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """What the parts of a run remember besides the policy's weights."""

    states: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """States of parts by name, in JSON."""
    tensors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """States that hold tensors by name: the optimizer's, and weights that no other file has."""
    crew: Crew = ALONE
    """Whose states they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """Where a run stands."""

    step: int
    """Steps that are done; the weights' version."""
    train_seconds: float
    """Training time so far, evaluations not counted."""
    threads: int
    """Threads of the process; results are equal bit for bit only with as many again."""
    stage: str = ""
    """Name of the stage that the last step belongs to; empty in a run without stages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Checkpoint:
    """A checkpoint on disk."""

    folder: Path

    @property
    def model_folder(self) -> Path:
        """Weights, config and tokenizer in the format of `transformers`."""
        return self.folder / "model"

    @property
    def step(self) -> int:
        """The step after which it was written."""
        match = _NAME.fullmatch(self.folder.name)
        assert match is not None
        return int(match[1])

    def position(self) -> Position:
        """Where the run stood; verifies every file first.

        Raises:
            CheckpointError: A file is missing or differs from what was written, or another version wrote it.
        """
        try:
            manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
            self._check_format(manifest)
            files, position = dict(manifest["files"]), Position(**manifest["position"])
        except CheckpointError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._broken("manifest.json", type(error).__name__) from error
        for name, digest in files.items():
            path = self.folder / name
            if not path.is_file():
                raise self._broken(name, "it is missing")
            if _digest(path) != digest:
                raise self._broken(name, "its content is not what was written")
        return position

    def restore_weights(self, model: PreTrainedModel) -> None:
        """Copy the weights into a model of the same architecture.

        Raises:
            CheckpointError: The weights are those of another model.
        """
        with self.fitting("model"):
            self._restore_weights(model)

    @contextmanager
    def fitting(self, part: str) -> Iterator[None]:
        """Says of what goes wrong inside that the checkpoint does not fit a part of the run.

        Raises:
            CheckpointError: It does not.
        """
        try:
            yield
        except (ModelError, RuntimeError, ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise CheckpointError(
                f"the checkpoint {self.folder} does not fit the {part}: {reason}\n\n"
                "hint: resume with the model and the other settings that the run was started with"
            ) from error

    def _restore_weights(self, model: PreTrainedModel) -> None:
        adapter = self.model_folder / _ADAPTER
        if adapter.exists():
            from peft import set_peft_model_state_dict

            set_peft_model_state_dict(model, load_file(adapter))
            return
        saved, _ = load_model(str(self.model_folder))
        model.load_state_dict(saved.state_dict())

    def states(self) -> dict[str, dict[str, object]]:
        """The states of parts by name, in JSON."""
        states: dict[str, dict[str, object]] = json.loads((self.folder / _STATES).read_text(encoding="utf-8"))
        return states

    def tensors(self, name: str, pattern: Pattern = lambda _: None) -> dict[str, Any] | None:
        """A state that holds tensors; None if the run had none of this name.

        Args:
            name: Of the state.
            pattern: From a tensor's path in the state to what it is sharded like.
        """
        from palestra.trainer.checkpoints.shard_files import load_state

        folder = self.folder / _TENSORS
        for path in (folder / f"{name}.pt", folder / name):
            if path.exists():
                with self.fitting(name):
                    return load_state(path, pattern)
        return None

    def _check_format(self, manifest: Mapping[str, Any]) -> None:
        found = manifest.get("format", _FORMAT)
        if found != _FORMAT:
            writer = manifest.get("palestra", "of another version")
            raise CheckpointError(
                f"the checkpoint {self.folder} has the format `{found}`, this version reads `{_FORMAT}`\n\n"
                f"hint: go on with the palestra that wrote it, `{writer}`, or delete that folder"
            )

    def _broken(self, name: str, reason: str) -> CheckpointError:
        return CheckpointError(
            f"the checkpoint {self.folder} is broken: {name}: {reason}\n\n"
            "hint: delete that folder; --resume then takes the one before it"
        )


def save_checkpoint(
    folder: Path,
    position: Position,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    memory: Memory,
) -> Checkpoint:
    """Write a checkpoint below `folder`, whole or not at all.

    Raises:
        RunFolderError: The disk is full or not writable; earlier checkpoints are untouched.
    """
    final = folder / f"step-{position.step:05d}"
    partial = folder / f".partial-{final.name}"
    shutil.rmtree(partial, ignore_errors=True)
    with storing(final):
        try:
            _write(partial, position, model, tokenizer, memory)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)  # what cannot be finished must not fill the disk
            raise
        if final.exists():
            _remove(final)
        partial.rename(final)
        _sync(folder)
    return Checkpoint(folder=final)


def _write(
    partial: Path,
    position: Position,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    memory: Memory,
) -> None:
    partial.mkdir(parents=True)
    save_model(model, tokenizer, partial / "model")
    (partial / _TENSORS).mkdir()
    for name, tensors in memory.tensors.items():
        memory.crew.save_state(name, tensors, partial / _TENSORS)
    (partial / _STATES).write_text(json.dumps(memory.states), encoding="utf-8")
    files = {str(path.relative_to(partial)): _digest(path) for path in sorted(partial.rglob("*")) if path.is_file()}
    manifest = {"format": _FORMAT, "palestra": version("palestra"), "position": asdict(position), "files": files}
    (partial / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for path in partial.rglob("*"):
        _sync(path)


def checkpoints(folder: Path) -> Iterator[Checkpoint]:
    """The whole checkpoints below a folder, newest first."""
    names = [path for path in folder.glob("step-*") if _NAME.fullmatch(path.name)]
    yield from sorted((Checkpoint(folder=path) for path in names), key=lambda found: -found.step)


def keep_newest(folder: Path, count: int) -> None:
    """Delete all but the newest checkpoints."""
    for checkpoint in list(checkpoints(folder))[count:]:
        _remove(checkpoint.folder)


def _remove(folder: Path) -> None:
    """Delete a checkpoint; after a kill in between it no longer passes for one."""
    doomed = folder.with_name(f".deleted-{folder.name}")
    shutil.rmtree(doomed, ignore_errors=True)
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]


def _sync(path: Path) -> None:
    """Have the system write a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
