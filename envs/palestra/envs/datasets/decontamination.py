"""Training tasks that overlap with evaluation tasks: found by words in a row, and by equality where they are short.

Words are letters and digits of any script, without case and punctuation. What many of the evaluation prompts say
alike (half of `n` words in a row, in more than 2% of them and in more than three) is how they are worded, as in
`where m and n are relatively prime`: it proves nothing, and is taken out of both texts before they are compared.
What is left of an evaluation prompt must share `n` words in a row with a task; or, where fewer are left, be all
that is left of it.

Covered: copies with other case, spacing, punctuation, markup, or other text around them.
Not covered: paraphrases, translations, the same task with other numbers; short prompts with other text around them.

Source: Brown et al. (2020), https://arxiv.org/abs/2005.14165, appendix C, for 13 words in a row.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from palestra.envs.errors import ConfigError, DataError
from palestra.envs.task import Task

_WORD = re.compile(r"[^\W_]+")
_COLUMNS = ("prompt", "question", "problem", "question_content", "text", "Question", "Problem", "messages")
_WORDING_SHARE, _WORDING_COUNT = 0.02, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Overlap:
    """What a prompt shares with an evaluation prompt."""

    place: int
    """Of the evaluation prompt, counted from 0."""
    kind: str
    """`n-gram` or `exact`."""
    evidence: str
    """The shared words, without those that many evaluation prompts share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dropped:
    """A task that was left out, and why."""

    task: Task
    overlap: Overlap

    def describe(self) -> str:
        """The finding in one line."""
        shared = f"shares `{self.overlap.evidence}` with" if self.overlap.kind == "n-gram" else "is"
        return f"{self.task.id}: {shared} evaluation prompt {self.overlap.place + 1}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decontaminated:
    """Tasks by whether an evaluation set shows them, too."""

    kept: tuple[Task, ...]
    dropped: tuple[Dropped, ...]


class EvaluationIndex:
    """Finds what a text shares with evaluation prompts.

    >>> index = EvaluationIndex(["How many apples are left when Ada gives two of her five to Bo?"], n=5)
    >>> index.overlap("Ada GIVES two of her five pears, and eats one.").evidence
    'ada gives two of her'
    """

    def __init__(self, prompts: Iterable[str], n: int = 13) -> None:
        if n < 2:
            raise ConfigError(f"`n` must be 2 or more, got {n}")
        self.n = n
        self._width = max(2, n // 2)
        self._wording: set[str] = set()
        self._short: dict[str, int] = {}
        self._grams: dict[str, int] = {}
        texts = [_words(prompt) for prompt in prompts]
        counts = Counter(gram for words in texts for gram in set(_grams(words, self._width)))
        most = max(_WORDING_COUNT, _WORDING_SHARE * len(texts))
        self._wording = {gram for gram, count in counts.items() if count > most}
        for place, words in enumerate(texts):
            left = self._without_wording(words)
            if len(left) < n:
                self._short.setdefault(" ".join(left or words), place)
            for gram in _grams(left, n):
                self._grams.setdefault(gram, place)

    def overlap(self, text: str) -> Overlap | None:
        """What the text shares with an evaluation prompt; None where it shares nothing."""
        words = _words(text)
        left = self._without_wording(words)
        whole = " ".join(left or words)
        if whole and whole in self._short:
            return Overlap(place=self._short[whole], kind="exact", evidence=whole)
        for gram in _grams(left, self.n):
            if gram in self._grams:
                return Overlap(place=self._grams[gram], kind="n-gram", evidence=gram)
        return None

    def _without_wording(self, words: Sequence[str]) -> list[str]:
        is_wording = bytearray(len(words))
        for start, gram in enumerate(_grams(words, self._width)):
            if gram in self._wording:
                is_wording[start : start + self._width] = b"\1" * self._width
        return [word for word, common in zip(words, is_wording, strict=True) if not common]


def decontaminated(tasks: Iterable[Task], against: Iterable[str | Task], n: int = 13) -> Decontaminated:
    """The tasks that share no `n` words in a row with an evaluation prompt, and the others with the reason.

    Args:
        tasks: Tasks to train on.
        against: Tasks or prompts that are kept for evaluation.
        n: How many words in a row are too many; a prompt with fewer must have the same ones.
    """
    index = EvaluationIndex((one.prompt if isinstance(one, Task) else one for one in against), n)
    dropped: list[Dropped] = []
    kept = tuple(without_overlap(tasks, index, dropped))
    return Decontaminated(kept=kept, dropped=tuple(dropped))


def without_overlap(tasks: Iterable[Task], index: EvaluationIndex, dropped: list[Dropped]) -> Iterator[Task]:
    """The tasks that share nothing, while they are read; the others are added to `dropped`."""
    for task in tasks:
        overlap = index.overlap(task.prompt)
        if overlap is None:
            yield task
        else:
            dropped.append(Dropped(task=task, overlap=overlap))


def read_prompts(path: str) -> list[str]:
    """The prompts of a file of evaluation tasks: as `palestra envs export` writes it, or of any public data set.

    Raises:
        DataError: The file cannot be read, or its rows have no column of prompts.
    """
    from palestra.envs.datasets.columns import text_of
    from palestra.envs.datasets.config import DatasetConfig
    from palestra.envs.datasets.reading import read_parts

    prompts = []
    for row in (row for _, rows in read_parts(DatasetConfig(path=path)) for row in rows):
        column = next((name for name in _COLUMNS if row.get(name)), None)
        if column is None:
            raise DataError(f"`{path}` has no prompts\n\nhint: one of its columns must be {', '.join(_COLUMNS)}")
        prompts.append(text_of(row[column], column))
    return prompts


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _grams(words: Sequence[str], n: int) -> Iterator[str]:
    return (" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
