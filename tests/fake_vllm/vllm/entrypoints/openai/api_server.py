"""Stands in for vLLM's server where its processes are tested: with a child of its own that is hard to end."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))

from vllm_server import FakeVllm

_ENGINE = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--fail", action="store_true")
    arguments, _ = parser.parse_known_args()
    if arguments.fail:
        sys.exit("the engine has no memory")
    engine = subprocess.Popen([sys.executable, "-c", _ENGINE], start_new_session=True)
    sys.stdout.write(f"server {os.getpid()} engine {engine.pid}\n")
    sys.stdout.flush()
    server = await asyncio.start_server(FakeVllm().handle, "127.0.0.1", arguments.port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
