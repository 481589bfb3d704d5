"""Rollouts as the page wants them: columns for its table, and chunks of texts and of tokens for the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from palestra.agents import UNSAMPLED, Rollout
from palestra.envs import Scalar
from palestra.trainer.view.entries import Contents, Entry, Json
from palestra.trainer.view.reward_chain import reward_steps
from palestra.trainer.view.rollout_files import RolloutFile
from palestra.trainer.view.tool_calls import calls_of

TEXT_CHUNK = 500
"""Rollouts whose texts are packed together: all of them are read for searching."""
TOKEN_CHUNK = 25
"""Rollouts whose tokens are packed together: they are read when one of them is looked at."""

_MOST_REFERENCE = 4000


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """Files of rollouts that are packed together."""

    name: str
    contents: tuple[Contents, ...]
    entries: tuple[Entry, ...]
    """All rollouts, in the order of the table."""

    @classmethod
    def of(cls, name: str, contents: Sequence[Contents]) -> Volume:
        """The rollouts of files, one after the other."""
        return cls(name=name, contents=tuple(contents), entries=tuple(e for each in contents for e in each.entries))

    @property
    def stamp(self) -> str:
        """Changes when what it holds does."""
        return "+".join(each.file.stamp for each in self.contents)

    def index(self) -> dict[str, Json]:
        """The columns of the table; texts that repeat are numbered."""
        entries = self.entries
        tasks = _Numbered()
        groups = _Numbered()
        places = [place for place, each in enumerate(self.contents) for _ in each.entries]
        rows = list(zip(places, entries, strict=True))
        columns: dict[str, Json] = {
            "source": list(places),
            "key": [entry.rollout.key for entry in entries],
            "task": [tasks.number(str(entry.rollout.task.id)) for entry in entries],
            "group": [groups.number(f"{place} {entry.rollout.task.id}") for place, entry in rows],
            "difficulty": [_plain(entry.rollout.task.id.config.get("difficulty")) for entry in entries],
            "outcome": [str(entry.rollout.verdict.outcome) for entry in entries],
            "score": [short(r.verdict.score) if (r := entry.rollout).verdict.valid else None for entry in entries],
            "reward": [short(entry.paid) for entry in entries],
            "advantage": [_advantage(entry) for entry in entries],
            "tokens": [entry.rollout.policy_tokens for entry in entries],
            "turns": [len(entry.rollout.responses) for entry in entries],
            "end": [_end(entry.rollout) for entry in entries],
            "version": [_versions(entry.rollout) for entry in entries],
        }
        tasks_json: list[Json] = list(tasks.texts)
        sources: list[Json] = [_source(each.file) for each in self.contents]
        envs = {str(entry.rollout.task.id): entry.rollout.task.id.source for entry in entries}
        return {"sources": sources, "tasks": tasks_json, "envs": [envs[task] for task in tasks.texts], **columns}

    def texts(self, chunk: int) -> dict[str, Json]:
        """What was asked and answered in a chunk of rollouts; what they are asked alike is there once."""
        prompts = _Numbered()
        rows: list[Json] = []
        for entry in self.entries[chunk * TEXT_CHUNK :][:TEXT_CHUNK]:
            rollout, verdict = entry.rollout, entry.rollout.verdict
            row: dict[str, Json] = {
                "p": prompts.number(rollout.task.prompt),
                "s": prompts.number(rollout.system),
                "r": list(rollout.responses),
                "t": [turn.reply for turn in rollout.turns],
                "d": verdict.detail,
                "g": prompts.number(rollout.task.reference[:_MOST_REFERENCE]),
            }
            rows.append(row)
        shared: list[Json] = list(prompts.texts)
        return {"prompts": shared, "rows": rows}

    def tokens(self, chunk: int) -> dict[str, Json]:
        """Tokens, turns and rewards of a chunk of rollouts; prompts that are alike are there once."""
        prompts: dict[tuple[int, ...], int] = {}
        rows: list[Json] = []
        for entry in self.entries[chunk * TOKEN_CHUNK :][:TOKEN_CHUNK]:
            rollout = entry.rollout
            segments: list[Json] = [
                {
                    "id": segment.id,
                    "parent": segment.parent,
                    "p": prompts.setdefault(segment.token_ids[: segment.prompt_length], len(prompts)),
                    "ids": list(segment.token_ids[segment.prompt_length :]),
                    # A tenth of a thousandth of a nat is finer than what generator and learner agree on.
                    "lp": [round(x * 1e4) for x, m in zip(segment.logprobs, segment.mask, strict=True) if m],
                    "v": [[span.version, span.start, span.end] for span in segment.versions],
                }
                for segment in rollout.segments
            ]
            rows.append(_facts(entry) | {"segments": segments})
        shared: list[Json] = [list(ids) for ids in prompts]
        return {"prompts": shared, "rows": rows}

    def token_ids(self) -> set[int]:
        """Every token that is shown."""
        segments = (segment for entry in self.entries for segment in entry.rollout.segments)
        return set(chain.from_iterable(segment.token_ids for segment in segments))


class _Numbered:
    """Texts by number, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def texts(self) -> Sequence[str]:
        return list(self._numbers)


def short(value: object) -> float | None:
    """A number with six digits; None where there is none that JSON knows."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(f"{value:.6g}")


def _plain(value: Scalar | None) -> Json:
    """A value as JSON has it: numbers that it has no word for are texts."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _source(file: RolloutFile) -> dict[str, Json]:
    return {"name": file.name, "origin": str(file.origin), "step": file.step}


def _advantage(entry: Entry) -> float | None:
    """The mean over the turns, as it was learned from."""
    turns = entry.credit.get("turns")
    values = [value for value in turns if isinstance(value, int | float)] if isinstance(turns, list) else []
    return short(sum(values) / len(values)) if values else None


def _end(rollout: Rollout) -> str:
    cut = " (cut)" if rollout.is_truncated else ""
    return f"{rollout.end or rollout.finish_reason}{cut}"


def _versions(rollout: Rollout) -> int | None:
    """The oldest version of the policy that wrote in it."""
    return min((v for v in _all_versions(rollout) if v != UNSAMPLED), default=None)


def _all_versions(rollout: Rollout) -> Iterator[int]:
    return (span.version for segment in rollout.segments for span in segment.versions)


def _facts(entry: Entry) -> dict[str, Json]:
    rollout = entry.rollout
    return {
        "parts": {name: short(value) for name, value in rollout.verdict.parts.items()},
        "p_correct": short(rollout.verdict.p_correct),
        "finish": str(rollout.finish_reason),
        "attempts": rollout.attempts,
        "weight": short(rollout.weight),
        "trunk": rollout.trunk,
        "meta": {name: _plain(value) for name, value in rollout.task.meta.items()},
        "timings": {name: short(value) for name, value in rollout.timings.items()},
        "turns": [
            {
                "segment": turn.segment,
                "start": turn.start,
                "in": turn.tokens_in,
                "out": turn.tokens_out,
                "cut": turn.cut_chars,
                "cpu": short(turn.cpu_s),
                "model": short(turn.model_s),
                "tool": short(turn.tool_s),
                "components": {name: short(value) for name, value in turn.components.items()},
            }
            for turn in rollout.turns
        ],
        "calls": [calls_of(response) for response in rollout.responses],
        "reward": {**entry.reward, "steps": reward_steps(entry.reward)} if entry.reward else None,
    }
