"""Tools of any server that speaks the Model Context Protocol.

Source: https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self, TextIO

from palestra.envs.errors import McpServerError, MissingPackageError
from palestra.envs.tools.tool import Effect, Tool, ToolError
from palestra.envs.tools.toolbox import Toolbox
from palestra.envs.tools.truncation import MAX_CHARS
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolSpec

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import CallToolResult
    from mcp.types import Tool as McpTool

_MAX_PAGES = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class McpCommand:
    """How a server is started; it speaks over its standard input and output."""

    command: str
    arguments: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables besides the few that a server inherits."""
    folder: Path | None = None
    start_s: float = 30.0
    """Seconds until it must have told its tools."""
    call_s: float = 60.0
    """Seconds that a call may take."""
    max_chars: int = MAX_CHARS
    """What is shown of a result; the middle of the rest is cut."""


class McpSource:
    """The tools of a running server as a `Toolbox`.

    A call that the server refuses, or that takes too long, is a result that the policy reads. A server that cannot
    be started or is gone is an `McpServerError`. The server runs with the rights of this process: use it for tools
    that are trusted, and never for code that a model has written.
    """

    def __init__(self, server: McpCommand, *, log: TextIO | None = None) -> None:
        self._server = server
        self._log = log
        self._closing = asyncio.Event()
        self._owner: asyncio.Task[None] | None = None
        self._client: Client | None = None
        self._toolbox: Toolbox | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    @property
    def toolbox(self) -> Toolbox:
        """The tools that the server offered when it was started.

        Raises:
            McpServerError: It is not running.
        """
        if self._toolbox is None:
            raise McpServerError(f"`{self._server.command}` is not running\n\nhint: `await source.open()` first")
        return self._toolbox

    async def open(self) -> None:
        """Start the server and ask for its tools.

        Raises:
            McpServerError: It cannot be started, or does not tell its tools in time.
            MissingPackageError: The package `mcp` is not installed.
        """
        _check_installed()
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # The client must be left by the task that entered it, whoever opens and closes the source.
        self._owner = asyncio.create_task(self._own(ready), name="palestra-mcp")
        try:
            await asyncio.wait_for(asyncio.shield(ready), self._server.start_s)
        except Exception as error:
            await self.aclose()
            raise McpServerError(f"no tools of `{self._server.command}`: {_cause(error)}") from error

    async def aclose(self) -> None:
        """Stop the server. Does nothing the second time."""
        owner, self._owner = self._owner, None
        self._client = self._toolbox = None
        self._closing.set()
        if owner is None:
            return
        if not owner.done():
            await asyncio.wait([owner], timeout=self._server.start_s)
        owner.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await owner

    async def _own(self, ready: asyncio.Future[None]) -> None:
        from mcp import Client, StdioServerParameters, stdio_client

        server = self._server
        parameters = StdioServerParameters(
            command=server.command, args=list(server.arguments), env=dict(server.variables), cwd=server.folder
        )
        try:
            async with Client(stdio_client(parameters, errlog=self._log or sys.stderr), mode="legacy") as client:
                self._client = client
                self._toolbox = Toolbox([self._tool(row) for row in await _listed(client)], max_chars=server.max_chars)
                if not ready.done():
                    ready.set_result(None)
                await self._closing.wait()
        except Exception as error:
            if ready.done():
                raise
            ready.set_exception(error)

    def _tool(self, row: McpTool) -> Tool:
        hints = row.annotations
        effect = Effect.READ if hints is not None and hints.read_only_hint else Effect.WRITE
        spec = ToolSpec(name=row.name, description=row.description or "", parameters=row.input_schema)
        return Tool(spec=spec, effect=effect, run=lambda arguments: self._call(row.name, arguments))

    async def _call(self, name: str, arguments: Mapping[str, Json]) -> str:
        from mcp import MCPError
        from mcp.types import CONNECTION_CLOSED, REQUEST_TIMEOUT

        if self._client is None:
            raise McpServerError(f"`{self._server.command}` is not running")
        try:
            result = await self._client.call_tool(name, dict(arguments), read_timeout_seconds=self._server.call_s)
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                raise McpServerError(f"`{self._server.command}` is gone: {error.message}") from error
            if error.code == REQUEST_TIMEOUT:
                raise ToolError(f"no result within {self._server.call_s:g} s") from None
            raise ToolError(error.message) from None
        except (OSError, EOFError) as error:
            raise McpServerError(f"`{self._server.command}` is gone: {error}") from error
        if result.is_error:
            raise ToolError(_text(result).removeprefix("Error: "))  # the toolbox says it, too
        return _text(result)


async def _listed(client: Client) -> list[McpTool]:
    """The tools of all pages."""
    found: list[McpTool] = []
    cursor: str | None = None
    for _ in range(_MAX_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _text(result: CallToolResult) -> str:
    """What a model is shown of a result: its texts, and the kind of what is none."""
    parts = [block.text if block.type == "text" else f"[{block.type}]" for block in result.content]
    return "\n".join(parts)


def _cause(error: BaseException) -> str:
    """The innermost reason: task groups wrap it."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def _check_installed() -> None:
    try:
        import mcp  # noqa: F401
    except ImportError:
        raise MissingPackageError("the package `mcp` is not installed\n\nhint: `pip install palestra[mcp]`") from None
