from __future__ import annotations

import re

import pytest

from palestra.envs import ConfigError, Content, EmptySplitError, Split
from palestra.envs.families.arithmetic.basic_arithmetic import BasicArithmetic
from palestra.envs.families.arithmetic.chain_sum import ChainSum, ChainSumConfig
from palestra.envs.families.logic.knights_and_knaves import KnightsAndKnaves
from palestra.envs.families.logic.ordering_deduction import OrderingDeduction
from palestra.envs.operators.chained import Chained


def sums(length: int = 2) -> Chained:
    plain = ChainSum(ChainSumConfig(difficulty=0.4))
    return Chained(first=plain, second=plain, length=length)


def solved(prompt: str) -> int:
    """The last answer, worked out from the text alone by somebody who reads sums."""
    names: dict[str, int] = {}
    answer = 0
    for block in prompt.split("\n\n")[1:]:
        let = re.match(r"Let (\w) be (.*)\.\n", block)
        if let:
            names[let[1]] = value_of(let[2], answer)
            block = block[let.end() :]
        terms = re.search(r"(?:-?\d+|\b[A-Z]\b)(?: [+-] (?:\d+|\b[A-Z]\b))+", block)
        assert terms, block
        answer = total(terms[0], names)
    return answer


def total(text: str, names: dict[str, int]) -> int:
    result, sign = 0, 1
    for token in text.split():
        if token in "+-":
            sign = 1 if token == "+" else -1
        else:
            result += sign * (names[token] if token in names else int(token))
    return result


def value_of(text: str, answer: int) -> int:
    made, _, added = text.partition(", ")
    forms = {
        "the answer": answer,
        "the negative": -answer,
        "twice": 2 * answer,
        "three times": 3 * answer,
        "the square": answer * answer,
        "the sum of the decimal digits": sum(map(int, str(abs(answer)))),
    }
    if made.startswith("the remainder"):
        value = answer % int(made.rpartition(" ")[2])
    else:
        value = next(value for words, value in forms.items() if made.startswith(words))
    if not added:
        return value
    sign, number = added.split()
    return value + (1 if sign == "plus" else -1) * int(number)


@pytest.mark.parametrize("length", [2, 3, 5])
def test_the_text_alone_leads_to_the_reference(length: int) -> None:
    operator = sums(length)
    for index in range(40):
        task = operator.task("train", 3, index)
        assert str(solved(task.prompt)) == task.reference
        assert task.prompt.count("Question ") == length
        assert len(set(re.findall(r"Let (\w) be", task.prompt))) == length - 1


def test_the_last_question_misses_a_number_that_only_the_answer_gives() -> None:
    operator = sums()
    task = operator.task("train", 3, 0)
    name = re.search(r"Let (\w) be", task.prompt)
    assert name
    assert re.search(rf"\b{name[1]}\b", task.prompt.rpartition("Question 2")[2])


def test_compositions_are_kept_for_their_split() -> None:
    operator = Chained(first=ChainSum(ChainSumConfig(difficulty=0.8)), second=BasicArithmetic())

    def forms(split: Split) -> set[str]:
        found = [re.search(r"Let \w be ([^,.]*)", operator.task(split, 0, index).prompt) for index in range(40)]
        return {match[1] for match in found if match}

    unseen = forms("unseen-composition")
    assert unseen
    assert not unseen & forms("train")


def test_chains_of_the_same_seed_share_no_puzzle_between_splits() -> None:
    operator = sums()
    puzzles = [{operator.task(split, 0, index).puzzle for index in range(50)} for split in ("train", "test")]
    assert not puzzles[0] & puzzles[1]


def test_what_cannot_be_chained_is_refused() -> None:
    with pytest.raises(ConfigError, match="the answer of `palestra/KnightsAndKnaves-v1` is not one exact number"):
        Chained(first=KnightsAndKnaves(), second=ChainSum())
    with pytest.raises(ConfigError, match="`length` must lie in"):
        sums(9)
    with pytest.raises(ConfigError, match="not one exact number"):
        Chained(first=ChainSum(), second=KnightsAndKnaves(), length=3)
    with pytest.raises(EmptySplitError, match="a whole number in its prompt"):
        Chained(first=ChainSum(), second=NoNumbers()).task("train", 0, 0)


class NoNumbers(OrderingDeduction):
    id = "elsewhere/NoNumbers-v1"

    def worded(self, content: Content, template: str) -> str:
        return re.sub(r"\d+", "some", super().worded(content, template))
