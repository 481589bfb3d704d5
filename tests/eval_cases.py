"""Rollouts made by hand, for tests of evaluations."""

from __future__ import annotations

from collections.abc import Sequence

from palestra.agents import FinishReason, Rollout, TurnRow
from palestra.agents.scripted_play import key_of
from palestra.envs import Scalar, Task, TaskId
from palestra.verifiers import Verdict


def task(index: int, *, source: str = "test/Sums-v1", difficulty: float | None = None, prompt: str = "") -> Task:
    config: dict[str, Scalar] = {} if difficulty is None else {"difficulty": difficulty}
    return Task(
        id=TaskId(source=source, split="test", seed=0, index=index, config=config),
        prompt=prompt or f"What is {index} + 1?",
        reference=str(index + 1),
    )


def rollout(
    of: Task,
    verdict: Verdict,
    *,
    sample: int = 0,
    text: str = "4",
    tokens: tuple[int, int] = (10, 3),
    model_s: float = 0.5,
) -> Rollout:
    """A sample without tokens of its own: its turn counts them."""
    turn = TurnRow(segment=0, start=0, tokens_in=tokens[0], tokens_out=tokens[1], model_s=model_s)
    return Rollout(
        key=key_of(of, sample),
        task=of,
        segments=(),
        responses=(text,),
        verdict=verdict,
        finish_reason=FinishReason.STOP,
        turns=(turn,),
    )


def graded(scores: Sequence[Sequence[float]], **where: float) -> list[Rollout]:
    """Task by task, a rollout for each score."""
    return [
        rollout(task(index, **where), Verdict.partial(score), sample=sample, text=str(score))  # type: ignore[arg-type]
        for index, group in enumerate(scores)
        for sample, score in enumerate(group)
    ]
