"""Segments from what steps say about their tokens: what was read, what was written, with which log-probabilities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from palestra.agents.generator import UNSAMPLED, VersionSpan
from palestra.agents.rollout import Segment


@dataclass(frozen=True, kw_only=True, slots=True)
class StepTokens:
    """The tokens of one step of the policy."""

    prompt_ids: Sequence[int]
    """All that it read."""
    completion_ids: Sequence[int]
    logprobs: Sequence[float]
    """Of the completion."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldStep:
    """Where a step stands."""

    segment: int
    start: int
    """Counted from the end of the segment's prompt."""


def segments_told(steps: Iterable[StepTokens]) -> tuple[tuple[Segment, ...], tuple[ToldStep, ...]]:
    """The segments of steps, and the place of each step in them.

    A step whose prompt goes on from all that was read and written before is in the same segment; another one opens a
    new segment. Nobody says which policy wrote the tokens.

    Raises:
        palestra.agents.RolloutError: A step has no prompt, or its tokens and log-probabilities do not match.
    """
    segments: list[Segment] = []
    places: list[ToldStep] = []
    for step in steps:
        prompt = tuple(step.prompt_ids)
        last = segments[-1] if segments else None
        goes_on = last is not None and prompt[: len(last.token_ids)] == last.token_ids
        before = last if goes_on and last is not None else None
        if before is not None:
            segments.pop()
        else:
            before = _opened(prompt, len(segments))
        places.append(ToldStep(segment=before.id, start=len(prompt) - before.prompt_length))
        segments.append(_grown(before, prompt, step))
    return tuple(segments), tuple(places)


def _opened(prompt: tuple[int, ...], number: int) -> Segment:
    return Segment(
        token_ids=prompt,
        prompt_length=len(prompt),
        mask=(),
        logprobs=(),
        versions=(),
        id=number,
        parent=number - 1 if number else None,
    )


def _grown(before: Segment, prompt: tuple[int, ...], step: StepTokens) -> Segment:
    """The segment with what was observed since and what was written now."""
    observed = len(prompt) - len(before.token_ids)
    written = len(step.completion_ids)
    start = len(prompt) - before.prompt_length
    span = (VersionSpan(version=UNSAMPLED, start=start, end=start + written),) if written else ()
    return Segment(
        token_ids=(*prompt, *step.completion_ids),
        prompt_length=before.prompt_length,
        mask=(*before.mask, *[0] * observed, *[1] * written),
        logprobs=(*before.logprobs, *[0.0] * observed, *step.logprobs),
        versions=(*before.versions, *span),
        id=before.id,
        parent=before.parent,
    )
