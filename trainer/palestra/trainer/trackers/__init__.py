"""Trackers: a run's metrics, alarms and some of its rollouts in programs that draw and compare runs."""

from palestra.trainer.trackers.choice import TrackerChoice, check_trackers, require_installed
from palestra.trainer.trackers.tensorboard_files import TensorBoard
from palestra.trainer.trackers.tracked_run import Told, TrackedRun
from palestra.trainer.trackers.tracker import SampleRow, Tracker
from palestra.trainer.trackers.trackio_run import Trackio
from palestra.trainer.trackers.wandb_run import Wandb, WandbMode

__all__ = [
    "SampleRow",
    "TensorBoard",
    "Told",
    "TrackedRun",
    "Tracker",
    "TrackerChoice",
    "Trackio",
    "Wandb",
    "WandbMode",
    "check_trackers",
    "require_installed",
]
