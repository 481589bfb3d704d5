"""Rollouts as the rows that other trainers take: one row for each segment, never one token made again from text.

Samples without a valid verdict are left out, as ours are: they have no reward.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from palestra.agents.rollout import Rollout
from palestra.verifiers.text.json_value import Json


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingRow:
    """A segment with its reward."""

    key: str
    """Of the rollout."""
    segment: int
    prompt_ids: tuple[int, ...]
    response_ids: tuple[int, ...]
    """What the policy wrote and observations, in their order."""
    mask: tuple[int, ...]
    """1 on the policy's tokens; as long as `response_ids`."""
    logprobs: tuple[float, ...]
    """0 on observations."""
    reward: float
    """The rollout's, on each of its segments."""
    turns: int
    """Responses in the segment."""
    stop_reason: str
    """Of the rollout's last response."""


def training_rows(rollouts: Iterable[Rollout]) -> list[TrainingRow]:
    """The segments of the rollouts that have a reward, in their order."""
    return [
        TrainingRow(
            key=rollout.key,
            segment=segment.id,
            prompt_ids=segment.token_ids[: segment.prompt_length],
            response_ids=segment.token_ids[segment.prompt_length :],
            mask=segment.mask,
            logprobs=segment.logprobs,
            reward=rollout.verdict.score,
            turns=sum(turn.segment == segment.id for turn in rollout.turns),
            stop_reason=str(rollout.finish_reason),
        )
        for rollout in rollouts
        if rollout.verdict.valid
        for segment in rollout.segments
        if any(segment.mask)
    ]


def verl_outputs(rows: Iterable[TrainingRow]) -> list[dict[str, Json]]:
    """The fields of verl's `AgentLoopOutput`, one object for each row."""
    return [
        {
            "prompt_ids": list(row.prompt_ids),
            "response_ids": list(row.response_ids),
            "response_mask": list(row.mask),
            "response_logprobs": list(row.logprobs),
            "reward_score": row.reward,
            "num_turns": row.turns,
            "extra_fields": {"key": row.key, "segment": row.segment},
        }
        for row in rows
    ]


def trl_columns(rows: Iterable[TrainingRow]) -> dict[str, Json]:
    """What a `rollout_func` of TRL's GRPO trainer returns: columns, with the mask as `env_mask`."""
    found = list(rows)
    return {
        "prompt_ids": [list(row.prompt_ids) for row in found],
        "completion_ids": [list(row.response_ids) for row in found],
        "logprobs": [list(row.logprobs) for row in found],
        "env_mask": [list(row.mask) for row in found],
        "reward": [row.reward for row in found],
    }


def skyrl_output(rows: Iterable[TrainingRow]) -> dict[str, Json]:
    """SkyRL's `GeneratorOutput`: columns."""
    found = list(rows)
    return {
        "prompt_token_ids": [list(row.prompt_ids) for row in found],
        "response_ids": [list(row.response_ids) for row in found],
        "rewards": [row.reward for row in found],
        "loss_masks": [list(row.mask) for row in found],
        "stop_reasons": [row.stop_reason for row in found],
        "rollout_metrics": None,
        "rollout_logprobs": [list(row.logprobs) for row in found],
    }
