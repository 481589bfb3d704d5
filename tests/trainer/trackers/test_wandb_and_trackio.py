"""Against the real packages, which are extras: nothing leaves the machine."""

from __future__ import annotations

import importlib
import json
import sqlite3
import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from palestra.agents import write_rollouts
from palestra.trainer.config.reader import parse_config
from palestra.trainer.metrics import AlarmMetrics, Metrics
from palestra.trainer.metrics.metrics_log import MetricsLog
from palestra.trainer.run.tracker_follower import tracking
from palestra.trainer.run_folder.run_paths import RunPaths
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment
from view_cases import eval_row, step_row

pytestmark = pytest.mark.filterwarnings("default")  # other people's packages

ALARM = AlarmMetrics(step=2, name="no-signal", text="nothing to learn from")
SITTINGS: Sequence[Sequence[Metrics]] = (
    [eval_row(0, 0.5), step_row(1, loss=0.25), step_row(2), ALARM, step_row(3)],
    [step_row(3), step_row(4)],
)
"""Step 3 is behind the checkpoint from which the second one goes on."""


def sit(folder: Path, tracker: str) -> list[str]:
    """Two sittings of a run; what they say."""
    said: list[str] = []
    base = f'steps = 4\nenv.id = "palestra/ChainSum-v1"\nmodel.path = "m"\ntrackers = [{tracker}]\n'
    config, paths = parse_config(base), RunPaths(folder=folder)
    paths.evaluation("heldout", 0).parent.mkdir(parents=True)
    hostile = rollout("a", Verdict.failed("no\0\ud800"), segment([1], [2]))
    write_rollouts(paths.evaluation("heldout", 0), [hostile])
    for after, rows in zip((None, 2), SITTINGS, strict=True):
        with MetricsLog(paths.metrics, after_step=after) as log, tracking(config, paths, said.append, close_s=120.0):
            for row in rows:
                log.append(row)
    places = ("tracker wandb: wandb sync /", "tracker trackio: trackio show ")
    return [each for each in said if not each.startswith(places)]


def history(run: Path) -> list[dict[str, Any]]:
    """What `wandb sync` would send of all sittings, in order, as key to value."""
    messages: Any = importlib.import_module("wandb.proto.wandb_internal_pb2")  # has no types

    rows: list[dict[str, Any]] = []
    for path in sorted(run.glob("trackers/wandb/offline-run-*/*.wandb")):
        for record in finished_records(path, messages.Record):
            kind = record.WhichOneof("record_type")
            if kind == "history":
                items = record.history.item
                rows.append({"/".join(each.nested_key) or each.key: json.loads(each.value_json) for each in items})
            elif kind == "alert":
                rows.append({"alert": record.alert.title})
            elif kind == "run":
                rows.append({"run": record.run.run_id, "config": len(record.run.config.update)})
    return rows


def finished_records(path: Path, record: Any, *, timeout_s: float = 60.0) -> list[Any]:
    """The records of a file when the process that writes it, which is not ours, has written the last one."""
    end = time.monotonic() + timeout_s
    while time.monotonic() < end:
        records = [record.FromString(data) for data in log_records(path.read_bytes())]
        if records and records[-1].WhichOneof("record_type") == "exit":
            return records
        time.sleep(0.2)
    pytest.fail(f"{path} has no end after {timeout_s} s")


def log_records(data: bytes) -> Iterator[bytes]:
    """The records of a file of wandb: a log of LevelDB, in blocks of 32 KiB, behind a header of its own.

    Source: https://github.com/google/leveldb/blob/main/doc/log_format.md
    """
    place, parts = 7, b""
    while place + 7 <= len(data):
        left = 32768 - place % 32768
        if left < 7:
            place += left
            continue
        _, length, kind = struct.unpack("<IHB", data[place : place + 7])
        parts += data[place + 7 : place + 7 + length]
        place += 7 + length
        if kind in (1, 4):  # whole, or the last of several
            yield parts
            parts = b""


def test_wandb_has_every_point_once_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(tmp_path / "config"))
    assert sit(tmp_path / "run", '{ kind = "wandb", project = "tests" }') == []
    rows = history(tmp_path / "run")
    points = [(row["training_step"], row["step/loss"]) for row in rows if "step/loss" in row]
    assert points == [(1, 0.25), (2, 0.5), (3, 0.5), (4, 0.5)]
    assert [row["training_step"] for row in rows if "eval/heldout/mean" in row] == [0]
    assert [row["alert"] for row in rows if "alert" in row] == ["no-signal"]
    tables = [row for row in rows if "samples/heldout/_type" in row]
    assert [(row["training_step"], row["samples/heldout/nrows"]) for row in tables] == [(0, 1)]
    runs = [row for row in rows if "run" in row]
    assert len({row["run"] for row in runs}) == 1 and runs[0]["config"] > 20


def test_wandb_online_without_a_login_is_a_remark_and_waits_for_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    remarks = sit(tmp_path / "run", '{ kind = "wandb", mode = "online" }')
    assert len(remarks) == 2, "one for each sitting"
    assert "the tracker `wandb` is off: ValueError: nobody is logged in: run `wandb login`" in remarks[0]


def test_trackio_has_every_point_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("trackio")
    from trackio import sqlite_storage, utils

    for module in (sqlite_storage, utils):  # it reads TRACKIO_DIR when it is imported
        monkeypatch.setattr(module, "TRACKIO_DIR", tmp_path / "trackio")
        monkeypatch.setattr(module, "MEDIA_DIR", tmp_path / "trackio" / "media", raising=False)
    assert sit(tmp_path / "run", '{ kind = "trackio", project = "tests" }') == []
    assert capsys.readouterr().out == "", "standard output is for data"
    with sqlite3.connect(tmp_path / "trackio" / "tests.db") as db:
        rows = [(step, json.loads(text)) for step, text in db.execute("select step, metrics from metrics order by id")]
        alerts = list(db.execute("select title, step from alerts"))
        names = list(db.execute("select distinct run_name from metrics"))
    db.close()
    assert [(step, row["step/loss"]) for step, row in rows if "step/loss" in row] == [
        *[(1, 0.25), (2, 0.5), (3, 0.5), (4, 0.5)]
    ]
    assert [step for step, row in rows if "samples/heldout" in row] == [0]
    assert alerts == [("no-signal", 2)]
    [[name]] = names
    assert name.startswith("run-")
