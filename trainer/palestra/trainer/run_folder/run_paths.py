"""Where a run keeps what it writes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from palestra.agents import Rollout
from palestra.trainer.run_folder.storage import storing


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPaths:
    """The files of a run folder."""

    folder: Path

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.folder / "config.toml"

    @property
    def metrics(self) -> Path:
        """One line for each step and each evaluation."""
        return self.folder / "metrics.jsonl"

    @property
    def checkpoints(self) -> Path:
        """Folder of checkpoints."""
        return self.folder / "checkpoints"

    @property
    def model(self) -> Path:
        """The trained model, in the format of `transformers`."""
        return self.folder / "model"

    @property
    def summary(self) -> Path:
        """The run's last line, as a file."""
        return self.folder / "summary.json"

    @property
    def vocabulary(self) -> Path:
        """The texts of the model's tokens."""
        return self.folder / "vocabulary.json.gz"

    def rollouts(self, step: int) -> Path:
        """The rollouts of a training step."""
        return self.folder / "rollouts" / f"step-{step:05d}.jsonl"

    def rollout_steps(self) -> Iterator[tuple[int, Path]]:
        """The steps whose rollouts are there, in order, with their files."""
        found = (self.folder / "rollouts").glob("step-*.jsonl")
        yield from sorted((int(path.stem.removeprefix("step-")), path) for path in found)

    @property
    def ahead(self) -> Path:
        """Rollouts that were played for steps which are not whole yet, as they ended."""
        return self.folder / "rollouts" / "ahead.jsonl"

    def rewards(self, step: int) -> Path:
        """The rewards of a training step, with the credits of turns, and what tokens learned from them."""
        return self.folder / "rewards" / f"step-{step:05d}.jsonl"

    def evaluation(self, name: str, step: int) -> Path:
        """The rollouts of an evaluation."""
        return self.folder / "evaluations" / f"{name}-step-{step:05d}.jsonl"

    def forget_after(self, step: int, *, keeps_rollouts: bool = False) -> None:
        """Delete what a resumed run makes again: rewards and evaluations of later steps, and their rollouts.

        Args:
            step: Of the checkpoint that it goes on from.
            keeps_rollouts: Whether it learns from the rollouts that are there instead.
        """
        if not keeps_rollouts:
            self.ahead.unlink(missing_ok=True)
        for name in ("rewards",) if keeps_rollouts else ("rollouts", "rewards"):
            for path in (self.folder / name).glob("step-*.jsonl"):
                if int(path.stem.removeprefix("step-")) > step:
                    path.unlink()
        for path in (self.folder / "evaluations").glob("*-step-*.jsonl"):
            if int(path.stem.rpartition("-")[2]) > step:
                path.unlink()


def fresh_folder(wanted: Path) -> Path:
    """The folder itself, or `NAME-2`, `NAME-3`, ... if it holds something: a run never overwrites another."""
    candidate, number = wanted, 1
    while candidate.exists() and (not candidate.is_dir() or any(candidate.iterdir())):
        number += 1
        candidate = wanted.with_name(f"{wanted.name}-{number}")
    return candidate


def write_whole(path: Path, rollouts: Iterable[Rollout]) -> None:
    """Write a file of rollouts at once: after a kill it is there whole or not at all."""
    replace_text(path, (rollout.to_json() + "\n" for rollout in rollouts))


def replace_text(path: Path, lines: Iterable[str]) -> None:
    """Write a text file at once: after a kill there is the new one, whole, or what was there before.

    Raises:
        RunFolderError: The disk is full or not writable; what was there before is untouched.
    """
    partial = path.with_name(f".partial-{path.name}")
    with storing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with partial.open("w", encoding="utf-8") as file:
                file.writelines(lines)
                file.flush()
                os.fsync(file.fileno())
            partial.rename(path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
