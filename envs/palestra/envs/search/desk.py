"""The tools of a search: find, open, answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from palestra.envs.ending import EndReason
from palestra.envs.search.corpus import Corpus, Hit
from palestra.envs.tool_game import Desk
from palestra.envs.tools import Effect, ToolError, tool

_MOST_HITS = 20
_MOST_ANSWER_CHARS = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Searching:
    """An episode of a search as it stands."""

    reference: str
    """The reference of the task: the answer is not for the tools."""
    opened: tuple[str, ...] = ()
    """Ids of the documents that were read, each once, in order."""
    answer: str | None = None
    """What was answered; None where nothing was."""


class SearchDesk(Desk[Searching]):
    """Tools over a corpus. The one answer ends the episode."""

    def __init__(self, searching: Searching, corpus: Corpus) -> None:
        self._searching = searching
        self._corpus = corpus

    def world(self) -> Searching:
        """The episode as it is now."""
        return self._searching

    @tool(Effect.READ)
    def search(self, query: str, k: int = 5) -> tuple[Hit, ...]:
        """Find documents by their words.

        Args:
            query: The words to look for; documents with more and rarer ones come first.
            k: How many documents to list, 1 to 20.
        """
        if not 1 <= k <= _MOST_HITS:
            raise ToolError(f"`k` must lie in 1..{_MOST_HITS}")
        return tuple(self._corpus.search(query, k))

    @tool(Effect.READ)
    def open(self, document_id: str) -> str:
        """Read a document.

        Args:
            document_id: The `id` that a search lists.
        """
        document = self._corpus.get(document_id)
        if document is None:
            raise ToolError(f"there is no document `{document_id[:80]}`")
        if document.id not in self._searching.opened:
            self._searching = replace(self._searching, opened=(*self._searching.opened, document.id))
        return f"{document.title}\n\n{document.text}"

    @tool(Effect.WRITE)
    def answer(self, text: str) -> str:
        """Answer the question; this ends your work.

        Args:
            text: The answer alone: a name or a number, without a sentence around it.
        """
        if len(text) > _MOST_ANSWER_CHARS:
            raise ToolError(f"an answer has at most {_MOST_ANSWER_CHARS} characters")
        self._searching = replace(self._searching, answer=text)
        self.end = EndReason.SUBMITTED
        return "The answer is noted."
