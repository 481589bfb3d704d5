"""The shelf as a server, for a process of its own."""

import asyncio

from palestra.envs.tools.mcp_server import serve
from shelf import ShelfOrder

if __name__ == "__main__":
    asyncio.run(serve(ShelfOrder().env()))
