"""`palestra bench rollouts`."""

from __future__ import annotations

import asyncio
import json
import math
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from palestra.agents.completions_client import CompletionsGenerator, Endpoint
from palestra.cli import main
from palestra.cli.bench.rollouts_instant import ByteTokenizer, rollout_cost
from palestra.cli.bench.rollouts_server import Comparison, Load, Pair, Run, compare
from palestra.cli.errors import UsageError
from palestra.cli.process_times import cpu_s_of, listener_of

ENV = "palestra/ChainSum-v1"


@contextmanager
def completing(answer: bytes = b"7") -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A server that takes token ids at `/v1/completions` and always answers the same."""
    token_ids = [*answer, 260]
    asked: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            choice = {"token_ids": token_ids, "logprobs": {"token_logprobs": [-0.5] * len(token_ids)}}
            reply = json.dumps({"choices": [choice | {"finish_reason": "stop"}]}).encode()
            is_known = self.path == "/v1/completions"
            self.send_response(200 if is_known else 404)
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)
            if is_known:
                asked.append(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def load_of(url: str) -> Load:
    return Load(
        url=url, model="m", env=ENV, rollouts=5, concurrent=3, max_new_tokens=8, stop_ids=(260,), has_generate=False
    )


def run_of(tokens: int, seconds: float, own_cpu_s: float = 0.01, server_cpu_s: float = 1.0) -> Run:
    return Run(tokens=tokens, seconds=seconds, own_cpu_s=own_cpu_s, server_cpu_s=server_cpu_s)


def test_each_environment_has_its_cost(capsys: pytest.CaptureFixture[str]) -> None:
    ids = [ENV, "palestra/GuessTheNumber-v1"]
    assert main(["bench", "rollouts", *ids, "--n", "70", "--words", "5", "--most-ms", "1e9", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["env"] for row in rows] == ids
    assert [row["rollouts"] for row in rows] == [128, 128], "whole batches"
    assert rows[0]["turns"] == 1 < rows[1]["turns"]
    assert all(0 < row["cpu_ms_p50"] <= row["cpu_ms_p95"] for row in rows)


def test_a_mean_above_the_bar_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "rollouts", ENV, "--n", "1", "--most-ms", "0"]) == 1
    assert ENV in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--n", "0"], "nothing to measure"),
        (["--url", "http://127.0.0.1:1"], "give `--tokenizer FOLDER`"),
        (["--tokenizer", "/nowhere"], "no tokenizer in `/nowhere`"),
        (["palestra/CompleteTheTest-v1"], "runs a sandbox"),
    ],
    ids=["nothing", "no tokenizer", "no folder", "sandbox"],
)
def test_a_call_that_cannot_be_served_says_why(
    options: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "rollouts", *options]) == 2
    assert what in capsys.readouterr().err


def test_every_rollout_is_written_down() -> None:
    lines: list[str] = []
    cost = asyncio.run(rollout_cost(ENV, ByteTokenizer(), rollouts=64, words=2, keep=lines.append))
    assert len(lines) == 2 * cost.rollouts, "the batch that is not counted, too"
    assert {json.loads(line)["verdict"]["outcome"] for line in lines} == {"PASS"}


def test_both_sides_ask_the_server_for_the_same() -> None:
    with completing() as (url, asked):
        generator = CompletionsGenerator(Endpoint(base_url=f"{url}/v1", model="m", stop_ids=(260,)), concurrent=3)
        lines: list[str] = []
        found = asyncio.run(compare(load_of(url), generator, ByteTokenizer(), 2, lines.append))
    assert len(asked) == 5 * 6, "a run of each to get warm, and two pairs"
    prompts = [json.dumps(body["prompt"]) for body in asked]
    assert all(prompts.count(prompt) == 6 for prompt in prompts)
    assert {body["max_tokens"] for body in asked} == {8}
    assert {body["temperature"] for body in asked} == {0.0}
    assert len(lines) == 5 * 3
    assert [pair.ours.tokens == pair.raw.tokens == 10 for pair in found.pairs] == [True, True]
    assert found.cpu_share is not None, "the server is this very process"


def test_a_server_that_fails_is_no_measurement() -> None:
    with completing(answer=b"too many tokens") as (url, _):
        generator = CompletionsGenerator(Endpoint(base_url=f"{url}/v1", model="m"))
        with pytest.raises(UsageError, match="gave no rollout"):
            asyncio.run(compare(load_of(url), generator, ByteTokenizer(), 1, len))


def test_the_ratio_is_of_tokens_per_second_and_its_interval_holds_it() -> None:
    pairs = tuple(Pair(ours=run_of(100, 2.0 + i), raw=run_of(100, 1.0 + i / 2)) for i in range(4))
    found = Comparison(load=load_of("http://127.0.0.1:1"), pairs=pairs)
    assert found.speed_ratio.value == pytest.approx(0.5)
    assert found.speed_ratio.low == pytest.approx(0.5)
    assert found.cpu_share is not None
    assert found.cpu_share.value == pytest.approx(0.01)
    assert found.total("ours").tokens == 400


def test_the_interval_covers_pairs_that_differ() -> None:
    pairs = tuple(Pair(ours=run_of(100, 1.0), raw=run_of(speed, 1.0)) for speed in (50, 100, 200))
    ratio = Comparison(load=load_of("http://127.0.0.1:1"), pairs=pairs).speed_ratio
    assert (ratio.low, ratio.value, ratio.high) == pytest.approx((0.5, 1.0, 2.0))


def test_without_the_servers_process_there_is_no_share() -> None:
    pair = Pair(ours=run_of(1, 1.0, server_cpu_s=math.nan), raw=run_of(1, 1.0))
    found = Comparison(load=load_of("http://far.example:80"), pairs=(pair,))
    assert found.cpu_share is None
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["cpu_share"] is None


def test_a_listener_is_found_by_its_port_and_its_tree_is_counted() -> None:
    with completing() as (url, _):
        assert listener_of(url) == os.getpid()
    assert listener_of("http://192.0.2.1:80") is None
    assert listener_of("http://127.0.0.1:1") is None
    code = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\ninput()"
    before = cpu_s_of(os.getpid())
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        own = cpu_s_of(child.pid)
        assert cpu_s_of(os.getpid()) - before > own - 0.02 and own >= 0.19  # counted in ticks of 0.01 s
        child.communicate(b"\n")
    assert math.isnan(cpu_s_of(child.pid))
    assert math.isnan(cpu_s_of(None))
