"""How answers are found and read."""

import pytest

from palestra.envs.answers import (
    IntegersAnswer,
    NumberAnswer,
    RowsAnswer,
    TextAnswer,
    WordsAnswer,
    final_block,
    final_line,
    read_integers,
)
from palestra.verifiers import Outcome
from palestra.verifiers.errors import NoAnswerError


@pytest.mark.parametrize(
    "response",
    [
        "7, 9",
        "7, 9.",
        "Answer: 7, 9",
        "**Answer:** 7, 9",
        "The final answer is 7, 9.",
        "First 1, then 2.\n\n7, 9\n",
        "<think>1, 2</think>7, 9",
        "So <answer>7, 9</answer> it is.",
        "\\boxed{7, 9}",
        "Here:\n```\n7, 9\n```",
        "```text\n7, 9\n```\n",
        "`7, 9`",
        "**7, 9**.",
        "So:\n\\(7, 9\\).",
        "Hence\n\\[7, 9.\\]",
        "Hence\n\\[\n7, 9\n\\]\n",
        "Hence\n$$\n7, 9\n$$",
    ],
)
def test_honest_forms_of_an_answer_are_the_same_line(response: str) -> None:
    assert final_line(response) == "7, 9"
    assert IntegersAnswer().verify(response, "[7, 9]").outcome is Outcome.PASS


@pytest.mark.parametrize("response", ["", "  \n", "<think>7, 9", "<answer></answer>", "```\n```", "Answer:"])
def test_nothing_said_is_no_answer(response: str) -> None:
    with pytest.raises(NoAnswerError):
        final_line(response)


@pytest.mark.parametrize(
    "response",
    [
        "I guess 7, 9 maybe",
        "7, 9 or 7, 8",
        "7, 9\nor not",
        "7, 9, 11",
        "9, 7",
        "<answer>7, 9</answer><answer>1</answer>",
    ],
)
def test_prose_and_other_lists_are_not_paid(response: str) -> None:
    assert IntegersAnswer().verify(response, "[7, 9]").score == 0.0


@pytest.mark.parametrize(
    "response",
    [
        "1 2\n3 4",
        "1, 2\n3, 4\n",
        "| 1 | 2 |\n| 3 | 4 |",
        "[[1, 2], [3, 4]]",
        '[["1", "2"], ["3", "4"]]',
        "Answer:\n1 2\n3 4",
        "**Here is the final grid:**\n\n1 2\n3 4",
        "I rotate it.\n```\n1 2\n3 4\n```",
        "I rotate it.\nThat gives:\n1 2\n3 4",
        "I rotate it twice, to be sure.\n\n1 2\n3 4",
        "I rotate it twice, to be sure.\r\n\r\n1 2\r\n3 4",
        "I rotate it. <answer>\n1 2\n3 4\n</answer>",
    ],
)
def test_grids_may_be_written_in_many_ways(response: str) -> None:
    assert RowsAnswer().verify(response, "1 2\n3 4").outcome is Outcome.PASS


@pytest.mark.parametrize(
    "response",
    [
        "1 2\n3 5",
        "1 2 3 4",
        "It is 1 2\n3 4",
        "1 2\n3 4\nor so",
        "[[1, 2], [3]]",
        "[[",
        "1 2\n3 5\n\n1 2\n3 4",
        "1 2\n3 4\n\nThat is it.",
    ],
)
def test_other_grids_and_prose_are_not_paid(response: str) -> None:
    assert RowsAnswer().verify(response, "1 2\n3 4").score == 0.0


def test_a_block_is_all_that_was_said_unless_it_is_fenced() -> None:
    assert final_block("a b\nc d") == "a b\nc d"
    assert final_block("text\n```\na b\nc d\n```") == "a b\nc d"


def test_texts_are_compared_but_for_case_quotes_and_blanks() -> None:
    for response in ("Red  Fox", "'red fox'", "Answer: red fox.", "**RED FOX**"):
        assert TextAnswer().verify(response, "red fox").outcome is Outcome.PASS
    assert TextAnswer().verify("a red fox", "red fox").outcome is Outcome.FAIL


def test_words_may_be_quoted_and_joined_by_arrows() -> None:
    for response in ("cat, dog", "[cat, dog]", "['cat', 'dog']", "cat -> dog", "Cat dog"):
        assert WordsAnswer().verify(response, '["cat", "dog"]').outcome is Outcome.PASS
    assert WordsAnswer().verify("dog, cat", '["cat", "dog"]').outcome is Outcome.FAIL


def test_a_number_may_be_calculated_but_not_picked_out_of_prose() -> None:
    for response in ("22", "17 + 5 = 22", "The sum is 22.", "x = 22", "22.0", "**22**"):
        assert NumberAnswer().verify(response, "22").outcome is Outcome.PASS
    for response in ("perhaps 22 or so", "20, 21, 22", "22 maybe", "44/2"):
        assert NumberAnswer().verify(response, "22").score == 0.0


@pytest.mark.parametrize("verifier", [IntegersAnswer(), WordsAnswer(), TextAnswer(), RowsAnswer()])
def test_bad_references_are_refused(verifier: IntegersAnswer | WordsAnswer | TextAnswer | RowsAnswer) -> None:
    with pytest.raises(ValueError, match=r"."):
        verifier.verify("1", "")


@pytest.mark.parametrize("text", ["4, 1,344", "[4, 1,344]", "(4; 1,344)", "4 1,344", "4, 1{,}344"])
def test_thousands_may_be_grouped_where_blanks_separate_the_numbers(text: str) -> None:
    assert IntegersAnswer().verify(text, "[4, 1344]").score == 1.0


def test_commas_without_blanks_separate_numbers() -> None:
    assert read_integers("123,456") == (123, 456)


@pytest.mark.parametrize(
    "text", ["1,707/2", "1{,}707/2", "x = 1,707/2", "3,414/4 = 1,707/2", "The sum is 1707/2.", "\\(1,707/2\\)"]
)
def test_fractions_may_group_thousands(text: str) -> None:
    assert NumberAnswer().verify(text, "1707/2").score == 1.0


@pytest.mark.parametrize(
    "text",
    ["x = 3 or x = 7", "x = 3, x = 7", "x != 7", "x >= 7", "x \u2260 7", "Not: 7", "wrong answer: 7", "maybe x = 7"],
)
def test_a_lead_that_claims_another_value_or_denies_it_is_no_answer(text: str) -> None:
    assert NumberAnswer().verify(text, "7").outcome is Outcome.UNPARSED
