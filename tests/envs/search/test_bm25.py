from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.envs import DataError
from palestra.envs.search import Bm25, Corpus, Document
from palestra.envs.search.bm25 import words_of


def test_a_score_is_that_of_the_formula() -> None:
    index = Bm25(["red fox red", "blue fox", "sea"])
    ((first, score), (second, _)) = index.best("red fox", 5)
    assert (first, second) == (0, 1)
    norm = 1.2 * (0.25 + 0.75 * 3 / 2)
    red = math.log(1 + 2.5 / 1.5) * 2 * 2.2 / (2 + norm)
    fox = math.log(1 + 1.5 / 2.5) * 1 * 2.2 / (1 + norm)
    assert score == pytest.approx(red + fox)


def test_equal_scores_come_in_the_order_of_the_texts() -> None:
    index = Bm25(["same words", "other thing", "same words", "same words"])
    assert [place for place, _ in index.best("words same", 9)] == [0, 2, 3]
    assert index.best("absent", 9) == Bm25([]).best("same", 9) == []


def test_case_accents_and_punctuation_do_not_count() -> None:
    assert words_of("The Caf\u00e9, ZURICH-3!") == ["the", "cafe", "zurich", "3"]


@given(texts=st.lists(st.text(max_size=30), max_size=6), query=st.text(max_size=60), count=st.integers(0, 9))
def test_any_query_is_answered_and_repeats(texts: list[str], query: str, count: int) -> None:
    index = Bm25(texts)
    found = index.best(query, count)
    assert len(found) <= count
    assert found == index.best(query, count)
    assert all(score > 0 for _, score in found)


def test_a_corpus_finds_titles_and_texts_and_refuses_equal_ids() -> None:
    documents = [
        Document(id="a", title="Harbour", text="Boats. " * 60),
        Document(id="b", title="Mill", text="By the harbour."),
    ]
    corpus = Corpus(documents)
    assert [hit.id for hit in corpus.search("harbour", 3)] == ["b", "a"]
    assert len(corpus.search("boats", 3)[0].opening) == 120
    with pytest.raises(DataError, match="`a`"):
        Corpus([documents[0], documents[0]])
