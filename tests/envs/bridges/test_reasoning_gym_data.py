import ast
import inspect
import json
import textwrap
from typing import Any

import pytest

from palestra.envs import ENVS, ConfigError, KeyedRandom, NoOracleError, SingleTurnEnv, Task, TaskId, TaskIdError
from palestra.envs.bridges import reasoning_gym
from palestra.envs.bridges.reasoning_gym_data import EntryVerifier, ReasoningGym
from palestra.envs.bridges.scorers import EVALUATING, in_range
from palestra.envs.bridges.tagged_json import dump
from palestra.verifiers import Outcome

ENTRY = dump({"question": "6 * 7?", "answer": "42", "metadata": {}})


class Answers:
    """A scorer that gives one score, and keeps what it was asked."""

    def __init__(self, score: object) -> None:
        self.given = score
        self.asked: list[str] = []

    def score(self, answer: str, entry: dict[str, Any]) -> float:
        self.asked.append(answer)
        entry.clear()
        return in_range(self.given)


@pytest.mark.parametrize("score", [float("nan"), float("inf"), -0.1, 1.5, None, "high"])
def test_what_is_no_score_in_0_to_1_is_an_error_verdict(score: object) -> None:
    verdict = EntryVerifier(Answers(score)).verify("42", ENTRY)
    assert (verdict.outcome, verdict.valid) == (Outcome.ERROR, False)


@pytest.mark.parametrize(("score", "outcome"), [(0, "FAIL"), (0.01, "PARTIAL"), (True, "PASS")])
def test_the_score_is_the_peers(score: float, outcome: str) -> None:
    verdict = EntryVerifier(Answers(score)).verify("42", ENTRY)
    assert (verdict.outcome, verdict.score) == (outcome, float(score))


def test_the_last_tagged_answer_is_scored_and_else_the_whole_response() -> None:
    scorer = Answers(1)
    for response in ("<answer>1</answer> no: <answer> 42\n</answer>.", "<think>1</think> 42 ", "plain"):
        EntryVerifier(scorer).verify(response, ENTRY)
    assert scorer.asked == ["42", " 42 ", "plain"]


@pytest.mark.parametrize("reference", ["{", "[]", '{"question": "?"}'])
def test_a_reference_that_is_no_entry_is_refused(reference: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        EntryVerifier(Answers(1)).verify("42", reference)


def evaluates(function: Any) -> bool:
    """Whether a function calls something that runs text as code, on what its response says."""
    calls = [
        node for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))) if isinstance(node, ast.Call)
    ]
    names = {ast.unparse(call.func).rpartition(".")[2] for call in calls if "entry" not in ast.unparse(call)}
    return bool(names & {"eval", "exec", "parse_expr", "sympify"})


@pytest.mark.heavy
def test_the_refused_scorers_are_those_that_evaluate() -> None:
    factory = pytest.importorskip("reasoning_gym.factory")
    found = {name for name, (dataset, _) in factory.DATASETS.items() if evaluates(dataset.score_answer)}
    # `propositional_logic` has a parser of its own of the same name, which runs nothing.
    assert found - {"propositional_logic"} == set(EVALUATING)


@pytest.mark.heavy
def test_evaluating_scorers_are_refused_unless_asked_for() -> None:
    pytest.importorskip("reasoning_gym")
    for name in EVALUATING:
        with pytest.raises(ConfigError, match="runs the response as Python code"):
            reasoning_gym(name)
        assert reasoning_gym(name, {"allow_unsafe": True}).name == name


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["spiral_matrix", "countdown"])
def test_a_sandboxed_scorer_scores_alike_and_keeps_code_away(name: str) -> None:
    pytest.importorskip("reasoning_gym")
    source = reasoning_gym(name, {"sandboxed": True})
    task = source.task("train", 0, 0)
    assert source.verifier.verify(source.oracle(task), task.reference).score == 1.0
    assert source.verifier.verify("banana", task.reference).score < 0.1
    code = "[__import__('os')._exit(3)]"
    assert source.verifier.verify(code, task.reference).outcome is Outcome.ERROR


@pytest.mark.heavy
@pytest.mark.parametrize("name", ["chain_sum", "zebra_puzzles", "arc_1d", "sudoku", "acre"])
def test_tasks_regenerate_and_survive_json(name: str) -> None:
    pytest.importorskip("reasoning_gym")
    source = reasoning_gym(name)
    for split in ("train", "test"):
        task = source.task(split, 3, 5)
        assert Task.from_json(json.loads(json.dumps(task.to_json()))) == task
        again = ReasoningGym.configured(task.id.config).regenerate(TaskId.parse(str(task.id)))
        assert again == task
        assert source.verifier.verify(source.oracle(task), again.reference).score == 1.0
    assert source.task("train", 3, 5).prompt != source.task("test", 3, 5).prompt


@pytest.mark.heavy
def test_neighbouring_seeds_share_no_tasks() -> None:
    pytest.importorskip("reasoning_gym")
    source = reasoning_gym("chain_sum")
    prompts = [{source.task("train", seed, index).prompt for index in range(50)} for seed in (42, 43)]
    assert not prompts[0] & prompts[1]


@pytest.mark.heavy
def test_ids_of_another_release_or_source_are_refused() -> None:
    pytest.importorskip("reasoning_gym")
    source = reasoning_gym("chain_sum")
    task_id = source.task("train", 0, 0).id
    config = {**task_id.config, "release": "0.0.1"}
    with pytest.raises(ConfigError, match=r"tasks of reasoning-gym `0.0.1` cannot be made.*\n\nhint: pip install"):
        source.regenerate(TaskId(source=source.id, split="train", seed=0, index=0, config=config))
    with pytest.raises(TaskIdError, match="given to"):
        source.regenerate(TaskId(source="palestra/Countdown-v1", split="train", seed=0, index=0))


@pytest.mark.heavy
def test_options_reach_the_peer_and_wrong_ones_are_named() -> None:
    pytest.importorskip("reasoning_gym")
    task = reasoning_gym("chain_sum", {"min_terms": 9, "max_terms": 9}).task("train", 0, 0)
    assert task.prompt.count(" + ") + task.prompt.count(" - ") == 8
    for options, message in (
        ({"seed": 1}, "no option `seed`"),
        ({"min_terms": -1}, "refuses"),
        ({"x": 1}, "no option"),
    ):
        with pytest.raises(ConfigError, match=message):
            reasoning_gym("chain_sum", options)


@pytest.mark.heavy
def test_a_data_set_without_answers_says_so() -> None:
    pytest.importorskip("reasoning_gym")
    env = ENVS.make("palestra/ReasoningGym-v1", config={"name": "propositional_logic"})
    assert isinstance(env, SingleTurnEnv)
    env.reset(seed=0)
    with pytest.raises(NoOracleError, match="tells no answer"):
        env.oracle()
    assert env.guess(KeyedRandom("guess")) == "0"
