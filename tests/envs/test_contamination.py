from __future__ import annotations

import pytest

from palestra.envs import Task
from palestra.envs.contamination import contrasts, fresh_calculations, parts, probe, rouge_l, summarise
from palestra.envs.families.arithmetic.random_calculation import RandomCalculation
from palestra.envs.families.word_problems.word_arithmetic import WordArithmetic
from palestra.envs.operators.operator import without_format


def memory(source: WordArithmetic | RandomCalculation, tasks: list[Task]) -> dict[str, str]:
    """What somebody says who has learnt the questions and answers by heart: the rest by the beginning."""
    known = {}
    for task in tasks:
        question, _ = without_format(task.prompt, source)
        for share in (0.4, 0.6, 0.8):
            shown, hidden = parts(question, share)
            known[shown] = f"{hidden}\n{source.oracle(task)}"
    return known


def test_a_model_that_has_learnt_half_of_the_questions_is_found_out() -> None:
    source = WordArithmetic()
    tasks = [source.task("test", 5, index) for index in range(60)]
    known = memory(source, tasks[:30])
    suspect = probe(source, tasks, lambda shown: known.get(shown, "and so on"))
    for found in summarise(suspect):
        assert found.exact.value == 0.5
        assert found.answered.value == 0.5
        assert found.exact.low > 0.37
        assert 0.5 <= found.rouge_l.value < 0.6
    null = probe(*fresh_calculations(60, seed=987), lambda shown: known.get(shown, "and so on"))
    assert all(found.exact.value == found.answered.value == 0 for found in summarise(null))
    assert [one.share for one in contrasts(suspect, null)] == [0.4, 0.6, 0.8]
    assert all(one.is_suspicious and one.exact.value == 0.5 for one in contrasts(suspect, null))


def test_an_honest_model_is_not_suspected() -> None:
    source = WordArithmetic()
    suspect = probe(source, [source.task("test", 5, index) for index in range(40)], lambda shown: "I cannot know.")
    null = probe(*fresh_calculations(40, seed=987), lambda shown: "I cannot know.")
    assert not any(one.is_suspicious for one in contrasts(suspect, null))


def test_a_model_that_echoes_how_to_answer_gains_nothing() -> None:
    source, tasks = fresh_calculations(20, seed=1)
    found = probe(source, tasks, lambda shown: RandomCalculation.answer_format)
    assert not any(one.is_exact for one in found)
    assert not any(RandomCalculation.answer_format in one.hidden for one in found)


def test_the_published_share_has_its_interval() -> None:
    """Qwen2.5-Math-7B reproduces 54.6% of MATH-500 from 60% of each question, and answers 53.6%."""
    source, tasks = fresh_calculations(500, seed=3)
    known = memory(source, tasks)
    numbers = {shown: number // 3 for number, shown in enumerate(known)}

    def complete(shown: str) -> str:
        rest, _, answer = known[shown].rpartition("\n")
        return f"{rest if numbers[shown] < 273 else '?'}\n{answer if numbers[shown] < 268 else 'unknown'}"

    (found,) = summarise(probe(source, tasks, complete, shares=(0.6,)))
    assert (found.exact.value, found.answered.value) == (0.546, 0.536)
    assert (round(found.exact.low, 3), round(found.exact.high, 3)) == (0.502, 0.589)


def test_a_question_is_cut_between_words() -> None:
    assert parts("one two\n three  four five", 0.6) == ("one two\n three", "  four five")
    assert parts("word", 0.8) == ("", "word")


def test_rouge_l_gives_the_figures_of_its_paper() -> None:
    reference = ["police", "killed", "the", "gunman"]
    assert rouge_l(["police", "kill", "the", "gunman"], reference) == 0.75
    assert rouge_l(["the", "gunman", "kill", "police"], reference) == 0.5
    assert rouge_l([], reference) == 0


def test_shares_beyond_a_question_are_refused() -> None:
    with pytest.raises(ValueError, match="`shares`"):
        probe(*fresh_calculations(1, seed=1), lambda shown: "", shares=(1.0,))
