"""Play our environments as a taskset of `verifiers` (v1), from its own evaluation of an OpenAI-compatible endpoint.

    make bridges
    .venv-bridges/bin/python examples/bridges/verifiers_taskset.py

The endpoint here is a stand-in on this machine that knows every second task. The harness `null` needs the program `uv`.
"""

import asyncio
import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import verifiers.v1 as vf
from verifiers.v1.utils.loaders import load_environment

from palestra.envs import ENVS
from palestra.envs.bridges_out.verifiers_taskset import PalestraConfig, PalestraEnvConfig

ENV, SIZE = "palestra/Countdown-v1", 4
answers: dict[str, str] = {}


class Endpoint(BaseHTTPRequestHandler):
    """Answers chats from the table of answers."""

    def do_POST(self) -> None:
        """One completion."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = answers.get(asked["messages"][-1]["content"], "I give up")
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        reply = {"id": "1", "object": "chat.completion", "created": 0, "model": "stand-in", "choices": [choice]}
        body = json.dumps({**reply, "usage": usage}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def main(url: str) -> None:
    """Play each task once."""
    taskset = PalestraConfig(env_id=ENV, split="test", size=SIZE)
    player = vf.AgentConfig(harness={"id": "null"}, runtime=vf.SubprocessConfig())
    env = load_environment(PalestraEnvConfig(taskset=taskset, player=player))
    tasks = list(env.taskset)
    for task in tasks[::2]:
        known = ENVS.make(ENV)
        known.reset(options={"task_id": task.data.task_id})
        answers[task.data.prompt] = known.oracle()
    client = vf.EvalClientConfig(base_url=f"{url}/v1", api_key_var="STAND_IN_KEY")
    context = vf.ModelContext(model="stand-in", client=client)
    async with env.serving():
        for task in tasks:
            episode = await env.run_episode(task, context)
            trace = episode.traces[0]
            score = trace.reward if episode.ok and not trace.has_error else "unscored"
            print(task.key, score, trace.info.get("palestra"), *(error.message for error in episode.errors))


os.environ.setdefault("STAND_IN_KEY", "none")
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # where `uv` is
server = ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
threading.Thread(target=server.serve_forever, daemon=True).start()
asyncio.run(main(f"http://127.0.0.1:{server.server_address[1]}"))
