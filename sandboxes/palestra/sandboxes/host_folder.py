"""A folder of the host in which a program works, and whose content the host never trusts."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self

from palestra.sandboxes.errors import SandboxFileError
from palestra.sandboxes.inside.archive import explained, pack, unpack
from palestra.sandboxes.inside.tree import FOLDER_FLAGS, Tree, TreeError, empty


class HostFolder:
    """A temporary folder of the host in which a program works.

    Every path is walked from a descriptor, one name at a time and without following links: what a program
    leaves in the folder cannot lead the host out of it. Only regular files are ever opened.
    """

    def __init__(self, *, owner: int | None = None) -> None:
        """Make the folder.

        Args:
            owner: User id that owns everything laid into it; that of this process by default.
        """
        self.path = Path(tempfile.mkdtemp(prefix="palestra-"))
        self.owner = owner
        # Held from now on: a program with the right to do so could put something else at the path.
        self._fd = os.open(self.path, FOLDER_FLAGS)
        if owner is not None:
            os.fchown(self._fd, owner, owner)

    def lay(self, files: Mapping[str, bytes]) -> None:
        """Write files; folders on the way are made, and whatever else is in the way is removed.

        Raises:
            SandboxFileError: They do not fit.
        """
        with self._tree() as tree:
            for path, content in files.items():
                with explained(path):
                    tree.lay({path: content})

    def pack(self, path: str, max_bytes: int) -> bytes:
        """A tar archive of a path.

        Raises:
            SandboxFileError: It is missing, leads through a link, or holds more than `max_bytes` of
                content, or too many paths, or folders too deep.
        """
        archive = io.BytesIO()
        with self._tree() as tree:
            pack(tree, path, archive, max_bytes)
        return archive.getvalue()

    def unpack(self, archive: bytes) -> None:
        """Lay the files, folders and links of an archive; what is there and not in it stays.

        Raises:
            SandboxFileError: They do not fit, lead through a link or out of the folder, or a folder is
                where a file should be.
        """
        with self._tree() as tree:
            unpack(tree, io.BytesIO(archive))

    def remove(self) -> None:
        """Remove the folder and all that is in it. Does nothing the second time."""
        if self._fd < 0:
            return
        folder, self._fd = self._fd, -1
        try:
            os.fchmod(folder, 0o700)
            empty(folder)
        finally:
            os.close(folder)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    @contextlib.contextmanager
    def _tree(self) -> Iterator[Tree]:
        os.fchmod(self._fd, 0o700)  # or a program could lock all others out
        try:
            yield Tree(self._fd, self.owner)
        except TreeError as error:
            raise SandboxFileError(str(error)) from None
