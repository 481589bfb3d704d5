"""Play an environment over the Model Context Protocol: its tools are the server's tools.

pip install 'palestra[mcp]'
python examples/bridges/mcp_client.py
"""

import asyncio
import json
import sys

from mcp import Client, StdioServerParameters

ENV = "palestra/RetailDesk-v1"
SERVER = StdioServerParameters(command=sys.executable, args=["-m", "palestra.cli", "serve", ENV, "--mcp"])


async def main() -> None:
    """List the tools, read the ticket, hand in at once: doing nothing earns nothing."""
    async with Client(SERVER) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        print(len(names), "tools, among them", ", ".join(names[-3:]))
        shown = json.loads((await client.call_tool("reset", {"seed": 1})).content[0].text)
        print(shown["task_id"])
        print((await client.call_tool("done", {})).content[0].text)
        state = json.loads((await client.call_tool("state", {})).content[0].text)
        print(state["end"], state["reward"])


asyncio.run(main())
