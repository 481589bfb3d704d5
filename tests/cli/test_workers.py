from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from palestra.cli.app import main
from palestra.trainer.workers.kept_process import descendants, wait_until_gone
from vllm_server import FakeVllm, serving

FAKE = Path(__file__).parents[1] / "fake_vllm"


def test_servers_are_started_and_end_with_the_signal_and_each_event_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    command = [sys.executable, "-m", "palestra.cli", "workers", "--model", str(tmp_path), "-n", "2", "--json"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(FAKE), *filter(None, sys.path)])}
    with subprocess.Popen(
        [*command, "--logs", str(tmp_path / "logs")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        events = [json.loads(process.stdout.readline()) for _ in range(4)]
        pids = [pid for event in events for pid in (event["pid"], *descendants(event["pid"]))]
        process.send_signal(signal.SIGTERM)
        events += map(json.loads, process.stdout)
        table = process.stderr.read()
    assert process.returncode == 0 and len(set(pids)) >= 6
    assert [event["kind"] for event in events] == ["started"] * 2 + ["ready"] * 2 + ["stopped"] * 2
    assert wait_until_gone(pids, 60.0)
    assert "ready" in table and events[2]["url"] in table


def test_status_says_what_a_server_can_do_and_that_another_does_not_answer(capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as gone:
        pass
    with serving(FakeVllm(version="7")) as server:
        assert main(["workers", "status", server.url, gone.url, "--json"]) == 1
    good, bad = map(json.loads, capsys.readouterr().out.splitlines())
    assert good["is_healthy"] and good["model"] == "policy" and good["weight_version"] == "7"
    assert not bad["is_healthy"] and "refused" in bad["failure"]


def test_status_says_that_a_server_is_not_fit_for_training(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(FakeVllm(is_processed=False)) as server:
        assert main(["workers", "status", server.url]) == 0
    assert "but: " in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [[], ["--model", "/nowhere"], ["status"], ["stop", "http://a:1"], ["status", "localhost:8000"]]
)
def test_a_call_that_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["workers", *arguments]) == 2
    assert "hint: " in capsys.readouterr().err
