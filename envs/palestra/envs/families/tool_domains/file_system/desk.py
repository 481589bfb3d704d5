"""What can be done with the tree, and what must not be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import ClassVar

from palestra.envs.families.tool_domains.file_system.records import (
    ARCHIVE,
    FILE,
    FOLDER,
    SCHEMA,
    SECRETS,
    Node,
    name_of,
    parent_of,
)
from palestra.envs.stateful import DomainDesk, Rule, Schema, plain, read, write
from palestra.envs.stateful.records import record_of
from palestra.envs.tools import ToolError

_MOST_CHARS = 4000
_MOST_PATH_CHARS = 200
_MOST_NODES = 1000

RULES = (
    Rule(
        name="archive",
        text=f"Nothing in {ARCHIVE} is added, changed, moved or deleted; copies of it may lie elsewhere.",
        broken_by=f"""
            SELECT 1 FROM sealed LEFT JOIN node USING (path) WHERE node.text IS NOT sealed.text
            UNION ALL SELECT 1 FROM node WHERE path LIKE '{ARCHIVE}/%' AND path NOT IN (SELECT path FROM sealed)
            UNION ALL SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM node WHERE path = '{ARCHIVE}')""",
    ),
    Rule(
        name="secrets",
        text=f"A file whose name ends in `.key` lies in {SECRETS} and nowhere else, and under no other ending.",
        broken_by=f"""
            SELECT 1 FROM node WHERE path LIKE '%.key' AND path NOT LIKE '{SECRETS}/%'
            UNION ALL SELECT 1 FROM node WHERE text LIKE 'KEY %' AND path NOT LIKE '{SECRETS}/%.key'""",
    ),
    Rule(
        name="locks",
        text="A locked file stays as it is and where it is.",
        broken_by="SELECT 1 WHERE 0",  # the tools see to that
    ),
)


class Topic(StrEnum):
    """What somebody wants to know."""

    NUMBER_OF_FILES = "number_of_files"
    NUMBER_OF_FILES_WITH_WORD = "number_of_files_with_word"
    LONGEST_FILE = "longest_file"
    VALUE_OF_SETTING = "value_of_setting"


class Reason(StrEnum):
    """Why a wish is declined."""

    ARCHIVED = "archived"
    SECRET = "secret"
    LOCKED = "locked"
    TARGET_EXISTS = "target_exists"
    NOT_THERE = "not_there"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Something as a listing shows it."""

    path: str
    kind: str
    chars: int
    is_locked: bool


class TreeTools(DomainDesk):
    """The tools of the tree."""

    schema: ClassVar[Schema] = SCHEMA
    rules: ClassVar[tuple[Rule, ...]] = RULES

    @read
    def list_folder(self, path: str) -> list[Entry]:
        """What lies directly in a folder.

        Args:
            path: The folder; `/` for the root.
        """
        folder = path.rstrip("/")
        if folder:
            self._folder(folder)
        return [_entry(node) for node in self._below(folder) if parent_of(node.path) == folder]

    @read
    def find(self, pattern: str, under: str = "/") -> list[Entry]:
        """Files and folders by their names, at any depth.

        Args:
            pattern: A name, with `*` for any characters and `?` for one.
            under: The folder to look in.
        """
        return [_entry(node) for node in self._below(under.rstrip("/")) if fnmatchcase(name_of(node.path), pattern)]

    @read
    def grep(self, text: str, under: str = "/") -> list[str]:
        """The paths of the files that hold a text, at any depth.

        Args:
            text: What to look for, letter by letter.
            under: The folder to look in.
        """
        return [node.path for node in self._below(under.rstrip("/")) if text in node.text and node.kind == FILE]

    @read
    def read_file(self, path: str) -> str:
        """The text of a file.

        Args:
            path: The file.
        """
        return self._file(path).text

    @write
    def write_file(self, path: str, text: str) -> str:
        """Create a file, or replace the text of one.

        Args:
            path: The file.
            text: Its whole text.
        """
        node = self.database.get(Node, path)
        if len(text) > _MOST_CHARS:
            raise ToolError(f"a file has at most {_MOST_CHARS} characters")
        if node is None:
            self._add(Node(path, FILE, text, 0))
        else:
            self.database.change(replace(self._open(path), text=text))
        return f"{path} has {len(text)} characters."

    @write
    def edit_file(self, path: str, old: str, new: str) -> str:
        """Replace a text that stands in a file exactly once.

        Args:
            path: The file.
            old: What stands there.
            new: What shall stand there.
        """
        node = self._open(path)
        if not old or node.text.count(old) != 1:
            raise ToolError(f"this text stands {node.text.count(old) if old else 0} times in `{path[:80]}`, not once")
        text = node.text.replace(old, new)
        if len(text) > _MOST_CHARS:
            raise ToolError(f"a file has at most {_MOST_CHARS} characters")
        self.database.change(replace(node, text=text))
        return f"{path} is edited."

    @write
    def make_folder(self, path: str) -> str:
        """Create a folder in a folder that is there.

        Args:
            path: The new folder.
        """
        self._add(Node(path, FOLDER, "", 0))
        return f"{path} is there."

    @write
    def move(self, path: str, target: str) -> str:
        """Move or rename a file, or a folder with all that is in it.

        Args:
            path: What is moved.
            target: The whole new path.
        """
        nodes = self._all(path)
        if any(node.is_locked for node in nodes):
            raise ToolError(f"`{path[:80]}` is locked, or holds what is locked")
        if target == path or target.startswith(f"{path}/"):
            raise ToolError("nothing is moved into itself")
        for node in nodes:
            self.database.remove(node)
        for node in nodes:
            self._add(replace(node, path=target + node.path.removeprefix(path)))
        return f"{path} is now {target}."

    @write
    def copy(self, path: str, target: str) -> str:
        """Copy a file; the copy is not locked.

        Args:
            path: The file.
            target: The whole path of the copy.
        """
        self._add(replace(self._file(path), path=target, is_locked=0))
        return f"{target} is a copy of {path}."

    @write
    def delete(self, path: str) -> str:
        """Delete a file or an empty folder.

        Args:
            path: What is deleted.
        """
        nodes = self._all(path)
        if len(nodes) > 1:
            raise ToolError(f"`{path[:80]}` is not empty")
        if nodes[0].is_locked:
            raise ToolError(f"`{path[:80]}` is locked")
        self.database.remove(nodes[0])
        return f"{path} is gone."

    @write
    def lock(self, path: str) -> str:
        """Lock a file for good.

        Args:
            path: The file.
        """
        self.database.change(replace(self._open(path), is_locked=1))
        return f"{path} is locked."

    @write
    def tell(self, what: Topic, subject: str, value: int | str) -> str:
        """Tell something that was asked for; it can be told once.

        Args:
            what: What it is.
            subject: The path of the folder or file that it is about.
            value: A number, a whole path, or the value of a setting.
        """
        self.note_answer(what, self.need(Node, subject.rstrip("/")).path, plain(value))
        return "This was told."

    @write
    def decline(self, subject: str, reason: Reason) -> str:
        """Decline a wish that the rules forbid, or that cannot be.

        Args:
            subject: The path of the file that was to be changed, moved, copied or deleted.
            reason: Why.
        """
        self.note_refusal(subject.rstrip("/"), reason)
        return "It was said that this cannot be done."

    def clues(self, key: str) -> tuple[str, ...]:
        """The folder in which something lies."""
        return (parent_of(key),)

    def _below(self, folder: str) -> list[Node]:
        # `0` comes right behind `/`
        rows = self.database.query(
            "SELECT * FROM node WHERE path > ? AND path < ? ORDER BY path", f"{folder}/", f"{folder}0"
        )
        return [record_of(Node, row) for row in rows]

    def _all(self, path: str) -> list[Node]:
        """Something, and all that is in it."""
        return [self.need(Node, path), *self._below(path)]

    def _folder(self, path: str) -> Node:
        node = self.need(Node, path)
        if node.kind != FOLDER:
            raise ToolError(f"`{path[:80]}` is no folder")
        return node

    def _file(self, path: str) -> Node:
        node = self.need(Node, path)
        if node.kind != FILE:
            raise ToolError(f"`{path[:80]}` is no file")
        return node

    def _open(self, path: str) -> Node:
        node = self._file(path)
        if node.is_locked:
            raise ToolError(f"`{path[:80]}` is locked")
        return node

    def _add(self, node: Node) -> None:
        path = node.path
        if not path.startswith("/") or len(path) > _MOST_PATH_CHARS or set(path.split("/")[1:]) & {"", ".", ".."}:
            raise ToolError(f"`{path[:80]}` is no path from the root")
        if parent_of(path):
            self._folder(parent_of(path))
        if self.database.query("SELECT COUNT(*) FROM node")[0] >= (_MOST_NODES,):
            raise ToolError("the tree is full")
        if self.database.get(Node, path) is not None:
            raise ToolError(f"`{path[:80]}` is there already")
        self.database.add(node)


def _entry(node: Node) -> Entry:
    return Entry(path=node.path, kind=node.kind, chars=len(node.text), is_locked=bool(node.is_locked))
