"""Rollouts of a finished run again: a generator that reads tokens from its log instead of sampling them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from palestra.agents import Completion, FinishReason, GenerationRequest, Rollout, RolloutError, TurnRow, VersionSpan
from palestra.trainer.errors import ConfigError, ReplayError
from palestra.trainer.generation.site import Generation, Site
from palestra.trainer.require import require
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.verifiers import Outcome

_KEY = '{"key": '
_Place = tuple[Path, int]
"""A file, and where in it a line begins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Replay:
    """The tokens of a run that was: environments and verifiers play and judge them again, nothing is sampled.

    With the configuration of that run the learner makes the same updates, bit for bit where it computes alike; with
    another reward or loss it learns from the same responses. What the log does not hold is an error.
    """

    kind: ClassVar[str] = "replay"

    run: str
    """Folder of the run."""

    def __post_init__(self) -> None:
        require(bool(self.run) and "\0" not in self.run, f"run must be the folder of a run, got {self.run!r}")

    def build(self, site: Site) -> Generation:
        """A generator on the log.

        Raises:
            ConfigError: The folder holds no rollouts.
        """
        generator = ReplayGenerator(LoggedRun(RunPaths(folder=Path(self.run))), site.tokenizer.stop_ids)
        return Generation(generator=generator, weight_sync=NoWeights(generator))


class LoggedRun:
    """The rollouts of a run by key. Lines are found at the start and read when they are asked for."""

    def __init__(self, paths: RunPaths) -> None:
        """Look through the files.

        Raises:
            ConfigError: There are none.
        """
        self.paths = paths
        self._steps = dict(paths.rollout_steps())
        self._training = {key: place for path in self._steps.values() for key, place in _lines(path)}
        self._evaluations: dict[tuple[int, str], _Place] = {}
        for path in sorted((paths.folder / "evaluations").glob("*-step-*.jsonl")):
            step = int(path.stem.rpartition("-")[2])
            self._evaluations |= {(step, key): place for key, place in _lines(path)}
        if not (self._training or self._evaluations):
            raise ConfigError(
                f"`{paths.folder}` holds no rollouts\n\nhint: generator.run is a run's folder, e.g. runs/quickstart"
            )

    def rollout(self, key: str, version: int) -> Rollout:
        """The rollout of a key; one of an evaluation was made after the step `version`.

        Raises:
            ReplayError: The log does not hold it.
        """
        place = self._training.get(key) or self._evaluations.get((version, key))
        if place is None:
            raise ReplayError(
                f"the log of `{self.paths.folder}` has no rollout `{key}`"
                "\n\nhint: replay with the configuration of that run, and no more steps than it has"
            )
        path, offset = place
        with path.open("rb") as file:
            file.seek(offset)
            line = file.readline()
        try:
            return Rollout.from_json(line.decode(errors="surrogateescape"))
        except RolloutError as error:
            raise ReplayError(f"{path}, byte {offset}: {error}") from error

    def keys_of(self, step: int) -> frozenset[str] | None:
        """Keys of a step's rollouts; None if the log does not hold the step."""
        path = self._steps.get(step)
        return None if path is None else frozenset(key for key, _ in _lines(path))


class ReplayGenerator:
    """Gives what was sampled under a key before, with its log-probabilities and versions."""

    def __init__(self, log: LoggedRun, stop_ids: Sequence[int]) -> None:
        """A generator.

        Args:
            log: Of the run that was.
            stop_ids: Tokens that end a completion.
        """
        self.version = 0
        """After which step an evaluation asks."""
        self._log = log
        self._stop_ids = frozenset(stop_ids)

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        """What the log holds for each request, in their order.

        Raises:
            ReplayError: It does not hold it, or the prompt is another than it was.
        """
        return [self._completion(request) for request in requests]

    def planned(self, step: int) -> frozenset[str] | None:
        """Keys of the rollouts that a step learned from."""
        return self._log.keys_of(step)

    def _completion(self, request: GenerationRequest) -> Completion:
        key, _, number = request.key.rpartition("/")
        rollout = self._log.rollout(key, self.version)
        turn = int(number)
        if turn >= len(rollout.turns):
            if rollout.verdict.outcome is Outcome.ERROR:
                return Completion.error(f"in the log the machinery broke here: {rollout.verdict.detail}")
            raise ReplayError(f"rollout `{key}` goes on behind its {len(rollout.turns)} turns in the log{_HINT}")
        row = rollout.turns[turn]
        segment = next(segment for segment in rollout.segments if segment.id == row.segment)
        start = segment.prompt_length + row.start
        if segment.token_ids[:start] != request.prompt_ids:
            raise ReplayError(f"rollout `{key}` read another prompt in its turn {turn + 1} than in the log{_HINT}")
        token_ids = segment.token_ids[start : start + row.tokens_out]
        is_last = turn == len(rollout.turns) - 1
        is_stopped = token_ids[-1:] and token_ids[-1] in self._stop_ids
        reason = FinishReason.STOP if is_stopped else FinishReason.LENGTH
        if is_last and rollout.finish_reason is not FinishReason.ERROR:
            reason = rollout.finish_reason
        return Completion(
            token_ids=token_ids,
            logprobs=segment.logprobs[row.start : row.start + row.tokens_out],
            finish_reason=reason,
            versions=tuple(_cut(segment.versions, row)),
            weight=rollout.weight if is_last else 1.0,
        )


_HINT = "\n\nhint: replay with the environment, tokenizer and limits of that run"


class NoWeights:
    """A replayed run needs no weights: a push says which evaluation is next."""

    def __init__(self, generator: ReplayGenerator) -> None:
        self._generator = generator

    async def push(self, version: int) -> None:
        """Note the version."""
        self._generator.version = version


def _cut(spans: Sequence[VersionSpan], row: TurnRow) -> Iterator[VersionSpan]:
    """The spans of a turn, counted from its first token."""
    for span in spans:
        start, end = max(span.start, row.start), min(span.end, row.start + row.tokens_out)
        if start < end:
            yield VersionSpan(version=span.version, start=start - row.start, end=end - row.start)


def _lines(path: Path) -> Iterator[tuple[str, _Place]]:
    """Keys of a file's rollouts, with their places; a broken last line is none.

    Raises:
        ReplayError: A line has no key.
    """
    offset = 0
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield _key(line.decode(errors="surrogateescape"), path), (path, offset)
            offset += len(line)


def _key(line: str, path: Path) -> str:
    try:
        # As it is written the key comes first, and the rest of a long line need not be parsed.
        is_first = line.startswith(_KEY)
        found = json.JSONDecoder().raw_decode(line, len(_KEY))[0] if is_first else json.loads(line)["key"]
    except (ValueError, LookupError, TypeError) as error:
        raise ReplayError(f"{path}: not a rollout: {line[:80]!r}") from error
    return str(found)
