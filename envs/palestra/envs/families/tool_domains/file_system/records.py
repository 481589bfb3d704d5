"""What the tree holds, and the world of a task while it is made up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from palestra.envs.families.tool_domains import people
from palestra.envs.stateful import Draft, Record, Schema

FOLDER, FILE = "folder", "file"
ARCHIVE, SECRETS = "/archive", "/secrets"

_ENDINGS = ("txt", "md", "log", "csv")


@dataclass(frozen=True, slots=True)
class Node(Record):
    """A file or a folder."""

    path: str
    kind: str
    text: str
    """Empty for folders."""
    is_locked: int
    """1 where the file must stay as it is."""


@dataclass(frozen=True, slots=True)
class Sealed(Record):
    """What a file of the archive was at the start."""

    is_tracked: ClassVar[bool] = False

    path: str
    text: str


SCHEMA = Schema.of(Node, Sealed)


def parent_of(path: str) -> str:
    """The folder in which something lies; empty for the root's own."""
    return path.rpartition("/")[0]


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


@dataclass(kw_only=True)
class TreeDraft(Draft):
    """A tree, and folders and words that nobody has used yet. Every goal has a folder of its own."""

    folders: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    """Words that no file holds yet."""
    paths: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        rng = self.rng
        self.folders, words = (
            rng.sample(people.names("folders"), len(people.names("folders"))),
            rng.sample(people.names("words"), len(people.names("words"))),
        )
        self.common, self.words = words[:8], words[8:]
        for path in (ARCHIVE, SECRETS, "/data"):
            self.folder(path)

    common: list[str] = field(init=False)
    """Words that any file may hold."""

    def folder(self, path: str) -> str:
        """Another folder; its path."""
        self.paths.add(path)
        return self.add(Node(path, FOLDER, "", 0)).path

    def project(self) -> str:
        """The folder of one goal."""
        return self.folder(f"/data/{self.folders.pop()}")

    def file(self, folder: str, name: str = "", text: str = "", *, is_locked: int = 0) -> Node:
        """Another file; of any name and any text where none is given."""
        path = f"{folder}/{name or self.name()}"
        while path in self.paths:
            path = f"{folder}/{self.name()}"
        self.paths.add(path)
        return self.add(Node(path, FILE, text or self.text(), is_locked))

    def files(self, folder: str, count: int, ending: str = "") -> list[Node]:
        """Several files with texts of their own."""
        return [self.file(folder, self.name(ending)) for _ in range(count)]

    def sealed(self) -> Node:
        """A file of the archive."""
        node = self.file(ARCHIVE)
        self.add(Sealed(node.path, node.text))
        return node

    def name(self, ending: str = "") -> str:
        """A name of a file."""
        stem = f"{self.rng.choice(people.names('files'))}-{1 + self.rng.below(90)}"
        return f"{stem}.{ending or self.rng.choice(_ENDINGS)}"

    def text(self, *more: str) -> str:
        """Some lines of common words and, somewhere, these."""
        words = [*(self.rng.choice(self.common) for _ in range(6)), *more]
        self.rng.shuffle(words)
        return f"{' '.join(words[:3])}\n{' '.join(words[3:])} {self.rng.below(1000)}\n"
