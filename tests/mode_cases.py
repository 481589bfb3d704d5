"""Runs of the tiny model in the modes of training, and a generator that is slow where a test wants it to be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from palestra.agents import Completion, FinishReason, GenerationRequest, VersionSpan
from palestra.trainer.checkpoints.checkpoint import Position
from palestra.trainer.config import TrainConfig
from palestra.trainer.config.reader import read_config
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.metrics import Metrics, StepMetrics
from palestra.trainer.run.assembly import assemble
from palestra.trainer.run.loop import TrainingLoop
from palestra.trainer.run.parts import Parts
from palestra.trainer.run_folder.run_paths import RunPaths
from tiny_model import save_tiny_model
from tiny_run import write_config

START = Position(step=0, train_seconds=0.0, threads=1)
COINS = 'reward = "random"'
COPIED = "generator.copies_weights = true"


class Notes:
    """A recorder that keeps what it is told."""

    def __init__(self) -> None:
        self.rows: list[Metrics] = []
        self.said: list[str] = []

    def record(self, metrics: Metrics) -> None:
        self.rows.append(metrics)

    def say(self, text: str) -> None:
        self.said.append(text)

    @property
    def steps(self) -> list[StepMetrics]:
        return [row for row in self.rows if isinstance(row, StepMetrics)]


class SlowGenerator:
    """Another generator that hands a request on when it may go, by its key and the version of the weights.

    Completions are those of the generator behind it, so that the loop's proofs hold.
    """

    def __init__(self, inner: InProcessGenerator, may_go: Callable[[str, int], bool]) -> None:
        self.inner = inner
        self._may_go = may_go

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        return [found for [found] in await asyncio.gather(*map(self._complete, requests))]

    async def _complete(self, request: GenerationRequest) -> list[Completion]:
        while not self._may_go(request.key, self.inner.version):
            await asyncio.sleep(0.001)
        return await self.inner.generate([request])


class ScriptedTokens:
    """Says one token many times, over several turns of the loop; labels each with the version of its moment."""

    def __init__(self, length: Callable[[str], int], *, token: int = 65, stop: int = 0) -> None:
        self.version = 0
        self.asked: list[str] = []
        self._length, self._token, self._stop = length, token, stop

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        self.asked += [request.key for request in requests]
        return list(await asyncio.gather(*map(self._complete, requests)))

    async def _complete(self, request: GenerationRequest) -> Completion:
        versions: list[int] = []
        for _ in range(max(1, min(self._length(request.key), request.sampling.max_new_tokens))):
            versions.append(self.version)
            await asyncio.sleep(0)
        edges = [i for i in range(len(versions)) if i == 0 or versions[i] != versions[i - 1]]
        spans = [
            VersionSpan(version=versions[start], start=start, end=end)
            for start, end in zip(edges, [*edges[1:], len(versions)], strict=True)
        ]
        return Completion(
            token_ids=(self._token,) * len(versions),
            logprobs=(-1.0,) * len(versions),
            finish_reason=FinishReason.LENGTH,
            versions=tuple(spans),
        )


def config_of(folder: Path, *lines: str, steps: int = 3) -> TrainConfig:
    """A run of the tiny model that coins pay, without evaluations; lines that begin with `--` are overrides."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "model"
    if not model.exists():
        save_tiny_model(model)
    tables = [line for line in lines if not line.startswith("--")]
    overrides = ["--evaluation.tasks=0", *(line for line in lines if line.startswith("--"))]
    return read_config(write_config(folder, model, COINS, *tables, steps=steps), overrides)


def loop_of(config: TrainConfig, folder: Path, change: Callable[[Parts], Parts] = lambda parts: parts) -> TrainingLoop:
    """A loop whose recorder is a `Notes`."""
    return TrainingLoop(config, change(assemble(config)), RunPaths(folder=folder), Notes())


def slowed(may_go: Callable[[str, int], bool]) -> Callable[[Parts], Parts]:
    """Parts whose generator is slow."""

    def change(parts: Parts) -> Parts:
        assert isinstance(parts.generator, InProcessGenerator)
        return replace(parts, generator=SlowGenerator(parts.generator, may_go))

    return change


def notes_of(loop: TrainingLoop) -> Notes:
    """What a loop recorded."""
    notes = loop._recorder
    assert isinstance(notes, Notes)
    return notes
