"""A corpus: documents by id, and which of them fit a query."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from palestra.envs.errors import DataError
from palestra.envs.search.bm25 import Bm25

_OPENING_CHARS = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What can be found and opened."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A document as a search shows it."""

    id: str
    title: str
    opening: str
    """The first words of the text."""


class Corpus:
    """Documents with an index that is built when it is first asked.

    Raises:
        DataError: Two documents have one id.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._documents: dict[str, Document] = {}
        for document in documents:
            if document.id in self._documents:
                raise DataError(f"two documents have the id `{document.id[:80]}`")
            self._documents[document.id] = document

    def __len__(self) -> int:
        return len(self._documents)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids in the order of the documents."""
        return tuple(self._documents)

    def get(self, document_id: str) -> Document | None:
        """The document of an id."""
        return self._documents.get(document_id)

    def search(self, query: str, count: int) -> list[Hit]:
        """The documents that fit a query best, the best first."""
        found = [self._documents[self.ids[place]] for place, _ in self._index.best(query, count)]
        return [Hit(id=document.id, title=document.title, opening=_opening(document.text)) for document in found]

    @cached_property
    def _index(self) -> Bm25:
        return Bm25([f"{document.title}\n{document.text}" for document in self._documents.values()])


def _opening(text: str) -> str:
    words = " ".join(text[: 2 * _OPENING_CHARS].split())
    return words if len(words) <= _OPENING_CHARS else f"{words[: _OPENING_CHARS - 3]}..."
