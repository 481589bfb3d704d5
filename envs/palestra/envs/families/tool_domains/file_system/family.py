"""The desk of a tree of files."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.tool_domains.file_system.desk import TreeTools
from palestra.envs.families.tool_domains.file_system.goals import REFUSALS, WISHES
from palestra.envs.families.tool_domains.file_system.records import SECRETS, TreeDraft
from palestra.envs.stateful import Domain, Goal
from palestra.verifiers.keyed_random import KeyedRandom

_FOLDER_OF = 5  # so many distractors share a folder


class FileSystemDesk(Domain[TreeDraft]):
    """Renaming, collecting, deduplicating, editing and locking of files, judged by the whole tree."""

    id: ClassVar[str] = "palestra/FileSystemDesk-v1"
    desk_type: ClassVar[type[TreeTools]] = TreeTools
    role: ClassVar[str] = (
        "You look after a tree of files. Paths begin at the root, as `/data/atlas/plan-3.txt`. It holds no programs "
        "and nothing can be run."
    )
    wishes = WISHES
    refusals = REFUSALS
    templates = (
        "Somebody writes:\n\n{request}",
        "You are asked:\n\n{request}",
        "Please do the following.\n\n{request}",
        "The owner of the files wants this:\n\n{request}",
    )
    answer_format = "Work with the tools, and call `done` when everything is settled."

    def draft(self, rng: KeyedRandom) -> TreeDraft:
        """The folders that every tree has."""
        return TreeDraft(rng=rng)

    def opening(self, draft: TreeDraft) -> Goal | None:
        """Nobody says who they are."""
        return None

    def distract(self, draft: TreeDraft, count: int) -> None:
        """Other folders with files, more of the archive, and more keys."""
        folder = "/data"
        for number in range(count):
            if number % _FOLDER_OF == 0 and draft.folders:
                folder = draft.project()
            match draft.rng.below(8):
                case 0:
                    draft.sealed()
                case 1:
                    draft.file(SECRETS, draft.name("key"), f"KEY {draft.rng.below(10**9)}\n")
                case kind:
                    draft.file(folder, is_locked=int(kind == 2))
