"""A generator that has not got the learner's weights ends a run of several ranks by its name, on all of them, soon."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config.reader import read_config
from palestra.trainer.errors import SyncError
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.metrics import Metrics
from palestra.trainer.run.assembly import assemble
from palestra.trainer.run.loop import TrainingLoop
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.weight_sync.in_process import SharedWeights
from ranks import end_of, start_ranks
from tiny_model import save_tiny_model
from tiny_run import write_config

pytestmark = pytest.mark.real  # real processes

SOON_S = 60.0
"""Far less than ranks wait for each other by default."""
LINES = ('reward = "random"', 'parallel = { kind = "fsdp" }')
FAST = ["--optim.lr=0.1", "--evaluation.tasks=0"]


class _Memory:
    """A recorder that forgets what it is told."""

    def record(self, metrics: Metrics) -> None: ...

    def say(self, text: str) -> None: ...


def _train_out_of_sync(path: str) -> int:
    """On the first rank, a run whose generator has weights of its own, but gets new labels alone."""
    if os.environ["RANK"] != "0":
        return train_command(path, FAST, None)
    config = read_config(Path(path), FAST)
    crew = config.parallel.join()
    reason = "it was stopped"
    try:
        parts = assemble(config, crew)
        assert isinstance(parts.generator, InProcessGenerator)
        parts = replace(parts, weight_sync=SharedWeights(parts.generator))
        loop = TrainingLoop(config, parts, RunPaths(folder=config.run_path), _Memory())
        asyncio.run(loop.run(Position(step=0, train_seconds=0.0, threads=1)))
    except SyncError as error:
        reason = str(error).splitlines()[0]
        raise
    finally:
        crew.close(reason)
    return 0


@pytest.mark.parametrize("line", ["", "learner.updates_per_step = 2"], ids=["one update", "two updates"])
def test_weights_that_do_not_reach_the_generator_end_all_ranks_by_that_name(line: str, tmp_path: Path) -> None:
    config = write_config(tmp_path, save_tiny_model(tmp_path / "model"), *LINES, line, steps=3)
    processes = start_ranks(2, _train_out_of_sync, str(config), log=tmp_path / "log")
    codes = end_of(processes, deadline_s=SOON_S)
    first, second = ((tmp_path / f"log.{rank}").read_text() for rank in range(2))
    assert codes == [1, 1], f"{first}\n{second}"
    assert "SyncError: step 2: generator and learner differ by" in first and "RankError" not in first
    assert "rank 1 ends, since the run failed on the first rank: step 2: generator and learner differ by" in second
