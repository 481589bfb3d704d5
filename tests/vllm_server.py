"""A server that speaks as much of vLLM's protocol as a pool needs, and can break in every way.

Tokens follow from prompt and seed alone, log-probabilities from the tokens: whoever is asked, the answer is the same.
"""

from __future__ import annotations

import asyncio
import json
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

VOCABULARY = 1000


@dataclass(frozen=True, kw_only=True)
class Fault:
    """How a request is answered instead of well."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    hangs: bool = False
    cut_after: int | None = None
    """So many bytes of the body, and the connection ends."""
    delay_s: float = 0.0


@dataclass(kw_only=True)
class FakeVllm:
    """What the server does, and what it was asked."""

    fault: Callable[[Mapping[str, Any]], Fault | None] = lambda request: None
    is_processed: bool = True
    """Whether log-probabilities are those of the distribution sampled from."""
    has_generate: bool = True
    version: str = "default"
    delay_s: float = 0.0
    is_chunked: bool = False
    max_model_len: int = 64
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Bodies of requests for tokens, probes excepted."""
    aborted: int = 0
    """Requests whose caller hung up before the answer."""
    connections: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, route, _ = head[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        request = json.loads(body) if body else {}
        is_probe = "sampling_params" in request and request["sampling_params"].get("logprobs") == 5
        is_probe = is_probe or request.get("logprobs") == 5
        fault = None
        if method == "POST" and not is_probe:
            self.requests.append(request | {"route": route})
            fault = self.fault(request)
        fault = fault or Fault(delay_s=self.delay_s if method == "POST" else 0.0)
        if (fault.hangs or fault.delay_s) and await _hung_up(reader, None if fault.hangs else fault.delay_s):
            self.aborted += 1
            return False
        status, reply = self.reply(method, route, request)
        status = fault.status if fault.status != 200 else status
        reply = reply if fault.body is None else fault.body
        extra = "".join(f"{name}: {value}\r\n" for name, value in fault.headers)
        if self.is_chunked:
            half = len(reply) // 2
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(c), c) for c in (reply[:half], reply[half:]) if c) + b"0\r\n\r\n"
            writer.write(f"HTTP/1.1 {status} X\r\n{extra}transfer-encoding: chunked\r\n\r\n".encode() + chunks)
        else:
            writer.write(f"HTTP/1.1 {status} X\r\n{extra}content-length: {len(reply)}\r\n\r\n".encode())
            writer.write(reply if fault.cut_after is None else reply[: fault.cut_after])
        await writer.drain()
        return fault.cut_after is None

    def reply(self, method: str, route: str, request: Mapping[str, Any]) -> tuple[int, bytes]:
        if (method, route) == ("GET", "/health"):
            return 200, b""
        if (method, route) == ("GET", "/v1/models"):
            return 200, json.dumps({"data": [{"id": "policy", "max_model_len": self.max_model_len}]}).encode()
        if (method, route) == ("GET", "/version"):
            return 200, b'{"version": "0.32.0"}'
        if (method, route) == ("GET", "/weight_info"):
            return 200, json.dumps({"weight_version": self.version}).encode()
        if (method, route) == ("POST", "/inference/v1/generate") and self.has_generate:
            choice = self.choice(request["token_ids"], request["sampling_params"])
            return 200, json.dumps({"choices": [choice]}).encode()
        if (method, route) == ("POST", "/v1/completions"):
            return 200, json.dumps({"choices": [self.plain_choice(request)]}).encode()
        return 404, b'{"error": "no such route"}'

    def choice(self, prompt: Sequence[int], sampling: Mapping[str, Any]) -> dict[str, Any]:
        ids, logprobs, reason = sampled(prompt, sampling)
        divisor = (sampling["temperature"] or 1.0) if self.is_processed else 1.0
        content = []
        for token, logprob in zip(ids, logprobs, strict=True):
            top = [{"token_id": token, "logprob": -3.0 / divisor}]
            top += [{"token_id": n, "logprob": -float(n) / divisor} for n in range(1, 6)]
            content.append({"token_id": token, "logprob": logprob, "rank": 1, "top_logprobs": top})
        spans = [{"version": self.version, "start": 0, "end": len(ids)}]
        return {
            "index": 0,
            "finish_reason": reason,
            "token_ids": ids,
            "sampling_mask": None,
            "weight_versions": spans,
            "logprobs": {"content": content},
        }

    def plain_choice(self, request: Mapping[str, Any]) -> dict[str, Any]:
        ids, logprobs, reason = sampled(request["prompt"], request)
        divisor = (request["temperature"] or 1.0) if self.is_processed else 1.0
        top = {f"token_id:{n}": -float(n) / divisor for n in range(1, 6)}
        return {
            "token_ids": ids,
            "finish_reason": reason,
            "logprobs": {"token_logprobs": logprobs, "top_logprobs": [top] * len(ids)},
            "prompt_token_ids": request["prompt"],
        }


async def _hung_up(reader: asyncio.StreamReader, timeout_s: float | None) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            return not await reader.read(1)
    return False


def sampled(prompt: Sequence[int], sampling: Mapping[str, Any]) -> tuple[list[int], list[float], str]:
    """What the model of the server says."""
    state = zlib.crc32(repr((list(prompt), sampling.get("seed"))).encode())
    stop = [*sampling.get("stop_token_ids", [])]
    ids: list[int] = []
    while len(ids) < sampling["max_tokens"]:
        state = zlib.crc32(b"next", state)
        if stop and state % 7 == 0:
            ids.append(stop[0])
            return ids, [-(token % 7) / 10 for token in ids], "stop"
        ids.append(10 + state % 200)
    return ids, [-(token % 7) / 10 for token in ids], "length"


@contextmanager
def serving(fake: FakeVllm | None = None, port: int = 0) -> Iterator[FakeVllm]:
    """A server on this machine, in a thread; it is gone at the end, with all its connections."""
    fake = fake or FakeVllm()
    loop = asyncio.new_event_loop()
    started = threading.Event()
    stop: asyncio.Event | None = None

    async def serve() -> None:
        nonlocal stop
        stop = asyncio.Event()
        server = await asyncio.start_server(fake.handle, "127.0.0.1", port)
        fake.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        started.set()
        await stop.wait()
        server.close()
        for task in asyncio.all_tasks():
            if task is not asyncio.current_task():
                task.cancel()
        await asyncio.gather(
            *(task for task in asyncio.all_tasks() if task is not asyncio.current_task()), return_exceptions=True
        )

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run)
    thread.start()
    started.wait()
    try:
        yield fake
    finally:
        assert stop is not None
        loop.call_soon_threadsafe(stop.set)
        thread.join()
