"""A process that serves the tiny model as vLLM does: tokens in, tokens out, and weights from files.

`python tiny_server.py --model FOLDER --port N`; arguments of vLLM's that mean nothing here are passed over. The folder
`tiny_vllm` lets it be started in vLLM's name: put that on PYTHONPATH and launch servers as for vLLM.
"""

from __future__ import annotations

import argparse
import asyncio
import copy
import json
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import torch

from palestra.agents import GenerationRequest, Sampling
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.model_files import load_model, quiet_transformers
from palestra.trainer.model.policy import Policy
from palestra.trainer.weight_sync.vllm_extension.palestra_transfer.version_files import (
    RefusedVersionError,
    StagedVersion,
    stage,
)

Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Job:
    """Something to be done with the model, which one thread has."""

    request: GenerationRequest | None
    work: Callable[[], object] | None
    done: Future[Any]


class TinyEngine:
    """The model, its generator, and the thread that has both; requests that wait are decoded together."""

    def __init__(self, folder: Path) -> None:
        quiet_transformers()
        torch.set_num_threads(1)
        self.model, tokenizer = load_model(str(folder))
        self.model.requires_grad_(False)
        self.model.eval()
        self.plain = copy.deepcopy(self.model)  # which computes as it does without plans
        policy = Policy.of(self.model, torch.float32)
        self.generator = InProcessGenerator(policy, HfChatTokenizer(tokenizer).stop_ids)
        self.max_model_len = policy.max_positions
        self.label = "default"
        self.staged: StagedVersion | None = None
        self.refusal = ""
        self.digest: str | None = None
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._may_run = threading.Event()
        self._may_run.set()
        threading.Thread(target=self._run, name="engine", daemon=True).start()

    def complete(self, body: Body) -> Body:
        """A completion of `/inference/v1/generate`."""
        sampling, prompt = body["sampling_params"], tuple(body["token_ids"])
        if sampling.get("logprobs", 0):
            return _choice([0], [-1.0], "length", self.label, top=self._do(lambda: self._top(prompt, sampling)))
        request = GenerationRequest(
            prompt_ids=prompt,
            sampling=Sampling(max_new_tokens=sampling["max_tokens"], temperature=sampling["temperature"]),
            key=str(sampling.get("seed")),
        )
        self._may_run.wait(60)
        done: Future[Any] = Future()
        self._jobs.put(_Job(request=request, work=None, done=done))
        completion, label = done.result(120)
        return _choice(list(completion.token_ids), list(completion.logprobs), str(completion.finish_reason), label)

    def pause(self) -> None:
        """No request is begun from now on; those that are decoded come to their end."""
        self._may_run.clear()
        self._do(lambda: None)

    def resume(self) -> None:
        """Requests are begun again."""
        self._may_run.set()

    def stage(self, folder: str) -> None:
        """Read a version and compare it with its checksums."""
        self.staged, self.refusal = None, ""
        try:
            self.staged = stage(Path(folder))
        except RefusedVersionError as error:
            self.refusal = str(error)

    def progress(self) -> Body:
        """What became of the last version that was to be staged."""
        if self.refusal:
            return {"state": "refused", "detail": self.refusal}
        return {"state": "empty"} if self.staged is None else {"state": "staged", "digest": self.staged.manifest.digest}

    def update(self, digest: str) -> None:
        """Take the staged version."""
        staged = self.staged
        assert staged is not None and staged.manifest.digest == digest
        for model in (self.model, self.plain):
            self._do(partial(model.load_state_dict, dict(staged.tensors), strict=False))
        self.digest = digest

    def _do(self, work: Callable[[], object]) -> Any:
        done: Future[Any] = Future()
        self._jobs.put(_Job(request=None, work=work, done=done))
        return done.result(120)

    def _run(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            while not self._jobs.empty():
                jobs.append(self._jobs.get())
            asked = [job for job in jobs if job.request is not None]
            requests = [job.request for job in asked if job.request is not None]
            try:
                found = asyncio.run(self.generator.generate(requests)) if requests else []
                for job, completion in zip(asked, found, strict=True):
                    job.done.set_result((completion, self.label))
                for job in jobs:
                    if job.work is not None:
                        job.done.set_result(job.work())
            except Exception as error:  # noqa: BLE001  told to whoever waits
                for job in jobs:
                    if not job.done.done():
                        job.done.set_exception(error)

    def _top(self, prompt: tuple[int, ...], sampling: Body) -> list[Body]:
        logits_V = self.plain(input_ids=torch.tensor([prompt])).logits[0, -1].double() / sampling["temperature"]
        best = torch.log_softmax(logits_V, dim=-1).topk(sampling["logprobs"])
        return [
            {"token_id": token, "logprob": logprob}
            for logprob, token in zip(best.values.tolist(), best.indices.tolist(), strict=True)
        ]


def _choice(ids: list[int], logprobs: list[float], reason: str, label: str, *, top: list[Body] | None = None) -> Body:
    content: list[Body] = [
        {"token_id": token, "logprob": logprob} for token, logprob in zip(ids, logprobs, strict=True)
    ]
    if top is not None:
        ids, content = [top[0]["token_id"]], [top[0] | {"top_logprobs": top}]
    return {
        "choices": [
            {
                "index": 0,
                "token_ids": ids,
                "logprobs": {"content": content},
                "finish_reason": reason,
                "weight_versions": [{"version": label, "start": 0, "end": len(ids)}],
            }
        ]
    }


def _call(engine: TinyEngine, body: Body) -> Body:
    """A method of the worker extension."""
    if body["method"] == "palestra_stage":
        engine.stage(body["args"][0])
        return {"results": [{"state": "staging"}]}
    if body["method"] == "palestra_staged":
        return {"results": [engine.progress()]}
    return {"results": [{"digest": engine.digest, "different": []}]}


def _posted(engine: TinyEngine, path: str, body: Body) -> Body | None:
    """The answer of a route; None if there is none."""
    match path:
        case "/inference/v1/generate":
            return engine.complete(body)
        case "/collective_rpc":
            return _call(engine, body)
        case "/pause":
            engine.pause()
        case "/resume":
            engine.resume()
        case "/update_weights":
            engine.update(body["update_info"]["digest"])
        case "/finish_weight_update":
            engine.label = body["weight_version"]
        case "/update_weight_version":
            engine.label = body["new_version"]
        case "/init_weight_transfer_engine" | "/start_weight_update" | "/abort_requests":
            pass
        case "/reset_prefix_cache":
            return {"success": True}
        case _:
            return None
    return {}


_ROUTES = [
    "/inference/v1/generate",
    "/collective_rpc",
    "/pause",
    "/resume",
    "/start_weight_update",
    "/update_weights",
    "/finish_weight_update",
    "/update_weight_version",
    "/init_weight_transfer_engine",
    "/abort_requests",
    "/reset_prefix_cache",
]


def _handler(engine: TinyEngine) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answers: dict[str, Body] = {
                "/health": {},
                "/version": {"version": "0.32.0"},
                "/get_world_size": {"world_size": 1},
                "/weight_info": {"weight_version": engine.label},
                "/v1/models": {"data": [{"id": "policy", "root": "", "max_model_len": engine.max_model_len}]},
            }
            found = answers.get(self._path)
            self._reply(404 if found is None else 200, found or {})

        def do_OPTIONS(self) -> None:
            self._reply(405 if self._path in _ROUTES else 404, {})

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                found = _posted(engine, self._path, json.loads(content or b"{}"))
            except Exception as error:  # noqa: BLE001  as a server does
                self._reply(500, {"error": f"{type(error).__name__}: {error}"})
                return
            self._reply(404 if found is None else 200, found or {})

        @property
        def _path(self) -> str:
            return self.path.partition("?")[0]

        def _reply(self, status: int, body: Body) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    arguments, _ = parser.parse_known_args()
    engine = TinyEngine(arguments.model)
    _Server((arguments.host, arguments.port), _handler(engine)).serve_forever()


if __name__ == "__main__":
    main()
