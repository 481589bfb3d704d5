"""A rollout as a conversation with facts about it: what formats of chats have in common.

A conversation begins with the system prompt, if there is one, and the task. Then responses and replies take turns. It
ends with the last response: what the environment answered to that, nobody read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import zip_longest
from typing import Any

from palestra.agents.errors import RolloutError
from palestra.agents.exports.stored import StoredRollout
from palestra.agents.rollout import Rollout, TurnRow
from palestra.envs import TaskId
from palestra.verifiers import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """Messages in order, and the reply that nobody read."""

    messages: tuple[tuple[str, str], ...]
    """Role (`system`, `user` or `assistant`) and text."""
    last_reply: str = ""


def conversation_of(rollout: Rollout) -> Conversation:
    """The conversation of a rollout; a reply that is empty is a message too, so that roles alternate."""
    messages = [("system", rollout.system)] if rollout.system else []
    messages.append(("user", rollout.task.prompt))
    replies = [turn.reply for turn in rollout.turns][: len(rollout.responses)]
    for response, reply in zip_longest(rollout.responses, replies, fillvalue=""):
        messages += [("assistant", response), ("user", reply)]
    if not rollout.responses:
        return Conversation(messages=tuple(messages))
    return Conversation(messages=tuple(messages[:-1]), last_reply=messages[-1][1])


def read_conversation(conversation: Conversation) -> dict[str, Any]:
    """What of a rollout's row a conversation tells: `system`, `prompt`, `responses` and `replies`, as many.

    Messages of one role in a row are one prompt or reply; between responses in a row there is an empty reply.
    """
    system: list[str] = []
    before: list[str] = []
    responses: list[str] = []
    replies: list[list[str]] = []
    for role, text in conversation.messages:
        if role == "assistant":
            responses.append(text)
            replies.append([])
        elif replies:
            replies[-1].append(text)
        else:
            (system if role == "system" else before).append(text)
    if replies and not replies[-1]:
        replies[-1].append(conversation.last_reply)
    return {
        "system": "\n\n".join(system),
        "prompt": "\n\n".join(before),
        "responses": responses,
        "replies": ["\n\n".join(each) for each in replies],
    }


def facts_of(stored: StoredRollout) -> dict[str, Any]:
    """All of a rollout but its messages, tokens and turns, as columns of plain values; mappings are JSON texts.

    `masked` says that there is no verdict on the response, for the verifier could not decide or the machinery broke;
    `score` is null then. It is no failure.
    """
    row = stored.rollout.to_row()
    task, verdict = row["task"], row["verdict"]
    is_valid = stored.rollout.verdict.valid
    return {
        "source": stored.source,
        "step": stored.step,
        "env": stored.rollout.task.id.source,
        "task_id": task["id"],
        "reference": task["reference"],
        "meta": json.dumps(task["meta"]),
        "puzzle": task["puzzle"],
        "outcome": verdict["outcome"],
        "score": verdict["score"] if is_valid else None,
        "masked": not is_valid,
        "p_correct": verdict["p_correct"],
        "detail": verdict["detail"],
        "parts": json.dumps(verdict["parts"]),
        "finish_reason": row["finish_reason"],
        "end": row["end"],
        "attempts": row["attempts"],
        "weight": row["weight"],
        "trunk": row["trunk"],
    }


def row_of(key: str, facts: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a rollout, without turns and tokens, from `facts_of` and `read_conversation`."""
    return {
        "key": key,
        "task": {
            "id": facts["task_id"],
            "prompt": told["prompt"],
            "reference": facts["reference"],
            "meta": json.loads(facts["meta"]),
            "puzzle": facts["puzzle"],
        },
        "responses": told["responses"],
        "verdict": {
            "score": facts["score"] or 0.0,
            "outcome": facts["outcome"],
            "detail": facts["detail"],
            "parts": json.loads(facts["parts"]),
            "p_correct": facts["p_correct"],
        },
        **{name: facts[name] for name in ("finish_reason", "end", "attempts", "weight", "trunk")},
        "system": told["system"],
        "turns": [],
        "segments": [],
        "timings": {},
    }


def foreign_row(key: str, source: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a conversation that another program wrote: equal prompts are one task, nobody has judged it.

    Raises:
        RolloutError: There is nothing that anybody was asked.
    """
    prompt = told["prompt"]
    if not prompt:
        raise RolloutError("the conversation has no message of a user before the first response")
    number = int.from_bytes(blake2b(prompt.encode("utf-8", "surrogatepass"), digest_size=6).digest())
    verdict = Verdict.unknown(0.5, "imported without a verdict")
    facts = {
        "task_id": str(TaskId(source=source, split="train", seed=0, index=number)),
        **{"reference": "", "meta": "{}", "puzzle": "", "parts": "{}", "trunk": ""},
        **{"score": None, "outcome": str(verdict.outcome), "detail": verdict.detail, "p_correct": verdict.p_correct},
        **{"finish_reason": "stop", "end": None, "attempts": 1, "weight": 1.0},
    }
    return row_of(key, facts, told)


def reply_rows(replies: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of turns of which nothing is known but the replies; none where all are empty."""
    if not any(replies):
        return []
    return [{"segment": 0, "start": 0, "tokens_in": 0, "tokens_out": 0, "reply": reply} for reply in replies]


def messages_only(rollout: Rollout) -> Rollout:
    """What of a rollout a format of chats holds: no tokens, no costs, no scores of single turns, no times."""
    turns = tuple(TurnRow(**row) for row in reply_rows([turn.reply for turn in rollout.turns]))
    verdict = rollout.verdict if rollout.verdict.valid else replace(rollout.verdict, score=0.0)
    return replace(rollout, segments=(), turns=turns, timings={}, verdict=verdict)
