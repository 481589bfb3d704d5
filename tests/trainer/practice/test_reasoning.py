from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.agents import Rollout
from palestra.envs import Task, TaskId
from palestra.trainer.config import ModelConfig, TrainConfig
from palestra.trainer.practice.practice import EnvConfig
from palestra.trainer.practice.reasoning import Reasoning, thinks_first, thinks_nowhere
from palestra.trainer.rewards import VerdictReward
from palestra.trainer.rewards.pipeline import rewards_of
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment, unknown

ON, OFF = "detailed thinking on", "detailed thinking off"


def _said(text: str, system: str, verdict: Verdict | None = None) -> Rollout:
    played = rollout("a", verdict or Verdict.passed(), segment([1], [2]))
    return replace(played, responses=(text,), system=system)


@pytest.mark.parametrize(
    ("response", "thinks", "nowhere"),
    [
        ("<think>1 and 1 make 2</think>2", True, False),
        (" \n<think>x</think>\n2", True, False),
        ("2", False, True),
        ("", False, True),
        ("<think></think>2", False, False),
        ("<think> \n</think>2", False, False),
        ("<think>x</think> ", False, False),
        ("<think>x", False, False),
        ("x</think>2", False, False),
        ("first <think>x</think>2", False, False),
        ("<think>x</think>2<think>y</think>3", False, False),
        ("<think>x<think>y</think>2", False, False),
        ("<think>x</think>y</think>2", False, False),
    ],
)
def test_thinking_is_one_block_before_an_answer(response: str, thinks: bool, nowhere: bool) -> None:
    assert (thinks_first(response), thinks_nowhere(response)) == (thinks, nowhere)


@given(st.text())
def test_no_response_does_both(response: str) -> None:
    assert not (thinks_first(response) and thinks_nowhere(response))


def test_the_prompt_decides_what_is_right() -> None:
    reasoning = Reasoning()
    thought, direct = "<think>x</think>2", "2"
    for system, text, obeyed in [
        (ON, thought, True),
        (ON, direct, False),
        (OFF, direct, True),
        (OFF, thought, False),
        (f"You add.\n{ON}", direct, False),
        (f"{OFF}\n\nTools: say <think>", thought, False),
        ("", thought, True),
        ("", direct, True),
    ]:
        assert reasoning.obeys(_said(text, system)) is obeyed


def test_who_does_not_obey_is_paid_nothing_and_masked_samples_stay_masked() -> None:
    group = [
        _said("<think>x</think>2", ON),
        _said("2", ON),
        _said("2", OFF),
        _said("<think>x</think>2", OFF),
        _said("2", ON, unknown()),
        _said("3", ON, Verdict.failed("wrong")),
    ]
    config = TrainConfig(steps=1, env=EnvConfig(id="a"), model=ModelConfig(path="m"), reasoning=Reasoning())
    paid = [scored.reward for scored in rewards_of(group, VerdictReward(), config.shaping_stages)]
    assert [reward.value for reward in paid if reward.valid] == [1.0, 0.0, 1.0, 0.0, 0.0]
    assert [reward.valid for reward in paid] == [True, True, True, True, False, True]


def _task(index: int) -> Task:
    return Task(id=TaskId(source="test/Hand-v1", split="train", seed=0, index=index), prompt="?", reference="!")


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_a_share_of_the_tasks_asks_and_always_the_same(share: float) -> None:
    reasoning = Reasoning(share=share)
    asked = [reasoning.asks(_task(index)) for index in range(1000)]
    assert sum(asked) / 1000 == pytest.approx(share, abs=0.05)
    assert asked == [reasoning.asks(_task(index)) for index in range(1000)]


def test_the_line_stands_behind_the_own_prompt() -> None:
    assert Reasoning().system_prompt("You add.", thinks=True) == f"You add.\n{ON}"
    assert Reasoning().system_prompt("", thinks=False) == OFF


@pytest.mark.parametrize("wrong", [{"on": "same", "off": "same"}, {"on": ""}, {"on": "two\nlines"}, {"share": 1.5}])
def test_prompts_that_cannot_be_told_apart_are_refused(wrong: dict[str, str | float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Reasoning(**wrong)  # type: ignore[arg-type]
