"""Retrieval over a corpus that is at hand: documents, an index, and the tools to work with them."""

from palestra.envs.search.bm25 import Bm25
from palestra.envs.search.corpus import Corpus, Document, Hit
from palestra.envs.search.desk import SearchDesk, Searching

__all__ = ["Bm25", "Corpus", "Document", "Hit", "SearchDesk", "Searching"]
