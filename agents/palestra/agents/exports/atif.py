"""Rollouts as trajectories of the Agent Trajectory Interchange Format.

Source: https://harborframework.com/docs/trajectory-format (version 1.4).
"""

from __future__ import annotations

from collections.abc import Mapping

from palestra.agents.rollout import Rollout, Segment, TurnRow
from palestra.verifiers.text.json_value import Json

VERSION = "ATIF-v1.4"


def to_atif(rollout: Rollout, *, agent: str, agent_version: str, model: str | None = None) -> dict[str, Json]:
    """A rollout as one trajectory, with the tokens of every turn.

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
    for response, turn in zip(rollout.responses, rollout.turns, strict=False):
        steps.append(_step(len(steps) + 1, response, turn, segments))
    described: dict[str, Json] = {"name": agent, "version": agent_version}
    verdict = rollout.verdict
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
        "extra": {
            "task_id": str(rollout.task.id),
            "outcome": str(verdict.outcome),
            "score": verdict.score if verdict.valid else None,
            "detail": verdict.detail,
            "end": rollout.end and str(rollout.end),
            "trunk": rollout.trunk or None,
        },
    }


def _step(number: int, response: str, turn: TurnRow, segments: Mapping[int, Segment]) -> dict[str, Json]:
    segment = segments[turn.segment]
    start = segment.prompt_length + turn.start
    step: dict[str, Json] = {
        "step_id": number,
        "source": "agent",
        "message": response,
        "metrics": {
            "prompt_tokens": turn.tokens_in,
            "completion_tokens": turn.tokens_out,
            "prompt_token_ids": list(segment.token_ids[:start]),
            "completion_token_ids": list(segment.token_ids[start : start + turn.tokens_out]),
            "logprobs": list(segment.logprobs[turn.start : turn.start + turn.tokens_out]),
        },
        "extra": {
            "components": dict(turn.components),
            "cut_chars": turn.cut_chars,
            "cpu_s": turn.cpu_s,
            "model_s": turn.model_s,
            "tool_s": turn.tool_s,
            "queue_s": turn.queue_s,
        },
    }
    if turn.reply:
        step["observation"] = {"results": [{"content": turn.reply}]}
    return step
