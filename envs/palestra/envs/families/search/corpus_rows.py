"""A user's documents and questions, read once and kept while their files stay the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from palestra.envs.datasets.columns import BadRowError, NoColumnError, Row, text_of, value_at
from palestra.envs.datasets.config import DatasetConfig
from palestra.envs.datasets.reading import local_files, read_parts
from palestra.envs.errors import ConfigError, DataError
from palestra.envs.search import Corpus, Document
from palestra.verifiers.keyed_random import stable_hash

_LOCK = threading.Lock()
_LIST_COLUMNS = ("supporting", "supporting_ids")


@dataclass(frozen=True, kw_only=True, slots=True)
class CorpusQuestion:
    """A question of the user, and its answer."""

    question: str
    answer: str
    """The reference of the verifier."""
    supporting: tuple[str, ...] = ()
    """Ids of the documents that lead to the answer, where they are known."""

    @property
    def digest(self) -> str:
        """What a task id remembers of it."""
        return f"{stable_hash(self.question, self.answer):016x}"


def read_corpus(path: str) -> Corpus:
    """The documents of a file or folder, with the columns `id`, `text` and, if there is one, `title`.

    Raises:
        ConfigError: No path is given.
        DataError: The documents cannot be read.
    """
    _need(path, "documents")
    with _LOCK:
        return _corpus(path, _stamps(path))


def read_questions(path: str, question: str, answer: str) -> tuple[CorpusQuestion, ...]:
    """The questions of a file or folder; columns as they are named, and `supporting` or `supporting_ids`.

    Raises:
        ConfigError: No path is given.
        DataError: The questions cannot be read.
    """
    _need(path, "questions")
    with _LOCK:
        return _questions(path, question, answer, _stamps(path))


def _need(path: str, option: str) -> None:
    if not path:
        raise ConfigError(f'which {option}?\n\nhint: give `{option}`, e.g. {option}="{option}.jsonl"')


def _stamps(path: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((str(file), stat.st_mtime_ns, stat.st_size) for file in local_files(path) for stat in [file.stat()])


@lru_cache(maxsize=4)
def _corpus(path: str, stamps: tuple[tuple[str, int, int], ...]) -> Corpus:
    """The corpus of the files as they are now."""
    documents = []
    for number, row in _numbered(path):
        if "id" not in row or "text" not in row:
            raise DataError(f"`{path}`, row {number} has no `id` or no `text`; it has {', '.join(row)[:200]}")
        title = "" if row.get("title") is None else str(row["title"])
        documents.append(Document(id=str(row["id"]), title=title, text=str(row["text"])))
    if not documents:
        raise DataError(f"`{path}` holds no document")
    return Corpus(documents)


@lru_cache(maxsize=4)
def _questions(
    path: str, question: str, answer: str, stamps: tuple[tuple[str, int, int], ...]
) -> tuple[CorpusQuestion, ...]:
    """The questions of the files as they are now; those that stand there twice are kept once."""
    found: dict[str, CorpusQuestion] = {}
    for number, row in _numbered(path):
        try:
            text, gold = (text_of(value_at(row, column), column) for column in (question, answer))
        except (BadRowError, NoColumnError) as error:
            raise DataError(f"`{path}`, row {number}: {error}") from None
        found.setdefault(text, CorpusQuestion(question=text, answer=gold, supporting=_supporting(row)))
    if not found:
        raise DataError(f"`{path}` holds no question")
    return tuple(found.values())


def _numbered(path: str) -> Iterator[tuple[int, Row]]:
    for _, rows in read_parts(DatasetConfig(path=path)):
        yield from enumerate(rows, start=1)


def _supporting(row: Row) -> tuple[str, ...]:
    for column in _LIST_COLUMNS:
        ids = row.get(column)
        if isinstance(ids, list | tuple):
            return tuple(map(str, ids))
    return ()
