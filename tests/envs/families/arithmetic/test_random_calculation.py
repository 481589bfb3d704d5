import re
from fractions import Fraction

import pytest

from palestra.envs import ConfigError, Task
from palestra.envs.families.arithmetic.random_calculation import (
    CalculationAnswer,
    ContinuousCalculationAnswer,
    RandomCalculation,
)


def _value(task: Task) -> Fraction:
    expression = re.sub(r"^(?:Calculate|What is the exact value of|Work out) | \?$", "", task.prompt.partition("\n")[0])
    exact = re.sub(r"\d+", r"Fraction(\g<0>)", expression.replace("^", "**"))
    return Fraction(eval(exact, {"Fraction": Fraction}))


@pytest.mark.parametrize("difficulty", range(10))
def test_references_are_the_exact_values_of_the_written_expressions(difficulty: int) -> None:
    family = RandomCalculation.configured({"difficulty": difficulty / 10})
    for index in range(10):
        task = family.task("train", 0, index)
        assert _value(task) == Fraction(task.reference) != 0


@pytest.mark.parametrize("num_steps", [1, 5, 10, 20])
def test_steps_are_operators(num_steps: int) -> None:
    family = RandomCalculation.configured({"num_steps": num_steps})
    for index in range(10):
        task = family.task("train", 0, index)
        assert len(re.findall(r" [-+*/] ", task.prompt.partition("\n")[0])) == num_steps
        assert task.meta == {"num_steps": num_steps, "effort": num_steps}


def test_atoms_are_of_the_chosen_kinds() -> None:
    prompts = [
        RandomCalculation.configured({"atoms": "square", "num_steps": 2}).task("train", 0, i).prompt for i in range(9)
    ]
    assert all(prompt.partition("\n")[0].count("^2") == 3 for prompt in prompts)


def test_unknown_kinds_are_refused() -> None:
    with pytest.raises(ConfigError, match="no kind `root`"):
        RandomCalculation.configured({"atoms": "integer root"})


def test_sums_and_products_in_another_order_are_the_same_puzzle() -> None:
    family = RandomCalculation.configured({"difficulty": 0.0, "high": 3})
    tasks = [family.task("train", 0, index) for index in range(400)]
    splits = {task.prompt for task in tasks}
    other = {family.task("test", 0, index).prompt for index in range(100)}

    def mirrored(prompt: str) -> str:
        return re.sub(r"(\d+) ([+*]) (\d+)", r"\3 \2 \1", prompt)

    assert not {mirrored(prompt) for prompt in splits} & other


@pytest.mark.parametrize("response", ["\\(1{,}024/3\\)", "2 + 5 = 1,024/3", "1024/3 \u2248 341.3333"])
def test_results_may_be_written_in_the_usual_ways(response: str) -> None:
    assert CalculationAnswer().verify(response, "1024/3").score == 1.0


@pytest.mark.parametrize("response", ["Is it 1024/3, who knows", '{"a": "1024/3"}', "x < 1024/3", "1024/3\nno"])
def test_no_result_is_picked_out_of_prose(response: str) -> None:
    assert CalculationAnswer().verify(response, "1024/3").score == 0.0
    assert ContinuousCalculationAnswer().verify(response, "1024/3").score == 0.0
