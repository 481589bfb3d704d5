"""Rollouts as trajectories of the Agent Trajectory Interchange Format.

Source: https://harborframework.com/docs/trajectory-format (version 1.4).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from palestra.agents.exports.told_segments import StepTokens, segments_told
from palestra.agents.rollout import Rollout, Segment, TurnRow
from palestra.verifiers.text.json_value import Json

VERSION = "ATIF-v1.4"
TURN_EXTRA = ("segment", "start", "components", "cut_chars", "cpu_s", "model_s", "tool_s", "queue_s")
"""Fields of a turn that a step has no place of its own for."""


def to_atif(rollout: Rollout, *, agent: str, agent_version: str, model: str | None = None) -> dict[str, Json]:
    """A rollout as one trajectory, with the tokens of every turn.

    `extra` holds the rest of it: the task, the verdict, and of the segments what the steps do not tell. A rollout
    without a verdict has `masked` there and no score: it is no failure.

    Args:
        rollout: With its turns (files of older versions have none).
        agent: Name of the agent.
        agent_version: Its version.
        model: Name of the model.
    """
    steps: list[Json] = []
    for source, message in (("system", rollout.system), ("user", rollout.task.prompt)):
        if message:
            steps.append({"step_id": len(steps) + 1, "source": source, "message": message})
    segments = {segment.id: segment for segment in rollout.segments}
    for response, turn in zip_longest(rollout.responses, rollout.turns[: len(rollout.responses)]):
        steps.append(_step(len(steps) + 1, response, turn, segments))
    described: dict[str, Json] = {"name": agent, "version": agent_version}
    return {
        "schema_version": VERSION,
        "session_id": rollout.key,
        "agent": described | ({"model_name": model} if model else {}),
        "steps": steps,
        "final_metrics": {
            "total_prompt_tokens": sum(turn.tokens_in for turn in rollout.turns),
            "total_completion_tokens": sum(turn.tokens_out for turn in rollout.turns),
            "total_steps": len(steps),
        },
        "extra": _extra(rollout),
    }


def step_tokens(rollout: Rollout) -> list[StepTokens]:
    """What the turns of a rollout read and wrote, as far as its segments have it."""
    segments = {segment.id: segment for segment in rollout.segments}
    return [_tokens(segments[turn.segment], turn) for turn in rollout.turns if turn.segment in segments]


def _extra(rollout: Rollout) -> dict[str, Json]:
    row = rollout.to_row()
    verdict = rollout.verdict
    segments: list[dict[str, Json]] = row["segments"]
    if _are_told(rollout):
        segments = [{name: each[name] for name in ("id", "parent", "prompt_length", "versions")} for each in segments]
    return {
        "task_id": str(rollout.task.id),
        "outcome": str(verdict.outcome),
        "score": verdict.score if verdict.valid else None,
        "masked": not verdict.valid,
        "detail": verdict.detail,
        "trunk": rollout.trunk or None,
        **{name: row[name] for name in ("end", "task", "verdict", "finish_reason", "attempts", "weight", "timings")},
        "segments": segments,
    }


def _are_told(rollout: Rollout) -> bool:
    """Whether the segments can be made again from the steps."""
    if len(rollout.turns) != len(rollout.responses):
        return False
    told, _ = segments_told(step_tokens(rollout))
    return [_content(each) for each in told] == [_content(each) for each in rollout.segments]


def _content(segment: Segment) -> tuple[object, ...]:
    return (segment.token_ids, segment.prompt_length, segment.mask, segment.logprobs)


def _tokens(segment: Segment, turn: TurnRow) -> StepTokens:
    start = segment.prompt_length + turn.start
    return StepTokens(
        prompt_ids=segment.token_ids[:start],
        completion_ids=segment.token_ids[start : start + turn.tokens_out],
        logprobs=segment.logprobs[turn.start : turn.start + turn.tokens_out],
    )


def _step(number: int, response: str, turn: TurnRow | None, segments: Mapping[int, Segment]) -> dict[str, Json]:
    step: dict[str, Any] = {"step_id": number, "source": "agent", "message": response}
    if turn is None:
        return step
    step["metrics"] = {"prompt_tokens": turn.tokens_in, "completion_tokens": turn.tokens_out}
    if turn.segment in segments:
        tokens = _tokens(segments[turn.segment], turn)
        step["metrics"] |= {
            "prompt_token_ids": list(tokens.prompt_ids),
            "completion_token_ids": list(tokens.completion_ids),
            "logprobs": list(tokens.logprobs),
        }
    step["extra"] = {name: getattr(turn, name) for name in TURN_EXTRA} | {"components": dict(turn.components)}
    if turn.reply:
        step["observation"] = {"results": [{"content": turn.reply}]}
    return step
