"""The rewards of a step on disk, turn by turn: what credit assignment starts from, and what a person looks up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from palestra.agents import Rollout
from palestra.trainer.rewards import Reward
from palestra.trainer.run_paths import replace_text


def write_rewards(path: Path, rollouts: Sequence[Rollout], rewards: Sequence[Reward]) -> None:
    """One line of JSON for each rollout, in order; a masked one has no numbers."""
    replace_text(path, (_line(*pair) for pair in zip(rollouts, rewards, strict=True)))


def _line(rollout: Rollout, reward: Reward) -> str:
    row: dict[str, object] = {"key": rollout.key, "end": rollout.end and str(rollout.end), "valid": reward.valid}
    if reward.valid:
        row |= {"reward": reward.value, "outcome": reward.outcome, "gated": reward.gated, "ungated": reward.ungated}
        row |= {"parts": dict(reward.parts), "turn_credits": list(reward.credits)}
    return json.dumps(row, allow_nan=False) + "\n"
