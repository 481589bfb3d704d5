"""What every row of `ENVS` promises: a small sweep of its audit, and streams that never change.

`palestra audit` asks the same of many more tasks, and measures speed.
"""

from typing import Any

import gymnasium
import pytest
from gymnasium.vector import AutoresetMode

from goldens import PLAIN, PROCEDURAL, SANDBOXED, digest, goldens
from palestra.agents import AGENTS
from palestra.envs import ENVS, Family
from palestra.envs.audit import Status, checks_of, find, subject_of_row

SIZE = 6  # tasks of each difficulty; an audit has 40


@pytest.mark.parametrize("env_id", [*PLAIN, *(pytest.param(one, marks=pytest.mark.real) for one in SANDBOXED)])
def test_the_sweep_of_the_audit_passes(env_id: str) -> None:
    subject = subject_of_row(env_id, SIZE)
    sweep = [check for check in checks_of(subject) if not check.id.startswith("speed.")]
    findings = {check.id: find(check, subject) for check in sweep}
    subject.close()
    assert {name: f for name, f in findings.items() if f.status is Status.FAILED} == {}


@pytest.mark.parametrize("env_id", [*PLAIN, *(pytest.param(one, marks=pytest.mark.real) for one in SANDBOXED)])
def test_environments_whose_turns_have_rewards_of_their_own_say_so(env_id: str) -> None:
    """A run asks `pays_turns` before it plays: an environment that is silent would lose what its turns earn."""
    env = ENVS.make(env_id)
    earned: set[str] = set()
    for number, name in enumerate(("oracle", "random", "noop")):
        env.reset(options={"split": "train", "index": number})
        for _ in range(8):
            if env.episode.is_over:
                break
            env.step(AGENTS[name].respond(env))
        earned.update(part for record in env.episode.records for part in record.components)
    env.close()
    assert env.pays_turns or not earned, f"its turns earn {sorted(earned)}: set pays_turns"


@pytest.mark.parametrize("env_id", PLAIN)
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
    assert digest(env_id) == goldens(ENVS[env_id].group)[env_id]


def family_of(env_id: str, difficulty: float | None = None) -> Family[Any, Any]:
    source = ENVS[env_id].load().configured({} if difficulty is None else {"difficulty": difficulty})
    assert isinstance(source, Family)
    assert source.id == env_id
    return source
