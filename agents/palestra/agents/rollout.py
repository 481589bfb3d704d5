"""A rollout: one episode token by token, with its verdict; one line of JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from palestra.agents.errors import RolloutError
from palestra.agents.generator import UNSAMPLED, FinishReason, VersionSpan
from palestra.envs import EndReason, Task
from palestra.verifiers import Outcome, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """An append-only run of tokens; an edit or a fork of the history opens a new one.

    The first `prompt_length` tokens are the context that was read. After them come the policy's tokens
    (mask 1) and observations (mask 0), which carry the log-probability 0 and belong to no version.
    """

    token_ids: tuple[int, ...]
    prompt_length: int
    mask: tuple[int, ...]
    """1 on tokens that the policy wrote; as long as `token_ids` less the prompt."""
    logprobs: tuple[float, ...]
    """Behaviour log-probabilities; as long as `mask`."""
    versions: tuple[VersionSpan, ...]
    """In order, over the policy's tokens exactly; positions count from the end of the prompt."""
    id: int = 0
    parent: int | None = None
    """The segment that this one forked from."""

    def __post_init__(self) -> None:
        length = len(self.token_ids) - self.prompt_length
        if not (length == len(self.mask) == len(self.logprobs) and self.prompt_length > 0):
            raise RolloutError(
                f"segment of {len(self.token_ids)} tokens with a prompt of {self.prompt_length}: "
                f"{len(self.mask)} mask values and {len(self.logprobs)} log-probabilities"
            )
        if not all(map(math.isfinite, self.logprobs)):
            raise RolloutError("a log-probability is not finite: no policy samples a token of probability 0")
        if any(logprob and not mask for logprob, mask in zip(self.logprobs, self.mask, strict=True)):
            raise RolloutError("an observation token has a log-probability")
        if self.mask != _mask_of(self.versions, length):
            raise RolloutError("the version spans do not cover the policy's tokens exactly")


@dataclass(frozen=True, kw_only=True, slots=True)
class TurnRow:
    """What one turn did, earned and cost."""

    segment: int
    """Id of the segment in which the policy wrote."""
    start: int
    """Where its tokens begin, counted from the end of the segment's prompt."""
    tokens_in: int
    """Tokens that the policy read."""
    tokens_out: int
    """Tokens that it wrote."""
    reply: str = ""
    """What the environment answered; the policy does not read the last one any more."""
    components: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Named rewards in 0..1."""
    cut_chars: int = 0
    """How many characters of output the policy was not shown."""
    cpu_s: float = field(default=0.0, compare=False)
    """CPU seconds of what the turn ran in a sandbox."""
    model_s: float = field(default=0.0, compare=False)
    """Seconds on the clock until the policy had answered."""
    tool_s: float = field(default=0.0, compare=False)
    """Seconds until the environment had."""
    queue_s: float = field(default=0.0, compare=False)
    """Seconds that the episode waited for its stage before the turn."""

    def __post_init__(self) -> None:
        for name, value in self.components.items():
            if not 0.0 <= value <= 1.0:  # the bound of what turns can earn rests on it
                raise RolloutError(f"component `{name}` of a turn must lie in [0, 1], got {value}")


_TURN_FIELDS = tuple(each.name for each in fields(TurnRow))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rollout:
    """One finished episode.

    `from_json(to_json())` gives it back exactly. (The one text that JSON cannot hold, a surrogate pair spelled
    as two characters, is none that a tokenizer's decoder makes.)
    """

    key: str
    """Unique in its run, e.g. `0/17/3/5`: seed, step, prompt, sample."""
    task: Task
    segments: tuple[Segment, ...]
    """Empty if the environment did not even start."""
    responses: tuple[str, ...]
    """What the policy wrote, turn by turn."""
    verdict: Verdict
    finish_reason: FinishReason
    """Of the last completion."""
    attempts: int = 1
    """2 if the machinery failed at first."""
    turns: tuple[TurnRow, ...] = ()
    """One for each response; empty in files of versions that did not keep them."""
    end: EndReason | None = None
    """Why the episode was over; None in files of versions that did not say."""
    system: str = ""
    """The system prompt."""
    weight: float = 1.0
    """How many episodes it stands for: the product over its completions."""
    trunk: str = ""
    """Key of the rollout that this one was forked from: its first segment goes on from one of that rollout."""
    timings: Mapping[str, float] = field(default_factory=dict, hash=False)
    """Seconds by phase (`open_s`, `queue_s`, `generate_s`, `env_s`, `grade_s`). They and the seconds of turns are
    all that differs between equal runs."""

    @property
    def is_foreign(self) -> bool:
        """Whether somebody other than the run's policy wrote some of it."""
        return any(span.version == UNSAMPLED for segment in self.segments for span in segment.versions)

    @property
    def policy_tokens(self) -> int:
        """How many tokens the policy wrote."""
        return sum(sum(segment.mask) for segment in self.segments)

    @property
    def is_truncated(self) -> bool:
        """Whether the last response ran out of tokens."""
        return self.finish_reason is FinishReason.LENGTH

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self.to_row())

    def to_row(self) -> dict[str, Any]:
        """The rollout as a JSON object."""
        verdict = self.verdict
        return {
            "key": self.key,
            "task": self.task.to_json(),
            "responses": list(self.responses),
            "verdict": {
                "score": verdict.score,
                "outcome": str(verdict.outcome),
                "detail": verdict.detail,
                "parts": dict(verdict.parts),
                "p_correct": verdict.p_correct,
            },
            "finish_reason": str(self.finish_reason),
            "attempts": self.attempts,
            "end": self.end and str(self.end),
            "system": self.system,
            "weight": self.weight,
            "trunk": self.trunk,
            "turns": [_turn_to_json(turn) for turn in self.turns],
            "segments": [_segment_to_json(segment) for segment in self.segments],
            "timings": dict(self.timings),
        }

    @classmethod
    def from_json(cls, line: str) -> Rollout:
        """Read `to_json` back.

        Raises:
            RolloutError: The line is no rollout.
        """
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise RolloutError(f"not a rollout: {line[:80]!r} ({type(error).__name__}: {error})") from error
        return cls.from_row(row)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Rollout:
        """Read `to_row` back.

        Raises:
            RolloutError: The object is no rollout.
        """
        try:
            if not (isinstance(row["responses"], list | tuple) and isinstance(row["timings"], dict)):
                raise TypeError("`responses` is a list and `timings` an object")
            verdict = row["verdict"] | {"outcome": Outcome(row["verdict"]["outcome"])}
            return cls(
                key=row["key"],
                task=Task.from_json(row["task"]),
                responses=tuple(row["responses"]),
                verdict=Verdict(**verdict),
                finish_reason=FinishReason(row["finish_reason"]),
                attempts=row["attempts"],
                end=EndReason(row["end"]) if row.get("end") else None,
                system=row.get("system", ""),
                weight=row.get("weight", 1.0),
                trunk=row.get("trunk", ""),
                turns=tuple(TurnRow(**turn) for turn in row.get("turns", ())),
                segments=tuple(_segment_from_json(segment) for segment in row["segments"]),
                timings=row["timings"],
            )
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise RolloutError(f"not a rollout: {str(row)[:80]} ({type(error).__name__}: {error})") from error


def write_rollouts(path: Path, rollouts: Iterable[Rollout]) -> None:
    """Append rollouts to a JSONL file."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(rollout.to_json() + "\n" for rollout in rollouts)


def read_rollouts(path: Path) -> Iterator[Rollout]:
    """The rollouts of a JSONL file, in order.

    Raises:
        RolloutError: A line is no rollout, e.g. the last one after a kill; the message names it.
    """
    with path.open(encoding="utf-8", errors="surrogateescape") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield Rollout.from_json(line)
            except RolloutError as error:
                raise RolloutError(f"{path}, line {number}: {error}") from error


def _mask_of(versions: Sequence[VersionSpan], length: int) -> tuple[int, ...]:
    """The mask that the version spans stand for."""
    mask: list[int] = []
    for span in versions:
        if not len(mask) <= span.start <= span.end <= length:
            raise RolloutError(f"version span [{span.start}, {span.end}) overlaps, runs backwards or past {length}")
        mask += [0] * (span.start - len(mask)) + [1] * (span.end - span.start)
    return (*mask, *[0] * (length - len(mask)))


def _turn_to_json(turn: TurnRow) -> dict[str, object]:
    row = {name: getattr(turn, name) for name in _TURN_FIELDS}  # not `asdict`, which copies every value
    row["components"] = dict(turn.components)
    return row


def _segment_to_json(segment: Segment) -> dict[str, object]:
    return {
        "id": segment.id,
        "parent": segment.parent,
        "token_ids": list(segment.token_ids),
        "prompt_length": segment.prompt_length,
        "mask": list(segment.mask),
        "logprobs": list(segment.logprobs),
        "versions": [[span.version, span.start, span.end] for span in segment.versions],
    }


def _segment_from_json(row: Mapping[str, Any]) -> Segment:
    if not all(type(number) is int for name in ("token_ids", "mask") for number in row[name]):
        raise ValueError("`token_ids` and `mask` hold integers")
    return Segment(
        id=row["id"],
        parent=row["parent"],
        token_ids=tuple(row["token_ids"]),
        prompt_length=row["prompt_length"],
        mask=tuple(row["mask"]),
        logprobs=tuple(row["logprobs"]),
        versions=tuple(VersionSpan(version=version, start=start, end=end) for version, start, end in row["versions"]),
    )
