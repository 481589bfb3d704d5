"""What every row of `ENVS` promises: a small sweep of its audit, and streams that never change.

`palestra audit` asks the same of many more tasks, and measures speed.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.vector import AutoresetMode

from palestra.envs import ENVS, Family, Kind
from palestra.envs.audit import CHECKS, Status, find, subject_of_row

GOLDENS = Path(__file__).parent / "goldens"
PROCEDURAL = sorted(env_id for env_id, row in ENVS.items() if row.kind in (Kind.QUESTION, Kind.GAME))
SWEEP = [check for check in CHECKS if not check.id.startswith("speed.")]
SIZE = 6  # tasks of each difficulty; an audit has 40


@pytest.mark.parametrize("env_id", PROCEDURAL)
def test_the_sweep_of_the_audit_passes(env_id: str) -> None:
    subject = subject_of_row(env_id, SIZE)
    findings = {check.id: find(check, subject) for check in SWEEP}
    assert {name: f for name, f in findings.items() if f.status is Status.FAILED} == {}


@pytest.mark.parametrize("env_id", PROCEDURAL)
def test_a_vector_of_one_seed_is_a_group_of_equal_prompts(env_id: str) -> None:
    envs: Any = gymnasium.make_vec(env_id, 3, "sync", vector_kwargs={"autoreset_mode": AutoresetMode.DISABLED})
    prompts, _ = envs.reset(seed=[7] * 3)
    assert prompts == (family_of(env_id).task("train", 7, 0).prompt,) * 3
    _, rewards, _, truncated, _ = envs.step(("\ud800", "", "x" * 200_000))
    assert (list(rewards), list(truncated)) == ([0.0] * 3, [False] * 3)
    envs.close()


@pytest.mark.parametrize("env_id", PROCEDURAL)
def test_streams_never_change(env_id: str) -> None:
    """A change here is a change of behaviour: it needs a new version of the environment, not a new golden."""
    goldens = json.loads((GOLDENS / f"{ENVS[env_id].group}.json").read_text())
    assert digest(env_id) == goldens[env_id]


def digest(env_id: str) -> str:
    """Of two test tasks of seed 0 at each of three difficulties."""
    rows = [family_of(env_id, d).task("test", 0, index).to_json() for d in (0.2, 0.5, 1.0) for index in range(2)]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def family_of(env_id: str, difficulty: float | None = None) -> Family[Any, Any]:
    source = ENVS[env_id].load().configured({} if difficulty is None else {"difficulty": difficulty})
    assert isinstance(source, Family)
    assert source.id == env_id
    return source
