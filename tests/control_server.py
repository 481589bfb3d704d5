"""A server on this machine that speaks vLLM's control routes, with real files behind them and faults on request."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from palestra.trainer.weight_sync.vllm_extension.palestra_transfer.version_files import (
    RefusedVersionError,
    StagedVersion,
    stage,
)

ROUTES = (
    "/version",
    "/health",
    "/v1/models",
    "/inference/v1/generate",
    "/pause",
    "/resume",
    "/is_paused",
    "/abort_requests",
    "/start_weight_update",
    "/update_weights",
    "/finish_weight_update",
    "/update_weight_version",
    "/weight_info",
    "/weight_checker",
    "/collective_rpc",
    "/reset_prefix_cache",
    "/sleep",
    "/wake_up",
    "/get_world_size",
    "/init_weight_transfer_engine",
    "/v1/load_lora_adapter",
    "/v1/unload_lora_adapter",
)


@dataclass(kw_only=True)
class ControlServer:
    """What the server holds, what it was asked, and how it fails."""

    url: str = ""
    calls: list[str] = field(default_factory=list)
    """Routes in the order in which they were called; of `/collective_rpc` the method."""
    missing: set[str] = field(default_factory=set)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Instead of what a route would answer."""
    delays: dict[str, threading.Event] = field(default_factory=dict)
    """A route waits for the event first."""
    key: str = ""
    """Without it nothing is answered."""
    vllm_version: str = "0.32.0"
    label: str = "default"
    is_paused: bool = False
    ready: StagedVersion | None = None
    serving: StagedVersion | None = None
    refusal: str = ""
    served_wrongly: list[str] = field(default_factory=list)
    adapters: dict[str, str] = field(default_factory=dict)

    def answer(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        if route in ("/pause", "/resume"):
            self.is_paused = route == "/pause"
        fixed: dict[str, dict[str, Any]] = {
            "/version": {"version": self.vllm_version},
            "/is_paused": {"is_paused": self.is_paused},
            "/weight_info": {"weight_version": self.label},
            "/weight_checker": {"checksums": {"dp0:pp0:pcp0:tp0:a": "00"}},
            "/reset_prefix_cache": {"success": True},
            "/get_world_size": {"world_size": 1},
        }
        if route in fixed:
            return fixed[route]
        if route == "/collective_rpc":
            return {"results": [self._rpc(body["method"], body["args"])]}
        if route == "/inference/v1/generate":
            return {"choices": [_candidates(body)]}
        return self._of_weights(route, body) if "weight" in route else self._of_models(route, body)

    def _of_weights(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        if route == "/update_weights":
            assert self.is_paused
            assert self.ready is None or body["update_info"]["digest"] in ("", self.ready.manifest.digest)
        elif route == "/finish_weight_update":
            self.serving, self.label = self.ready, body["weight_version"]
        elif route == "/update_weight_version":
            self.label = body["new_version"]
        return {}

    def _of_models(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        if route == "/v1/load_lora_adapter":
            self.adapters[body["lora_name"]] = body["lora_path"]
        elif route == "/v1/unload_lora_adapter":
            del self.adapters[body["lora_name"]]
        rows = [{"id": "policy", "root": "folder", "max_model_len": 128}]
        return {"data": rows + [{"id": name, "root": path} for name, path in self.adapters.items()]}

    def _rpc(self, method: str, args: list[str]) -> dict[str, Any]:
        if method == "palestra_stage":
            try:
                self.ready, self.refusal = stage(Path(args[0])), ""
            except RefusedVersionError as error:
                self.ready, self.refusal = None, str(error)
            return {"state": "staging"}
        if method == "palestra_staged":
            if self.refusal:
                return {"state": "refused", "detail": self.refusal}
            return {"state": "ready", "digest": self.ready.manifest.digest} if self.ready else {"state": "idle"}
        digest = None if self.serving is None else self.serving.manifest.digest
        return {"digest": digest, "different": self.served_wrongly, "equal": 1, "unseen": []}


def _candidates(body: dict[str, Any]) -> dict[str, Any]:
    """One token whose candidates spread as the temperature says."""
    temperature = body["sampling_params"]["temperature"] or 1.0
    rows = [{"token_id": number, "logprob": -0.5 - number / temperature} for number in range(5)]
    content = {"token_id": 0, "logprob": rows[0]["logprob"], "top_logprobs": rows}
    return {"index": 0, "token_ids": [0], "finish_reason": "length", "logprobs": {"content": [content]}}


@contextmanager
def control_server() -> Iterator[ControlServer]:
    state = ControlServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            route = urlsplit(self.path).path
            size = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(size)) if size else {}
            state.calls.append(body["method"] if route == "/collective_rpc" else route)
            if route in state.delays:
                state.delays[route].wait(30)
            if state.key and self.headers.get("authorization") != f"Bearer {state.key}":
                status, content = 401, b"{}"
            elif route not in ROUTES or route in state.missing:
                status, content = 404, b"{}"
            else:
                status, content = state.answers.get(route, (200, b""))
                if not content:
                    content = json.dumps(state.answer(route, body)).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _method_is_wrong(self) -> None:
            there = urlsplit(self.path).path in set(ROUTES) - state.missing
            self.send_response(405 if there else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = _reply
        do_OPTIONS = _method_is_wrong

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        for event in state.delays.values():
            event.set()
        server.shutdown()
        server.server_close()
        thread.join()
