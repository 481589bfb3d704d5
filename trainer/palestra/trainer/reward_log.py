"""The rewards of a step on disk, turn by turn: what credit assignment starts from, and what a person looks up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from palestra.trainer.rewards import ScoredRollout
from palestra.trainer.run_paths import replace_text


def write_rewards(path: Path, scored: Iterable[ScoredRollout]) -> None:
    """One line of JSON for each rollout, in order; a masked one has no numbers."""
    replace_text(path, map(_line, scored))


def _line(scored: ScoredRollout) -> str:
    rollout, reward = scored.rollout, scored.reward
    row: dict[str, object] = {"key": rollout.key, "end": rollout.end and str(rollout.end), "valid": reward.valid}
    if reward.valid:
        row |= {"reward": reward.value, "outcome": scored.outcome, "gated": scored.gated, "ungated": scored.ungated}
        row |= {"parts": dict(reward.parts), "turn_credits": list(scored.credits)}
    return json.dumps(row, allow_nan=False) + "\n"
