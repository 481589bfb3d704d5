from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from palestra.verifiers import VERIFIERS, Verdict, Verifier
from palestra.verifiers.errors import AuditError
from palestra.verifiers.ranking import RankingCase, corpus_cases, rank_cases, read_ranking_cases


class Says(Verifier[str]):
    """Scores a response by the number that it is."""

    name: ClassVar[str] = "says"

    def parse_reference(self, reference: str) -> str:
        if reference == "unreadable":
            raise ValueError(reference)
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        if response == "?":
            return Verdict.unknown(0.5)
        return Verdict.error("broke") if response == "!" else Verdict.partial(float(response))


def case(right: str, *wrong: str, reference: str = "r") -> RankingCase:
    return RankingCase(id=f"{right} {wrong}", reference=reference, right=right, wrong=wrong)


@pytest.mark.parametrize(("wrong", "accuracy"), [("0.7", 1.0), ("0.8", 0.0)])
def test_the_right_answer_must_stand_alone_as_in_the_vector_of_methods_35(wrong: str, accuracy: float) -> None:
    assert rank_cases(Says(), [case("0.8", "0.1", wrong, "0.2")]).accuracy.value == accuracy


def test_ranks_ties_and_undecided_answers() -> None:
    found = rank_cases(Says(), [case("1", "0", "0"), case("0.4", "?", "0.9", "0.4", "0"), case("?", "0.4")])
    assert [each.rank for each in found.cases] == [1, 4, 1]
    assert found.reciprocal_rank.value == pytest.approx((1 + 1 / 4 + 1) / 3)
    assert found.pairwise.value == pytest.approx((1 + 1 / 4 + 1) / 3)
    assert [each.case.right for each in found.fooled] == ["0.4"]
    json.dumps(found.to_json(), allow_nan=False)


def test_cases_that_cannot_be_judged_are_lost_and_enter_no_number() -> None:
    found = rank_cases(Says(), [case("1", "!"), case("1", "0", reference="unreadable"), case("1", "0")])
    assert (found.lost, len(found.cases), found.accuracy.value) == (2, 1, 1.0)
    assert rank_cases(Says(), []).to_json()["accuracy"] == {"value": None, "ci95": None}


def test_cases_are_read_from_files_and_bad_lines_are_named(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"reference": "22", "right": "It is 22.", "wrong": ["21", "2"]}\n')
    [read] = read_ranking_cases(path)
    assert (read.id, read.wrong) == ("1", ("21", "2"))
    assert rank_cases(VERIFIERS.make("number"), [read]).accuracy.value == 1.0
    path.write_text('{"reference": "22", "right": "22", "wrong": []}\n')
    with pytest.raises(AuditError, match="line 1 is no case"):
        read_ranking_cases(path)


def test_a_corpus_has_its_own_cases_in_this_shape() -> None:
    cases = corpus_cases(VERIFIERS.corpus("math"))
    assert len(cases) > 20
    found = rank_cases(VERIFIERS.make("math"), cases)
    assert found.accuracy.value > 0.9
