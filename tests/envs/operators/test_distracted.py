from __future__ import annotations

import re

from palestra.envs.families.arithmetic.chain_sum import ChainSum
from palestra.envs.families.word_problems.word_arithmetic import WordArithmetic
from palestra.envs.operators.distracted import Distracted


def test_facts_stand_in_paragraphs_of_their_own_and_the_task_is_whole() -> None:
    family = ChainSum()
    for place in ("before", "after", "both"):
        operator = Distracted(inner=family, sentences=4, place=place)
        for index in range(10):
            own, task = family.task("train", 1, index), operator.task("train", 1, index)
            question, _, answer_format = own.prompt.rpartition("\n")
            assert task.prompt.splitlines()[-1] == answer_format
            paragraphs = task.prompt.split("\n\n")
            assert sum(part.removesuffix(f"\n{answer_format}") == question for part in paragraphs) == 1
            assert len(re.findall(r"\.(?: |\n|$)", task.prompt.replace(own.prompt, ""))) >= 4


def test_the_towns_of_facts_differ_and_facts_have_numbers() -> None:
    task = Distracted(inner=ChainSum(), sentences=20).task("train", 1, 0)
    facts = task.prompt.split("\n\n")[0].split(". ")
    assert len(facts) == 20
    assert all(re.search(r"\d", fact) for fact in facts)
    towns = re.findall(r"\b[A-Z][a-z]+(?:burg|dale|ford|ham|stad|ton|vik|wick)\b", task.prompt)
    assert len(set(towns)) == 20


def test_no_fact_has_a_noun_of_the_task() -> None:
    operator = Distracted(inner=WordArithmetic())
    for index in range(60):
        facts, _, question = operator.task("train", 1, index).prompt.partition("\n\n")
        known = set(re.findall(r"[a-z]{4,}", question.rpartition("\n")[0].casefold()))
        assert not known & (set(re.findall(r"[a-z]{4,}", facts.casefold())) - {"that", "them", "with", "every"})
