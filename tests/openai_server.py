"""A server on this machine that speaks as much of the OpenAI protocol as a judge and a generator need."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def completion(text: str) -> Answer:
    message = {"role": "assistant", "content": text}
    return Answer(body=json.dumps({"choices": [{"index": 0, "message": message}]}).encode())


def token_completion(
    token_ids: Sequence[int], *, prompt_ids: Sequence[int] | None = None, finish_reason: str = "stop"
) -> Answer:
    """A completion of tokens as vLLM returns it; log-probabilities follow from the tokens."""
    choice = {
        "index": 0,
        "text": "the text is never read",
        "token_ids": list(token_ids),
        "prompt_token_ids": prompt_ids and list(prompt_ids),
        "logprobs": {"token_logprobs": [-(token % 7) / 10 for token in token_ids]},
        "finish_reason": finish_reason,
    }
    return Answer(body=json.dumps({"choices": [choice]}).encode())


@dataclass(kw_only=True)
class Endpoint:
    """What the server is to answer, and what it was asked."""

    answer: Callable[[str], Answer]
    complete: Callable[[tuple[int, ...]], Answer]
    url: str = ""
    requests: list[dict[str, object]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


def _nothing(prompt: object) -> Answer:
    return Answer(status=404)


@contextmanager
def serving(
    answer: Callable[[str], Answer] = _nothing, *, complete: Callable[[tuple[int, ...]], Answer] = _nothing
) -> Iterator[Endpoint]:
    """A server that answers chats by `answer` and token prompts by `complete`."""
    endpoint = Endpoint(answer=answer, complete=complete)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            endpoint.requests.append({"path": self.path, **request})
            endpoint.keys.append(self.headers["authorization"])
            if self.path.endswith("/chat/completions"):
                given = endpoint.answer(request["messages"][0]["content"])
            else:
                given = endpoint.complete(tuple(request["prompt"]))
            self.send_response(given.status)
            for name, value in given.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(given.body)))
            self.end_headers()
            self.wfile.write(given.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    endpoint.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
