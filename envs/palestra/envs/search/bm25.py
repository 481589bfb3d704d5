"""BM25: which texts of a fixed collection fit a query best."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest

_K1 = 1.2
_B = 0.75
_WORD = re.compile(r"\w+")
_MOST_QUERY_WORDS = 64


class Bm25:
    """An index over texts, built once; asking it changes nothing, so threads may share it.

    Every word of a text counts; there is no list of stop words and no stemming, so that any language works as
    well as its words are set apart by spaces.

    Source: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", equation 3.15,
    with the inverse document frequency of Lucene, `log(1 + (N - n + 0.5) / (n + 0.5))`, which is never negative.

        >>> index = Bm25(["a red fox", "a blue fox", "a blue sea"])
        >>> [place for place, _ in index.best("blue fox", 2)]
        [1, 0]
    """

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(words_of(text)) for text in texts]
        lengths = [count.total() for count in counts]
        mean = sum(lengths) / max(1, len(lengths)) or 1.0
        self._postings: dict[str, list[tuple[int, float]]] = {}
        for place, (count, length) in enumerate(zip(counts, lengths, strict=True)):
            norm = _K1 * (1 - _B + _B * length / mean)
            for word, times in count.items():
                self._postings.setdefault(word, []).append((place, times * (_K1 + 1) / (times + norm)))
        self._size = len(counts)

    def best(self, query: str, count: int) -> list[tuple[int, float]]:
        """The places of the texts that fit best and their scores; equal scores in the order of the texts.

        Texts that share no word with the query are left out. A query counts each word once.
        """
        scores: dict[int, float] = {}
        for word in list(dict.fromkeys(words_of(query)))[:_MOST_QUERY_WORDS]:
            found = self._postings.get(word, ())
            weight = math.log(1 + (self._size - len(found) + 0.5) / (len(found) + 0.5))
            for place, share in found:
                scores[place] = scores.get(place, 0.0) + weight * share
        return nsmallest(count, scores.items(), key=lambda item: (-round(item[1], 9), item[0]))


def words_of(text: str) -> list[str]:
    """The words of a text: case-folded, without accents and punctuation."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _WORD.findall(text.casefold())
