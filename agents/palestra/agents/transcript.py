"""The tokens of one episode while it is played: appended, never made again from text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from palestra.agents.errors import RolloutError
from palestra.agents.generator import Completion, VersionSpan
from palestra.agents.history import Origin, Piece
from palestra.agents.rollout import Segment


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where the tokens of a turn stand."""

    segment: int
    """Id of the segment."""
    start: int
    """Counted from the end of the segment's prompt."""


class Transcript:
    """Segments of a conversation, of which the last one grows at its end."""

    def __init__(self, pieces: Sequence[Piece], *, segment: int = 0, parent: int | None = None) -> None:
        """Begin with pieces that were read before: all of them are the prompt of the first segment."""
        self._finished: list[Segment] = []
        self._read: tuple[int, ...] = ()
        self._open(pieces, segment, parent)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What the policy reads next, by origin."""
        return tuple(self._pieces)

    def prompt(self) -> tuple[int, ...]:
        """What the policy reads next; it begins with all that was read and sampled in this segment.

        Raises:
            RolloutError: It does not: a bug that would train on tokens that were never sampled.
        """
        ids = tuple(self._ids)
        if ids[: len(self._read)] != self._read:
            raise RolloutError("the prompt of a turn does not go on from what was read\n\nhint: report this as a bug")
        self._read = ids
        return ids

    def append_policy(self, completion: Completion) -> Place:
        """Add what the policy sampled."""
        self._read = self.prompt() + completion.token_ids
        start = len(self._mask)
        self._append(Piece(origin=Origin.POLICY, token_ids=completion.token_ids), 1)
        self._logprobs += completion.logprobs
        self._versions += [
            VersionSpan(version=span.version, start=start + span.start, end=start + span.end)
            for span in completion.versions
        ]
        return Place(segment=self._id, start=start)

    def append_observation(self, token_ids: Sequence[int], *, is_closed: bool) -> None:
        """Add what the environment answered: read by the policy, trained on by nobody."""
        self._append(Piece(origin=Origin.OBSERVATION, token_ids=tuple(token_ids), is_closed=is_closed), 0)
        self._logprobs += [0.0] * len(token_ids)

    def rewrite(self, pieces: Sequence[Piece]) -> None:
        """Go on from an edited history, in a new segment whose prompt it is."""
        self._finished.append(self._segment())
        self._open(pieces, self._id + 1, self._id)

    def fork(self) -> Transcript:
        """A transcript that goes on from here by itself; its first segment has this one as its parent."""
        return Transcript(self._pieces, segment=self._id + 1, parent=self._id)

    def segments(self) -> tuple[Segment, ...]:
        """All segments, frozen and checked; a last one in which the policy wrote nothing is left out."""
        is_empty = not self._ids or (bool(self._finished) and not any(self._mask))
        return (*self._finished, *(() if is_empty else (self._segment(),)))

    def _open(self, pieces: Sequence[Piece], segment: int, parent: int | None) -> None:
        self._id, self._parent = segment, parent
        self._pieces = list(pieces)
        self._ids = [token for piece in pieces for token in piece.token_ids]
        self._prompt_length = len(self._ids)
        self._read = ()
        self._mask: list[int] = []
        self._logprobs: list[float] = []
        self._versions: list[VersionSpan] = []

    def _append(self, piece: Piece, mask: int) -> None:
        self._pieces.append(piece)
        self._ids += piece.token_ids
        self._mask += [mask] * len(piece.token_ids)

    def _segment(self) -> Segment:
        return Segment(
            token_ids=tuple(self._ids),
            prompt_length=self._prompt_length,
            mask=tuple(self._mask),
            logprobs=tuple(self._logprobs),
            versions=tuple(self._versions),
            id=self._id,
            parent=self._parent,
        )
