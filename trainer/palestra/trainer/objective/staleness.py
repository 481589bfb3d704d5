"""How old the policy was that sampled a token, and what becomes of tokens that are too old to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import ClassVar

from palestra.agents import UNSAMPLED, Rollout, Segment
from palestra.trainer.errors import SyncError


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """Nothing becomes too old: a step waits for every episode that could not be learned from in the next one."""

    kind: ClassVar[str] = "wait"
    waits: ClassVar[bool] = True

    def keeps(self, lags: Sequence[int], bound: int, key: str) -> list[bool]:
        """All tokens.

        Raises:
            SyncError: One is too old all the same: the generator has other weights than it should have.
        """
        if max(lags, default=0) > bound:
            raise SyncError(
                f"rollout `{key}` was sampled by weights that are {max(lags)} versions older than the learner's, where "
                f"{bound} are allowed\n\nhint: the weights did not reach the generator, or it labels tokens wrongly"
            )
        return [True] * len(lags)


@dataclass(frozen=True, kw_only=True, slots=True)
class DropSamples:
    """A sample with a token that is too old is not learned from; its reward still counts in its group."""

    kind: ClassVar[str] = "drop"
    waits: ClassVar[bool] = False

    def keeps(self, lags: Sequence[int], bound: int, key: str) -> list[bool]:
        """All tokens or none."""
        return [max(lags, default=0) <= bound] * len(lags)


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskTokens:
    """Tokens that are too old are context for the others, and not learned from."""

    kind: ClassVar[str] = "mask"
    waits: ClassVar[bool] = False

    def keeps(self, lags: Sequence[int], bound: int, key: str) -> list[bool]:
        """The tokens that are not too old."""
        return [lag <= bound for lag in lags]


TooOld = Wait | DropSamples | MaskTokens
"""What a configuration can name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentView:
    """What the learner reads of a segment behind its prompt."""

    mask: tuple[int, ...]
    """1 on policy tokens that are learned from."""
    lags: tuple[int, ...] = ()
    """As in `Sample`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """What a step makes of the versions of its tokens."""

    version: int | None = None
    """Of the learner's weights before the step; None takes all tokens for tokens of these."""
    bound: int = 0
    """How many versions older a policy may be whose tokens are learned from."""
    too_old: TooOld = field(default_factory=Wait)

    def views(self, rollout: Rollout) -> Mapping[int, SegmentView]:
        """For each segment of a rollout, by id, what is learned from, and how old it is.

        Raises:
            SyncError: A token is of a version that there is not yet, or that should not be there.
        """
        versions = _versions(rollout)
        if self.version is None or versions <= {self.version}:
            return {segment.id: SegmentView(mask=segment.mask) for segment in rollout.segments}
        if max(versions) > self.version:
            raise SyncError(
                f"rollout `{rollout.key}` has tokens of version {max(versions)}, and the learner is at {self.version}"
                "\n\nhint: the generator or the log is that of another run"
            )
        lags = {segment.id: self._lags(segment) for segment in rollout.segments}
        flat = [lag for segment in rollout.segments for lag in compress(lags[segment.id], segment.mask)]
        kept = iter(self.too_old.keeps(flat, self.bound, rollout.key))
        return {
            segment.id: SegmentView(mask=tuple(int(m and next(kept)) for m in segment.mask), lags=lags[segment.id])
            for segment in rollout.segments
        }

    def is_stale(self, rollouts: Iterable[Rollout]) -> bool:
        """Whether policies of the run sampled tokens of these, and the learner's own version none."""
        versions = set[int]().union(*map(_versions, rollouts))
        return self.version is not None and bool(versions) and self.version not in versions

    def too_old_tokens(self, rollout: Rollout) -> int:
        """How many tokens of a rollout are not learned from because of their age."""
        views = self.views(rollout)
        return sum(sum(segment.mask) - sum(views[segment.id].mask) for segment in rollout.segments)

    def _lags(self, segment: Segment) -> tuple[int, ...]:
        assert self.version is not None
        lags = [0] * len(segment.mask)
        for span in segment.versions:
            if span.version != UNSAMPLED:
                lags[span.start : span.end] = [self.version - span.version] * (span.end - span.start)
        return tuple(lags)


def oldest_version(rollout: Rollout, default: int) -> int:
    """The oldest version that sampled a token of a rollout; the default if no policy of the run sampled any."""
    return min(_versions(rollout), default=default)


def _versions(rollout: Rollout) -> set[int]:
    """Those that sampled its tokens."""
    return {span.version for segment in rollout.segments for span in segment.versions} - {UNSAMPLED}


ALL_FRESH = Freshness()
"""Takes all tokens for tokens of the learner's own version."""
