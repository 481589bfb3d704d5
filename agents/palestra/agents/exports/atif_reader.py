"""Trajectories in the Agent Trajectory Interchange Format as rollouts: ours exactly, others as far as they tell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from palestra.agents.errors import RolloutError
from palestra.agents.exports.atif import TURN_EXTRA
from palestra.agents.exports.conversation import Conversation, foreign_row, read_conversation
from palestra.agents.exports.lone_surrogates import unspelled
from palestra.agents.exports.told_segments import StepTokens, ToldStep, segments_told
from palestra.agents.rollout import Rollout, Segment

_Step = Mapping[str, Any]


def from_atif(row: Mapping[str, Any]) -> Rollout:
    """A trajectory as a rollout.

    One of another agent has no verdict (UNKNOWN), its calls of tools are lines of JSON behind the message, and its
    tokens are there if every step of the agent has them: token ids of prompt and completion, and log-probabilities.

    Raises:
        RolloutError: It is no trajectory, or its tokens contradict each other.
    """
    try:
        row = unspelled(row) if (row.get("extra") or {}).get("escaped") else row
        extra = row.get("extra") or {}
        if not str(row["schema_version"]).startswith("ATIF-"):
            raise RolloutError(f"a schema version `{row['schema_version']}`")
        found = _own(row, extra) if {"task", "segments"} <= set(extra) else _foreign(row)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise RolloutError(f"not a trajectory: {str(row)[:80]} ({type(error).__name__}: {error})") from error
    return Rollout.from_row(found)


def _own(row: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    steps = [step for step in row["steps"] if step["source"] == "agent"]
    segments: list[dict[str, Any]] = extra["segments"]
    if any("token_ids" not in segment for segment in segments):
        told, _ = segments_told(map(_tokens, steps))
        segments = [
            {**segment, "token_ids": made.token_ids, "mask": made.mask, "logprobs": made.logprobs}
            for segment, made in zip(segments, told, strict=True)
        ]
    return {
        "key": row["session_id"],
        "system": "".join(step["message"] for step in row["steps"] if step["source"] == "system"),
        "responses": [step["message"] for step in steps],
        "turns": [_turn(step, step["extra"], _reply(step)) for step in steps if "extra" in step],
        "trunk": extra["trunk"] or "",
        "segments": segments,
        **{name: extra[name] for name in ("end", "task", "verdict", "finish_reason", "attempts", "weight", "timings")},
    }


def _foreign(row: Mapping[str, Any]) -> dict[str, Any]:
    messages: list[tuple[str, str]] = []
    for step in row["steps"]:
        source = step["source"]
        messages.append(("assistant" if source == "agent" else source, _message(step)))
        if reply := _reply(step):
            messages.append(("user", reply))
    told = read_conversation(Conversation(messages=tuple(messages)))
    steps = [step for step in row["steps"] if step["source"] == "agent"]
    segments: tuple[Segment, ...] = ()
    places: Sequence[ToldStep] = [ToldStep(segment=0, start=0)] * len(steps)
    if steps and all(_has_tokens(step) for step in steps):
        segments, places = segments_told(map(_tokens, steps))
    turns = [
        _turn(step, {"segment": place.segment, "start": place.start}, reply)
        for step, place, reply in zip(steps, places, told["replies"], strict=True)
    ]
    found = foreign_row(str(row.get("session_id") or row.get("trajectory_id") or "0"), "imported/Atif-v1", told)
    return {**found, "turns": turns, "segments": [_row_of(segment) for segment in segments]}


def _row_of(segment: Segment) -> dict[str, Any]:
    return {
        **{name: getattr(segment, name) for name in ("id", "parent", "token_ids", "prompt_length", "mask", "logprobs")},
        "versions": [(span.version, span.start, span.end) for span in segment.versions],
    }


def _turn(step: _Step, extra: Mapping[str, Any], reply: str) -> dict[str, Any]:
    metrics = step.get("metrics") or {}
    return {
        "tokens_in": metrics.get("prompt_tokens") or 0,
        "tokens_out": metrics.get("completion_tokens") or 0,
        "reply": reply,
        **{name: extra[name] for name in TURN_EXTRA if name in extra},
    }


def _has_tokens(step: _Step) -> bool:
    metrics = step.get("metrics") or {}
    return all(metrics.get(name) for name in ("prompt_token_ids", "completion_token_ids", "logprobs"))


def _tokens(step: _Step) -> StepTokens:
    metrics = step["metrics"]
    return StepTokens(
        prompt_ids=metrics["prompt_token_ids"],
        completion_ids=metrics["completion_token_ids"],
        logprobs=metrics["logprobs"],
    )


def _message(step: _Step) -> str:
    """What the step says: thoughts, text and calls of tools, one after the other."""
    thoughts = step.get("reasoning_content")
    calls = [
        json.dumps({"name": call["function_name"], "arguments": call["arguments"]})
        for call in step.get("tool_calls") or ()
    ]
    parts = [f"<think>\n{thoughts}\n</think>" if thoughts else "", _text(step["message"]), *calls]
    return "\n".join(filter(None, parts))


def _reply(step: _Step) -> str:
    results = (step.get("observation") or {}).get("results", ())
    return "\n\n".join(_text(result.get("content") or "") for result in results)


def _text(content: str | Sequence[Mapping[str, Any]]) -> str:
    """A text, or the texts among the parts of a message; pictures are left out."""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if part.get("type") == "text")
