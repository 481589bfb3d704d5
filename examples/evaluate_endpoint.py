"""A model behind an OpenAI-compatible endpoint, evaluated: `evaluate_endpoint.py URL MODEL`, or a stand-in here."""

import asyncio
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from palestra.agents import RolloutDriver, Sampling, evaluate_policy
from palestra.agents.chat_endpoint import ChatEndpoint, TranscriptTokenizer
from palestra.agents.completions_client import Endpoint
from palestra.agents.rate_meter import RateLimits
from palestra.envs import ENVS, Scalar, dataset

ENV = "palestra/ChainSum-v1"
CONFIG: dict[str, Scalar] = {"num_terms": 3, "operators": "+"}


class StandIn(BaseHTTPRequestHandler):
    """Adds up all numbers of a question, and forgets the first where it is odd."""

    def do_POST(self) -> None:
        """Answer a chat."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))["messages"][-1]["content"]
        numbers = [int(number) for number in re.findall(r"[0-9]+", asked)]
        reply = {"role": "assistant", "content": f"The sum is {sum(numbers[numbers[0] % 2 :])}."}
        body = json.dumps({"choices": [{"message": reply, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def evaluate(url: str, model: str) -> None:
    """Print the mean reward with its interval, and what the verifier says of the first wrong answer."""
    endpoint = ChatEndpoint(Endpoint(base_url=url, model=model), rate=RateLimits(requests_per_minute=6000))
    driver = RolloutDriver(endpoint, TranscriptTokenizer(), Sampling(max_new_tokens=64))
    tasks = list(dataset(ENV, "test", size=20, config=CONFIG))
    try:
        found = await evaluate_policy(driver, lambda task: ENVS.make(ENV, config=CONFIG), tasks, samples_per_task=2)
    finally:
        await endpoint.aclose()
    mean = found.mean_reward
    print(f"{model}: {mean.value:.2f} [{mean.low:.2f}, {mean.high:.2f}] on {len(tasks)} tasks")
    print(next((r.verdict.detail for r in found.rollouts if r.verdict.score < 1), "no wrong answer"))


if __name__ == "__main__":
    if len(sys.argv) == 3:
        asyncio.run(evaluate(sys.argv[1], sys.argv[2]))
    else:
        with ThreadingHTTPServer(("127.0.0.1", 0), StandIn) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            asyncio.run(evaluate(f"http://127.0.0.1:{server.server_port}/v1", "stand-in"))
            server.shutdown()
