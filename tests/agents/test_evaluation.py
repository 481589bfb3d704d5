from __future__ import annotations

import asyncio
import json
import math

import pytest

from doubles import ByteTokenizer, EchoEnv, EchoSource, ScriptedGenerator
from multi_turn_cases import CountingEnv, Lease, LeasedEnv
from palestra.agents import (
    AGENTS,
    EvaluationError,
    RolloutDriver,
    Sampling,
    ScriptedAgent,
    UnknownAgentError,
    evaluate_agent,
    evaluate_policy,
    wilson,
)
from palestra.envs import EpisodeState, Turn
from palestra.envs.swe.grader import SweStatus, SweVerdict
from palestra.verifiers import Verdict


def test_the_oracle_gets_everything_and_doing_nothing_nothing() -> None:
    best = evaluate_agent(EchoEnv(), AGENTS["oracle"], 30)
    worst = evaluate_agent(EchoEnv(), AGENTS["noop"], 30)
    assert (best.mean_reward, worst.mean_reward) == (wilson(30, 30), wilson(0, 30))
    assert (best.outcomes, worst.outcomes) == ({"PASS": 30}, {"FAIL": 30})
    assert best.pass_at_k == {1: wilson(30, 30)}


def test_a_scripted_agent_answers_the_same_for_the_same_task_and_anew_in_each_turn() -> None:
    env, again = EchoEnv(), EchoEnv()
    env.reset(seed=4, options={"index": 7})
    again.reset(options={"task_id": str(env.task.id)})
    first = AGENTS["random"].respond(env)
    assert first == AGENTS["random"].respond(again)
    env.step(first)
    assert AGENTS["random"].respond(env) != first


def test_an_unknown_agent_is_told_the_nearest() -> None:
    with pytest.raises(UnknownAgentError, match="did you mean `oracle`"):
        AGENTS["oracel"]
    with pytest.raises(UnknownAgentError, match="there are oracle, noop, random"):
        AGENTS["zzz"]


def test_an_evaluation_of_no_tasks_is_refused() -> None:
    with pytest.raises(EvaluationError, match="n = 0"):
        evaluate_agent(EchoEnv(), AGENTS["oracle"], 0)
    driver = RolloutDriver(ScriptedGenerator(lambda prompt, key: ""), ByteTokenizer(), Sampling())
    with pytest.raises(EvaluationError, match="0 tasks"):
        asyncio.run(evaluate_policy(driver, lambda task: EchoEnv(), []))


class SometimesBroken(EchoEnv):
    """Its grader breaks on every third task and cannot decide on the next."""

    def respond(self, state: EpisodeState, text: str) -> Turn:
        kind = state.task.id.index % 3
        if kind == 0:
            return Turn(verdict=Verdict.error("lost"))
        return Turn(verdict=Verdict.unknown(0.5) if kind == 1 else Verdict.passed())


def test_invalid_verdicts_are_counted_and_enter_no_number() -> None:
    agent = ScriptedAgent(name="mute", summary="", answer=lambda env, rng: "")
    evaluation = evaluate_agent(SometimesBroken(), agent, 9)
    assert evaluation.invalid == 6
    assert evaluation.mean_reward == wilson(3, 3)
    assert evaluation.outcomes == {"PASS": 3, "UNKNOWN": 3, "ERROR": 3}


def test_json_of_an_evaluation_without_valid_verdicts_has_nulls() -> None:
    evaluation = evaluate_agent(SometimesBroken(), AGENTS["noop"], 1)
    row = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))
    assert math.isnan(evaluation.mean_reward.value)
    assert row["mean_reward"] is None
    assert row["ci95"] is None
    assert row["invalid"] == row["n"] == 1


def test_a_policy_is_scored_by_task_with_pass_at_k_and_its_rollouts() -> None:
    def right_in_samples_0_and_2(prompt: str, key: str) -> str:
        return prompt.partition("Say ")[2].partition(".")[0] if key.split("/")[2] in "02" else "?"

    generator = ScriptedGenerator(right_in_samples_0_and_2, failures={"held-out/0/0/0": 9, "held-out/0/1/0": 1})
    driver = RolloutDriver(generator, ByteTokenizer(), Sampling(max_new_tokens=50))
    tasks = [EchoSource().task("test", 0, index) for index in range(6)]
    evaluation = asyncio.run(
        evaluate_policy(
            driver, lambda task: EchoEnv(), tasks, samples_per_task=4, key_prefix="held-out", name="step 10"
        )
    )
    assert [rollout.task for rollout in evaluation.rollouts] == [task for task in tasks for _ in range(4)]
    assert [rollout.attempts for rollout in evaluation.rollouts][:3] == [2, 2, 1]
    assert (evaluation.invalid, evaluation.n, evaluation.samples_per_task) == (1, 6, 4)
    assert evaluation.mean_reward.value == pytest.approx((5 * 0.5 + 1 / 3) / 6)
    assert evaluation.pass_at_k[2].value == pytest.approx((5 * (1 - 1 / 6) + 2 / 3) / 6)
    assert evaluation.pass_at_k[4] == wilson(5, 5), "the task with a lost sample has no pass@4"
    assert "rollouts" not in evaluation.to_json()


class EveryStatus(CountingEnv):
    """Judged as repositories are: each task by another status, every second one with a detail."""

    def judge(self, state: EpisodeState) -> Verdict:
        number = state.task.id.index
        status = list(SweStatus)[number % len(SweStatus)]
        return SweVerdict(status=status, detail="2 of 3 tests: as it was" if number % 2 else "").verdict


def test_the_statuses_of_the_clean_room_are_counted_by_name() -> None:
    result = evaluate_agent(EveryStatus(), AGENTS["oracle"], 2 * len(SweStatus))
    assert result.statuses == dict.fromkeys(sorted(map(str, SweStatus)), 2)
    assert result.to_json()["statuses"] == result.statuses
    assert result.invalid == 2, "what the machinery broke is no number"


def test_machinery_that_broke_has_the_status_that_graders_give_it() -> None:
    result = evaluate_agent(LeasedEnv(Lease(), broken={"ajudge": 99}), AGENTS["oracle"], 3)
    assert result.statuses == result.ends == {str(SweStatus.INFRA_ERROR): 3}
    assert result.invalid == 3
