"""A server with tools that misbehave."""

import asyncio
import os

from mcp import types
from mcp.server import Server
from mcp.server.stdio import stdio_server

NAMES = ("dies", "sleeps", "fails", "shouts", "draws")


async def listed(context: object, parameters: object) -> types.ListToolsResult:
    schema = {"type": "object", "properties": {}}
    return types.ListToolsResult(tools=[types.Tool(name=name, input_schema=schema) for name in NAMES])


async def called(context: object, parameters: types.CallToolRequestParams) -> types.CallToolResult:
    if parameters.name == "dies":
        os._exit(3)
    if parameters.name == "sleeps":
        await asyncio.sleep(60)
    if parameters.name == "draws":
        return types.CallToolResult(content=[types.ImageContent(data="AA==", mime_type="image/png")])
    text = "x" * 50_000 if parameters.name == "shouts" else "no such thing"
    return types.CallToolResult(content=[types.TextContent(text=text)], is_error=parameters.name == "fails")


async def main() -> None:
    server = Server("odd", on_list_tools=listed, on_call_tool=called)
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


if __name__ == "__main__":
    asyncio.run(main())
