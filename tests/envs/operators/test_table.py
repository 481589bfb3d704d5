"""The operators over every procedural environment of one response."""

from __future__ import annotations

import re
from typing import Any

import pytest

from palestra.envs import ENVS, Kind, Question
from palestra.envs.errors import ConfigError
from palestra.envs.operators.chained import Chained
from palestra.envs.operators.distracted import Distracted
from palestra.envs.operators.encoded import CIPHERS, Encoded
from palestra.envs.operators.impossible_twin import ImpossibleTwin
from palestra.envs.operators.operator import Operator, without_format
from palestra.envs.operators.paraphrased import Paraphrased
from palestra.envs.operators.renamed import Renamed

QUESTIONS = [env_id for env_id, row in ENVS.items() if row.kind is Kind.QUESTION and row.id.startswith("palestra/")]


def question_of(env_id: str) -> Question[Any, Any]:
    source = ENVS[env_id].load().configured({})
    assert isinstance(source, Question)
    return source


def earns(operator: Operator, index: int = 0) -> float:
    task = operator.task("train", 77, index)
    return operator.verifier.verify(operator.oracle(task), task.reference).score


@pytest.mark.parametrize("env_id", QUESTIONS)
def test_wordings_keep_the_answer(env_id: str) -> None:
    family = question_of(env_id)
    paraphrased = Paraphrased(inner=family)
    assert earns(paraphrased) == earns(Distracted(inner=family, place="both")) == earns(Encoded(inner=family)) == 1.0
    assert family.task("train", 77, 0).prompt != paraphrased.task("train", 77, 0).prompt.partition("\n\n")[2]


@pytest.mark.parametrize("env_id", QUESTIONS)
def test_names_are_renamed_wherever_they_are_declared(env_id: str) -> None:
    family = question_of(env_id)
    content = family.drawn("train", 77, 0).content
    if not content.symbols:
        with pytest.raises(ConfigError, match="has nothing to rename"):
            Renamed(inner=family).task("train", 77, 0)
        return
    operator = Renamed(inner=family)
    assert earns(operator) == 1.0
    own, other = family.task("train", 77, 0), operator.task("train", 77, 0)
    slots = "\n".join(content.slots.values())
    shown = [name for name in content.symbols if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", slots)]
    assert shown, "symbols stand in the prompt as whole words"
    assert own.prompt != other.prompt
    wording = "".join([*family.templates, family.answer_format])
    kept = [name for name in shown if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", other.prompt)]
    assert all(name in wording for name in kept)
    # The answer in the old names is worth nothing, if it has names.
    if operator.oracle(other) != family.oracle(own):
        assert operator.verifier.verify(family.oracle(own), other.reference).score < 1.0


def test_numbers_are_chained_wherever_they_are_asked_for() -> None:
    chained, refused = [], []
    for env_id in QUESTIONS:
        family = question_of(env_id)
        try:
            operator = Chained(first=family, second=family)
        except ConfigError:
            refused.append(env_id)
            continue
        chained.append(operator)
    assert len(chained) > 20
    assert "palestra/KnightsAndKnaves-v1" in refused
    num_made = 0
    for operator in chained:
        try:
            operator.task("train", 77, 0)
        except ValueError:
            continue  # its answers are fractions, or no number stands alone in its prompt
        num_made += 1
        assert [earns(operator, index) for index in range(3)] == [1.0] * 3
    assert num_made > 0.8 * len(chained)


@pytest.mark.parametrize("env_id", QUESTIONS)
def test_twins_are_made_wherever_a_family_offers_them(env_id: str) -> None:
    family = question_of(env_id)
    if type(family).unsolvable is Question.unsolvable:
        with pytest.raises(ConfigError, match="has no unsolvable twins"):
            ImpossibleTwin(inner=family)
        return
    operator = ImpossibleTwin(inner=family.with_difficulty(0.3))
    assert [earns(operator, index) for index in range(6)] == [1.0] * 6


@pytest.mark.parametrize("env_id", QUESTIONS)
def test_every_cipher_can_be_undone(env_id: str) -> None:
    family = question_of(env_id)
    question, answer_format = without_format(family.task("train", 77, 0).prompt, family)
    assert answer_format == family.answer_format
    for cipher in CIPHERS.values():
        assert cipher.decode(cipher.encode(question)) == question
