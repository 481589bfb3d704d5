"""Disks that are full or read-only, and folders that two processes want: named errors, and nothing half-written."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from palestra.cli.errors import EXIT_FAILED, EXIT_USAGE, exit_code
from palestra.trainer.checkpoints.checkpoint import checkpoints
from palestra.trainer.errors import CheckpointError, RunFolderError, RunInUseError
from palestra.trainer.metrics import EventMetrics
from palestra.trainer.metrics.metrics_log import MetricsLog, read_metrics
from palestra.trainer.run.train import train_command
from palestra.trainer.run_folder.run_paths import RunPaths, replace_text
from palestra.trainer.run_folder.storage import run_lock, storing
from tiny_model import save_tiny_model
from tiny_run import start, write_config


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A disk of its own at `folder`."""
    folder.mkdir()
    options = f"size={kilobytes}k"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"cannot mount a small disk: {mounted.stderr.decode(errors='replace').strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, *, leave: int = 0) -> Path:
    """Take all space but some bytes."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    os.truncate(ballast, max(0, ballast.stat().st_size - leave))
    return ballast


def test_a_full_disk_leaves_the_old_text(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 64) as disk:
        replace_text(disk / "rollouts.jsonl", ["old\n"])
        fill(disk)
        with pytest.raises(
            RunFolderError, match=r"(?s)`.*rollouts\.jsonl` cannot be written: No space left.*hint: free"
        ):
            replace_text(disk / "rollouts.jsonl", ["new\n" * 5000])
        assert (disk / "rollouts.jsonl").read_text() == "old\n"
        assert sorted(path.name for path in disk.iterdir()) == ["ballast", "rollouts.jsonl"]


def test_metrics_on_a_full_disk_end_in_a_part_of_a_row_that_is_cut_off_later(tmp_path: Path) -> None:
    rows = [EventMetrics(step=step, name="event", text="x" * 300, values={}) for step in range(200)]
    with small_disk(tmp_path / "disk", 64) as disk:
        path = disk / "metrics.jsonl"
        written = 0
        with (
            MetricsLog(path) as log,
            pytest.raises(RunFolderError, match=r"metrics\.jsonl` cannot be written: No space left"),
        ):
            for row in rows:
                log.append(row)
                written += 1
        assert 0 < written < len(rows)
        assert list(read_metrics(path)) == rows[:written]
        with pytest.raises(RunFolderError, match="No space left"):
            MetricsLog(path, after_step=written)
        assert list(read_metrics(path)) == rows[:written], "what could not be copied is left as it was"
    with small_disk(tmp_path / "larger", 256) as disk:
        (disk / "metrics.jsonl").write_bytes(b"".join(_lines(rows[:written])) + b'{"kind": "ev')
        with MetricsLog(disk / "metrics.jsonl", after_step=written) as log:
            log.append(rows[written])
        assert list(read_metrics(disk / "metrics.jsonl")) == rows[: written + 1]


def _lines(rows: list[EventMetrics]) -> Iterator[bytes]:
    from palestra.trainer.metrics import to_line

    return (to_line(row).encode() + b"\n" for row in rows)


@pytest.mark.parametrize("seed", range(3))
def test_a_run_on_a_disk_that_fills_goes_on_when_there_is_space(
    seed: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = save_tiny_model(tmp_path / "model")
    (tmp_path / "free").mkdir()
    config = write_config(tmp_path / "free", model, "checkpoint = { every = 1, keep = 2 }", steps=4)
    assert train_command(str(config), [], None) == 0
    wanted = RunPaths(folder=tmp_path / "free" / "runs" / "tiny")
    with small_disk(tmp_path / "disk", 4096) as disk:
        config = write_config(disk, model, "checkpoint = { every = 1, keep = 2 }", steps=4)
        ballast = fill(disk, leave=random.Random(seed).randrange(8_000, 1_200_000))
        with pytest.raises(RunFolderError, match=r"(?s)No space left.*hint: free some space") as caught:
            train_command(str(config), [], None)
        assert exit_code(caught.value) == EXIT_FAILED
        paths = RunPaths(folder=disk / "runs" / "tiny")
        assert not [path for path in disk.rglob(".partial-*")], "nothing half-written takes the space"
        for checkpoint in checkpoints(paths.checkpoints):
            checkpoint.position()
        ballast.unlink()
        began = paths.config.exists()
        assert train_command(None if began else str(config), [], paths.folder if began else None) == 0
        assert (paths.model / "model.safetensors").read_bytes() == (wanted.model / "model.safetensors").read_bytes()
    assert "Traceback" not in capfd.readouterr().err


def test_a_folder_that_cannot_be_written_is_named_before_anything_is_loaded(tmp_path: Path) -> None:
    config = write_config(tmp_path, tmp_path / "no model")
    with small_disk(tmp_path / "runs", 64) as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(RunFolderError, match=r"(?s)cannot be written: Read-only file system.*hint: .*run_dir"):
            train_command(str(config), [], None)


def test_what_is_no_failure_of_the_disk_keeps_its_name(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="a bug"), storing(tmp_path):
        raise RuntimeError("a bug")


def test_a_folder_in_use_names_its_process(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    config = write_config(tmp_path, model, "checkpoint = { every = 1, keep = 1 }", steps=1000)
    paths, log = RunPaths(folder=tmp_path / "runs" / "tiny"), tmp_path / "log"
    process = start((str(config), [], None), log)
    while not any(checkpoints(paths.checkpoints)):
        assert process.is_alive(), log.read_text()
        time.sleep(0.01)
    with pytest.raises(RunInUseError, match=rf"(?s)is in use: process {process.pid} on .*hint") as caught:
        train_command(None, [], paths.folder)
    assert exit_code(caught.value) == EXIT_USAGE
    assert process.is_alive(), "the other one goes on"
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)
    assert (paths.folder / ".lock").exists(), "a kill leaves the file"
    assert train_command(None, ["--max_seconds", "0.01"], paths.folder) == 0, "which nobody holds"
    assert not (paths.folder / ".lock").exists()


def _hold(folder: Path, seconds: float) -> None:
    with run_lock(folder):
        time.sleep(seconds)


def test_a_lock_is_held_by_one_of_many(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    context = multiprocessing.get_context("fork")
    with run_lock(folder):
        child = context.Process(target=time.sleep, args=(30,))
        child.start()  # has all our open files, but not the lock
        rival = context.Process(target=_hold, args=(folder, 0.0))
        rival.start()
        rival.join(30)
        assert rival.exitcode == 1
    with run_lock(folder):
        pass
    child.kill()
    child.join(10)
    assert not folder.exists(), "a run that came to nothing leaves nothing"


def test_a_checkpoint_of_another_version_is_named(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    config = write_config(tmp_path, model, "checkpoint = { every = 1, keep = 1 }", steps=1)
    assert train_command(str(config), [], None) == 0
    newest = next(checkpoints(tmp_path / "runs" / "tiny" / "checkpoints"))
    manifest = json.loads((newest.folder / "manifest.json").read_text())
    (newest.folder / "manifest.json").write_text(json.dumps(manifest | {"format": 9, "palestra": "9.1.0"}))
    with pytest.raises(CheckpointError, match=r"(?s)has the format `9`, this version reads `1`.*hint: .*`9\.1\.0`"):
        train_command(None, ["--steps", "2"], tmp_path / "runs" / "tiny")


def _jumping(rng: random.Random, real: Callable[[], float]) -> float:
    return real() + rng.uniform(-1e7, 1e7)


def test_clocks_that_jump_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = save_tiny_model(tmp_path / "model")
    weights = []
    for name in ("steady", "jumping"):
        (tmp_path / name).mkdir()
        config = write_config(tmp_path / name, model, "max_seconds = 600.0", steps=2)
        if name == "jumping":
            monkeypatch.setattr(time, "time", partial(_jumping, random.Random(0), time.time))
        assert train_command(str(config), [], None) == 0
        paths = RunPaths(folder=tmp_path / name / "runs" / "tiny")
        weights.append((paths.model / "model.safetensors").read_bytes())
        for row in read_metrics(paths.metrics):
            for field in ("train_seconds", "seconds", "generate_s", "learn_s"):
                assert 0.0 <= getattr(row, field, 0.0) < 300.0
    assert weights[0] == weights[1]
