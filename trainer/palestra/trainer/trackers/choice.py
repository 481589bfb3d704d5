"""Which trackers a configuration can name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from palestra.trainer.errors import ConfigError
from palestra.trainer.require import require
from palestra.trainer.trackers.tensorboard_files import TensorBoard
from palestra.trainer.trackers.trackio_run import Trackio
from palestra.trainer.trackers.wandb_run import Wandb

TrackerChoice = TensorBoard | Wandb | Trackio
"""What shows a run elsewhere."""


def check_trackers(trackers: Sequence[TrackerChoice]) -> None:
    """Refuse two trackers of one kind: they would remember the run in the same file.

    Raises:
        ValueError: There are two.
    """
    kinds = [tracker.kind for tracker in trackers]
    for kind in kinds:
        require(kinds.count(kind) == 1, f"trackers names `{kind}` twice\n\nhint: one of each kind")


def require_installed(trackers: Sequence[TrackerChoice]) -> None:
    """Refuse trackers whose package is not there, before anything is loaded.

    Raises:
        ConfigError: A package is missing.
    """
    for tracker in trackers:
        if find_spec(tracker.package) is None:
            raise ConfigError(
                f"the tracker `{tracker.kind}` needs the package `{tracker.package}`"
                f"\n\nhint: pip install '{tracker.extra}', or `--trackers \"\"` for a run without trackers"
            )
