"""Everything that a page shows of a run or a file, read anew when files have changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from palestra.trainer.errors import ViewError
from palestra.trainer.run_folder.vocabulary import Piece
from palestra.trainer.view.entries import Contents, Json, read_entries
from palestra.trainer.view.overview import overview_json
from palestra.trainer.view.pieces import find_pieces
from palestra.trainer.view.rollout_files import RolloutFile, rollout_files, spread
from palestra.trainer.view.run_folder import RunFolder
from palestra.trainer.view.volume import TEXT_CHUNK, TOKEN_CHUNK, Volume


@dataclass(frozen=True, kw_only=True, slots=True)
class Exhibition:
    """What is shown, at one moment."""

    name: str
    run: RunFolder | None
    """None for a bare file of rollouts."""
    contents: tuple[Contents, ...]
    pieces: Sequence[Piece] | None
    """The texts of tokens; None where they are not known."""
    left_out: int
    """Rollouts that are there and not shown."""

    def manifest(self, volumes: Sequence[Volume], *, is_live: bool) -> dict[str, Json]:
        """The overview, and how rollouts are packed."""
        remarks = [each.remark for each in self.contents if each.remark]
        if self.left_out:
            remarks.append(f"{self.left_out} rollouts are not shown; `--max` shows more.")
        listed: list[Json] = [
            {"name": volume.name, "stamp": volume.stamp, "count": len(volume.entries)} for volume in volumes
        ]
        return {
            "name": self.name,
            "live": is_live,
            "overview": overview_json(self.run) if self.run else None,
            "volumes": listed,
            "textChunk": TEXT_CHUNK,
            "tokenChunk": TOKEN_CHUNK,
            "remarks": list(remarks),
        }


class Exhibitor:
    """Reads a run or a file again and again; files that have not changed are not read twice."""

    def __init__(self, target: Path, *, most: int, tokenizer: Path | None = None) -> None:
        """Look at a run or a file.

        Args:
            target: The folder of a run, or a file of rollouts.
            most: How many rollouts are shown, about; of a single file exactly.
            tokenizer: A folder with a tokenizer.json, or that file, where the run does not say what tokens mean.

        Raises:
            ViewError: There is nothing to look at.
        """
        rollout_files(target)
        self.target = target
        self._most = most
        self._tokenizer = tokenizer
        self._read: dict[str, tuple[str, Contents]] = {}
        self._pieces: Sequence[Piece] | None = None

    def stamp(self) -> str:
        """Changes when a file does."""
        files = [file.path for file in rollout_files(self.target)]
        folder = [self.target / name for name in ("metrics.jsonl", "summary.json")] if self.target.is_dir() else []
        states = [(path, path.stat()) for path in (*files, *folder) if path.is_file()]
        return f"{hash(tuple((str(path), state.st_size, state.st_mtime_ns) for path, state in states)):x}"

    def exhibition(self) -> Exhibition:
        """What there is now.

        Raises:
            ViewError: A bare file holds no rollout.
        """
        files = rollout_files(self.target)
        shown = spread(files, self._most)
        contents = tuple(self._contents(file) for file in shown)
        is_bare = self.target.is_file()
        if is_bare and not contents[0].entries:
            raise ViewError(
                f"`{self.target}` holds no rollout{': ' + contents[0].remark if contents[0].remark else ''}\n\n"
                "hint: a file of rollouts has one JSON object on each line, as `palestra train` and `eval` write them"
            )
        if self._pieces is None:
            self._pieces = find_pieces(self.target, self._tokenizer)
        return Exhibition(
            name=self.target.resolve().name,
            run=None if is_bare else RunFolder.read(self.target),
            contents=contents,
            pieces=self._pieces,
            left_out=max(0, sum(file.count() for file in files) - sum(len(each.entries) for each in contents)),
        )

    def _contents(self, file: RolloutFile) -> Contents:
        name, stamp = str(file.path), file.stamp
        known = self._read.get(name)
        if known is None or known[0] != stamp:
            self._read[name] = known = (stamp, read_entries(file, self._most))
        return known[1]
