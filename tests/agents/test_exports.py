from __future__ import annotations

import asyncio
import json

from doubles import ByteTokenizer, EchoSource, ScriptedGenerator
from multi_turn_cases import CountingEnv
from palestra.agents import AppendOnly, Conduct, Episode, KeepLastObservations, Rollout, RolloutDriver, Sampling
from palestra.agents.exports import skyrl_output, to_atif, training_rows, trl_columns, verl_outputs
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment, unknown


def played(history: KeepLastObservations | None = None) -> Rollout:
    generator = ScriptedGenerator(lambda prompt, key: "done" if key.endswith("/4") else "more")
    driver = RolloutDriver(generator, ByteTokenizer(), Sampling(), Conduct(history=history or AppendOnly()))
    [found] = asyncio.run(driver.play([Episode(key="k", env=CountingEnv(), task=EchoSource().task("test", 0, 0))]))
    return found


def test_a_trajectory_holds_every_message_and_the_very_tokens() -> None:
    found = played(KeepLastObservations(count=1, slack=0))
    row = to_atif(found, agent="tool-calling", agent_version="1", model="tiny")
    assert json.loads(json.dumps(row, allow_nan=False)) == row
    steps = row["steps"]
    assert isinstance(steps, list)
    assert [step["source"] for step in steps] == ["system", "user"] + ["agent"] * 5
    assert [step["step_id"] for step in steps] == list(range(1, 8))
    agent_steps = steps[2:]
    for step in agent_steps:
        assert ByteTokenizer().text(step["metrics"]["completion_token_ids"]) == step["message"]
        assert len(step["metrics"]["logprobs"]) == step["metrics"]["completion_tokens"]
        assert len(step["metrics"]["prompt_token_ids"]) == step["metrics"]["prompt_tokens"]
    assert agent_steps[0]["observation"]["results"][0]["content"] == "Turn 1 of a long observation."


def test_rows_hold_the_segments_of_valid_rollouts_alone() -> None:
    edited = played(KeepLastObservations(count=1, slack=0))
    lost = rollout("lost", Verdict.error("gone"), segment([1], [2]))
    undecided = rollout("open", unknown(), segment([1], [2]))
    plain = rollout("plain", Verdict.partial(0.5), segment([1, 2], [3, 4, 5], [1, 0, 1]))
    rows = training_rows([lost, edited, undecided, plain])
    assert [row.key for row in rows] == ["k"] * len(edited.segments) + ["plain"]
    assert sum(sum(row.mask) for row in rows[:-1]) == edited.policy_tokens
    assert sum(row.turns for row in rows[:-1]) == 5
    [verl] = verl_outputs(rows[-1:])
    assert (verl["prompt_ids"], verl["response_ids"], verl["response_mask"]) == ([1, 2], [3, 4, 5], [1, 0, 1])
    assert verl["reward_score"] == 0.5
    trl, skyrl = trl_columns(rows), skyrl_output(rows)
    for columns, mask in ((trl, "env_mask"), (skyrl, "loss_masks")):
        lengths = {name: len(column) for name, column in columns.items() if isinstance(column, list)}
        assert set(lengths.values()) == {len(rows)}
        assert columns[mask] == [list(row.mask) for row in rows]
