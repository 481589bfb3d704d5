"""Rollouts made by hand."""

from __future__ import annotations

from collections.abc import Sequence

from palestra.agents import FinishReason, Rollout, Segment, VersionSpan
from palestra.envs import Task, TaskId
from palestra.verifiers import Verdict


def segment(prompt: Sequence[int], tokens: Sequence[int], mask: Sequence[int] | None = None, *, id: int = 0) -> Segment:
    """A segment; without a mask the policy wrote all of it."""
    mask = tuple(mask or [1] * len(tokens))
    edges = [i for i in range(len(mask)) if mask[i] and (i == 0 or not mask[i - 1])]
    ends = [i + 1 for i in range(len(mask)) if mask[i] and (i + 1 == len(mask) or not mask[i + 1])]
    return Segment(
        token_ids=(*prompt, *tokens),
        prompt_length=len(prompt),
        mask=mask,
        logprobs=tuple(-0.5 * m for m in mask),
        versions=tuple(VersionSpan(version=1, start=a, end=b) for a, b in zip(edges, ends, strict=True)),
        id=id,
    )


def rollout(key: str, verdict: Verdict, *segments: Segment) -> Rollout:
    """A rollout of a made-up task."""
    task_id = TaskId(source="test/Hand-v1", split="train", seed=0, index=0)
    return Rollout(
        key=key,
        task=Task(id=task_id, prompt="?", reference="!"),
        segments=segments,
        responses=("answer",) * bool(segments),
        verdict=verdict,
        finish_reason=FinishReason.STOP,
    )


def unknown() -> Verdict:
    """A verdict that could not be reached."""
    return Verdict.unknown(0.5)
