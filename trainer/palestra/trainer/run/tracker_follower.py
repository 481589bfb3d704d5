"""Trackers follow the file of a run's metrics, each in a thread of its own.

The file is the queue: a tracker that is slow falls behind and the step waits for nothing, and one that broke, or came
later, catches up when the run goes on. Steps are told once.
"""

from __future__ import annotations

import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from palestra.agents import RolloutError, read_rollouts
from palestra.trainer.config import TrainConfig
from palestra.trainer.config.writer import to_toml
from palestra.trainer.metrics import AlarmMetrics, EvalMetrics, EventMetrics, Metrics, from_line
from palestra.trainer.metrics.metrics_log import read_metrics
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.trainer.trackers.tracked_run import Places, Told, TrackedRun
from palestra.trainer.trackers.tracker import SampleRow, Tracker, TrackerSource

_POLL_S = 0.5
_CLOSE_S = 30.0


class Follower:
    """Tells a tracker what a run writes down."""

    def __init__(self, choice: TrackerSource, run: TrackedRun, say: Callable[[str], None]) -> None:
        """Begin to follow, in a thread.

        Args:
            choice: Opens the tracker.
            run: Whose file of metrics has no rows that will be made again.
            say: Takes a sentence for whoever watches the run.
        """
        self._choice, self._run, self._say = choice, run, say
        self._told = Told.read(run.paths.folder / "trackers" / f"{choice.kind}.json")
        self._places = Places()
        self._offset = 0
        self._over = threading.Event()
        self._ended = False
        # A daemon: a tracker that hangs must not keep the process.
        self._thread = threading.Thread(target=self._follow, name=f"tracker-{choice.kind}", daemon=True)
        self._thread.start()

    def close(self, until: float) -> None:
        """Tell the rest; what a slow tracker has not been told by then is counted and said.

        Args:
            until: On the monotonic clock.
        """
        self._over.set()
        self._thread.join(max(0.0, until - time.monotonic()))
        if self._thread.is_alive():
            self._ended = True  # it says nothing any more
            self._say(
                f"the tracker `{self._choice.kind}` was not done in time: {self._behind()} rows of metrics were not "
                "told, and what it holds back may be lost; a run that is resumed tells the rest"
            )

    def _follow(self) -> None:
        try:
            tracker = self._choice.open(self._run, self._told)
            try:
                if not self._ended:
                    self._say(f"tracker {self._choice.kind}: {tracker.place}")
                while not self._over.wait(_POLL_S):
                    self._tell_all(tracker)
                self._tell_all(tracker)
            finally:
                tracker.close()
        except Exception as error:  # noqa: BLE001  the boundary: whatever a tracker does, the run goes on
            if not self._ended:
                cause = str(error).splitlines()[0] if str(error) else "no reason given"
                self._say(
                    f"the tracker `{self._choice.kind}` is off: {type(error).__name__}: {cause}; "
                    "metrics.jsonl has every row, and a run that is resumed tells it the rest"
                )

    def _tell_all(self, tracker: Tracker) -> None:
        """Tell what was written since the last time."""
        rows = self._fresh_rows()
        for row, series, place in self._places.of(rows):
            before = self._told.places.get(series)
            if before is not None and place <= before:
                continue
            # Written before it is told: after a kill a point may be missing there, but none is there twice.
            self._told.places[series] = place
            self._told.save()
            try:
                self._tell(tracker, row)
            except BaseException:
                self._told.places[series] = before or (-1, 0)
                self._told.save()
                raise
        if rows:
            tracker.flush()

    def _tell(self, tracker: Tracker, row: Metrics) -> None:
        if isinstance(row, AlarmMetrics | EventMetrics):
            tracker.alert(row)
        if not isinstance(row, AlarmMetrics):
            tracker.record(row)
        if isinstance(row, EvalMetrics) and self._choice.samples:
            found = _samples(self._run.paths.evaluation(row.name, row.step), self._choice.samples)
            if found:
                tracker.samples(row.name, row.step, found)

    def _fresh_rows(self) -> list[Metrics]:
        """Whole lines behind the last one that was read."""
        content = self._unread()
        whole = content[: content.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [from_line(line) for line in whole.decode().splitlines()]

    def _unread(self) -> bytes:
        try:
            with self._run.paths.metrics.open("rb") as file:
                file.seek(self._offset)
                return file.read()
        except FileNotFoundError:
            return b""

    def _behind(self) -> int:
        """How many rows have not been told."""
        told = dict(self._told.places)
        rows = Places().of(read_metrics(self._run.paths.metrics))
        return sum(place > told.get(series, (-1, 0)) for _, series, place in rows)


@contextmanager
def tracking(
    config: TrainConfig, paths: RunPaths, say: Callable[[str], None], *, close_s: float = _CLOSE_S
) -> Iterator[None]:
    """Within the block all trackers of the configuration follow the run; they have some seconds at its end.

    Args:
        config: Of the run.
        paths: Of the run; its file of metrics is there.
        say: Takes a sentence about a tracker that fails or is late.
        close_s: How long the end of the run waits for all trackers together.
    """
    run = TrackedRun(paths=paths, config=tomllib.loads(to_toml(config)))
    followers = [Follower(choice, run, say) for choice in config.trackers]
    try:
        yield
    finally:
        until = time.monotonic() + close_s
        for follower in followers:
            follower.close(until)


def _samples(path: Path, count: int) -> list[SampleRow]:
    """The first rollouts of an evaluation, which are of the same tasks each time."""
    try:
        return [SampleRow.of(rollout) for rollout in islice(read_rollouts(path), count)]
    except (OSError, RolloutError):
        return []  # a run that was resumed evaluates again; its file may be on the way
