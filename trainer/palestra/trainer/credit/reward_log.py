"""The rewards of a step on disk, turn by turn: what credit assignment starts from, and what a person looks up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import chain, repeat
from pathlib import Path

from palestra.trainer.credit.credit_log import SampleCredit
from palestra.trainer.rewards import Observation, ScoredRollout
from palestra.trainer.run_folder.run_paths import replace_text
from palestra.verifiers.noise import CorrectedReward


def write_rewards(path: Path, scored: Iterable[ScoredRollout], credits: Iterable[SampleCredit] = ()) -> None:
    """One line of JSON for each rollout, in order; a masked one has no numbers.

    Args:
        path: The file.
        scored: The rollouts.
        credits: What came of the rewards of the first of them; for as many as there are.
    """
    # The shorter of both decides where `zip` ends.
    replace_text(path, (_line(each, credit) for each, credit in zip(scored, chain(credits, repeat(None)))))  # noqa: B905


def _line(scored: ScoredRollout, credit: SampleCredit | None) -> str:
    rollout, reward = scored.rollout, scored.reward
    row: dict[str, object] = {"key": rollout.key, "end": rollout.end and str(rollout.end), "valid": reward.valid}
    if reward.valid:
        row |= {"reward": reward.value, "outcome": scored.outcome, "gated": scored.gated, "ungated": scored.ungated}
        row |= {"parts": dict(reward.parts), "turn_credits": list(scored.credits)}
        row |= {"components": dict(scored.components)} if scored.components else {}
    if scored.observation is not None:
        row |= _observed(scored.observation)
    if scored.corrected is not None:
        row |= _corrected(scored.corrected)
    if credit is not None and reward.valid:
        row["credit"] = credit.to_json()
    return json.dumps(row, allow_nan=False) + "\n"


def _observed(seen: Observation) -> dict[str, object]:
    row: dict[str, object] = {"observed": str(seen.verdict.outcome)}
    row |= {"stratum": seen.stratum} if seen.stratum else {}
    row |= {} if seen.settled is None else {"settled": seen.settled}
    row |= {} if seen.audit is None else {"audit": seen.audit.is_right, "propensity": seen.audit.propensity}
    return row


def _corrected(found: CorrectedReward) -> dict[str, object]:
    return {
        "raw": found.raw,
        "corrected": found.corrected,
        "fpr": found.fpr,
        "fnr": found.fnr,
        "corrector": found.corrector,
    }
