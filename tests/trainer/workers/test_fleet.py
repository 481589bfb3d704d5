from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from palestra.agents import GenerationRequest, GeneratorError, Sampling
from palestra.agents.vllm import BreakerLimits, PoolLimits, TokenRules, VllmPool
from palestra.trainer.workers.fleet import EventKind, Fleet, FleetEvent, FleetLimits
from palestra.trainer.workers.kept_process import KeptProcess, descendants, wait_until_gone
from palestra.trainer.workers.launched import LaunchedWorkers
from palestra.trainer.workers.rows import worker_rows
from palestra.trainer.workers.server_command import ServerCommand

FAKE = Path(__file__).parents[2] / "fake_vllm"
PATIENCE_S = 60.0
BRISK = FleetLimits(ready_timeout_s=30.0, first_wait_s=0.1, grace_s=0.5)


def command(*arguments: str) -> ServerCommand:
    return ServerCommand(model=Path("/nowhere"), arguments=arguments, environment={"PYTHONPATH": str(FAKE)})


def launched(fleet: Fleet) -> LaunchedWorkers:
    limits = PoolLimits(start_timeout_s=30.0, lost_timeout_s=30.0)
    breaker = BreakerLimits(first_wait_s=0.05, max_wait_s=0.2)
    return LaunchedWorkers(VllmPool(fleet.urls, TokenRules(), limits=limits, breaker=breaker), fleet)


def request(number: int) -> GenerationRequest:
    return GenerationRequest(prompt_ids=(1, number), sampling=Sampling(max_new_tokens=4), key=str(number))


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.02)


def test_servers_are_started_asked_counted_and_gone_at_the_end(tmp_path: Path) -> None:
    events: list[FleetEvent] = []
    fleet = Fleet(command(), 2, tmp_path, limits=BRISK, on_event=events.append)

    async def use() -> list[int]:
        workers = launched(fleet)
        try:
            found = await workers.generate([*map(request, range(8))])
            assert all(completion.token_ids for completion in found)
            [first, second] = worker_rows(workers, 3)
            assert first.requests + second.requests == 8 and first.cpu_s is not None and first.step == 3
            assert {first.name, second.name} == set(fleet.urls)
            return [pid for event in events if event.kind is EventKind.STARTED for pid in (event.pid, *below(event))]
        finally:
            await workers.aclose()

    pids = asyncio.run(use())
    assert len(pids) == 6, "a keeper, a server and an engine each"
    assert wait_until_gone(pids, PATIENCE_S)
    assert [event.kind for event in events][-2:] == [EventKind.STOPPED] * 2
    assert "engine" in (tmp_path / "worker-1.log").read_text()


def below(event: FleetEvent) -> list[int]:
    return descendants(event.pid)


def test_a_server_killed_with_all_its_processes_is_started_again_and_joins(tmp_path: Path) -> None:
    events: list[FleetEvent] = []
    fleet = Fleet(command(), 1, tmp_path, limits=BRISK, on_event=events.append)

    async def use() -> None:
        workers = launched(fleet)
        try:
            await workers.generate([request(1)])
            pids = below(events[0])
            os.kill(pids[0], signal.SIGKILL)
            await until(lambda: any(event.kind is EventKind.DIED for event in events))
            assert wait_until_gone(pids, PATIENCE_S), "the engine of a server that was killed went too"
            [found] = await workers.generate([request(2)])
            assert found.token_ids
            [row] = worker_rows(workers, 1)
            assert row.joins == 2
        finally:
            await workers.aclose()

    asyncio.run(use())
    kinds = [event.kind for event in events]
    assert kinds.count(EventKind.STARTED) == 2 and EventKind.GIVEN_UP not in kinds


def test_a_server_that_cannot_start_is_an_error_with_the_end_of_its_log(tmp_path: Path) -> None:
    fleet = Fleet(command("--fail"), 1, tmp_path, limits=BRISK)

    async def use() -> None:
        workers = launched(fleet)
        try:
            await workers.generate([request(1)])
        finally:
            await workers.aclose()

    with pytest.raises(GeneratorError, match="the engine has no memory"):
        asyncio.run(use())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_outlives_the_one_who_started_it_however_it_ends(tmp_path: Path, number: signal.Signals) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from palestra.trainer.workers.kept_process import KeptProcess\n"
        "import os\n"
        f"p = KeptProcess([sys.executable, '-m', 'vllm.entrypoints.openai.api_server', '--port', '0'],"
        f" os.environ | {{'PYTHONPATH': {str(FAKE)!r}}}, Path({str(tmp_path / 'log')!r}), grace_s=0.2)\n"
        "p.start(); print(p.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        keeper = int(parent.stdout.readline())
        pids = [keeper, *started(tmp_path / "log")]
        parent.send_signal(number)
    assert wait_until_gone(pids, PATIENCE_S)


def test_the_server_ends_with_a_keeper_that_is_killed(tmp_path: Path) -> None:
    process = KeptProcess(
        [sys.executable, "-m", "vllm.entrypoints.openai.api_server", "--port", "0"],
        os.environ | {"PYTHONPATH": str(FAKE)},
        tmp_path / "log",
        grace_s=0.2,
    )
    process.start()
    server, engine = started(tmp_path / "log")
    os.kill(process.pid, signal.SIGKILL)
    assert wait_until_gone([server], PATIENCE_S)
    process.end()
    os.kill(engine, signal.SIGKILL)  # the stand-in's engine does not look for its server, as vLLM's does


def started(log: Path) -> tuple[int, int]:
    """Server and engine, once they run."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if log.exists() and (found := re.search(r"server (\d+) engine (\d+)\n", log.read_text())):
            return int(found[1]), int(found[2])
        time.sleep(0.02)
    raise AssertionError("it did not start")


def test_servers_on_a_cpu_leave_memory_to_others() -> None:
    assert "--kv-cache-memory-bytes 536870912" in " ".join(ServerCommand(model=Path("/m"), is_cpu=True).line(1))
    assert "--kv-cache-memory-bytes" not in ServerCommand(model=Path("/m")).line(1)


def test_a_key_of_other_servers_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "sk-other")
    assert "VLLM_API_KEY" not in command().variables()


def test_the_command_opens_what_training_needs_to_this_machine_alone() -> None:
    line = ServerCommand(model=Path("/m"), max_model_len=64, is_cpu=True, kv_cache_mb=8).line(1234)
    text = " ".join(line)
    for part in (
        "--host 127.0.0.1 --port 1234",
        "--logprobs-mode processed_logprobs",
        "--generation-config vllm",
        "--enable-scale-out",
        "--no-enable-chunked-prefill --max-num-batched-tokens 8192",
        "--kv-cache-memory-bytes 8388608",
    ):
        assert part in text
    variables = command().variables()
    assert variables["VLLM_SERVER_DEV_MODE"] == "1" and variables["PYTHONPATH"].startswith(str(FAKE))
