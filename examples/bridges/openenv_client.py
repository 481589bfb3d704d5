"""Play environments of a server with the client of OpenEnv: two sessions at once, over WebSockets.

    palestra serve palestra/Wordle-v1 palestra/Countdown-v1 --port 8000
    .venv-bridges/bin/python examples/bridges/openenv_client.py http://127.0.0.1:8000

The oracle plays here from a copy of the environment, made by the id of the task; a policy of yours takes its place.
"""

import asyncio
import sys

from openenv.core.generic_client import GenericEnvClient

from palestra.envs import ENVS


async def play(url: str, env_id: str, seed: int) -> str:
    """One episode; what it came to."""
    async with GenericEnvClient(base_url=f"{url}/{env_id}") as env:
        result = await env.reset(seed=seed)
        task_id = result.observation["task_id"]
        player = ENVS.make(env_id)
        player.reset(options={"task_id": task_id})
        while not result.done:
            text = player.oracle()
            player.step(text)
            result = await env.step({"text": text})
        state = await env.state()
        return f"{task_id} reward {result.reward} {result.metadata['outcome']} after {state['step_count']} turns"


async def main(url: str) -> None:
    """Play both environments side by side."""
    games = [play(url, "palestra/Wordle-v1", 0), play(url, "palestra/Countdown-v1", 1)]
    print("\n".join(await asyncio.gather(*games)))


asyncio.run(main(sys.argv[1]))
