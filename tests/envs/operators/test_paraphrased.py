from __future__ import annotations

import pytest

from palestra.envs import ConfigError
from palestra.envs.families.logic.ordering_deduction import OrderingDeduction
from palestra.envs.operators.distracted import Distracted
from palestra.envs.operators.paraphrased import Paraphrased


def test_each_task_is_worded_by_another_template() -> None:
    family = OrderingDeduction()
    operator = Paraphrased(inner=family, is_opened=False)
    for index in range(20):
        drawn = family.drawn("train", 0, index)
        others = [family.worded(drawn.content, text) for text in family.templates[:-1] if text != drawn.template]
        assert operator.task("train", 0, index).prompt in others


def test_a_template_can_be_chosen() -> None:
    family = OrderingDeduction()
    task = Paraphrased(inner=family, template=2, is_opened=False).task("train", 0, 5)
    assert task.prompt == family.worded(family.drawn("train", 0, 5).content, family.templates[1])


def test_the_last_template_and_opening_are_kept_for_their_split() -> None:
    family = OrderingDeduction()
    operator = Paraphrased(inner=family)
    unseen = operator.task("unseen-template", 0, 0)
    opening, _, rest = unseen.prompt.partition("\n\n")
    assert rest == family.task("unseen-template", 0, 0).prompt
    assert all(not operator.task("train", 0, index).prompt.startswith(opening) for index in range(40))
    with pytest.raises(ConfigError, match="`template` must lie in"):
        Paraphrased(inner=family, template=len(family.templates))


def test_a_source_that_is_no_family_gets_an_opening() -> None:
    inner = Distracted(inner=OrderingDeduction())
    task = Paraphrased(inner=inner).task("train", 0, 0)
    assert task.prompt.partition("\n\n")[2] == inner.task("train", 0, 0).prompt
