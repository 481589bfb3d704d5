"""Tools from servers, and environments as servers, in processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from palestra.envs import ENVS
from palestra.envs.errors import McpServerError
from palestra.envs.tools import Effect
from palestra.envs.tools.mcp_server import served
from palestra.envs.tools.mcp_source import McpCommand, McpSource
from palestra.verifiers.tools.call import ToolCall
from shelf import ShelfOrder, TalkingShelf

HERE = Path(__file__).parent
VARIABLES = {"PYTHONPATH": os.pathsep.join([str(HERE.parent.parent), *sys.path])}
COUNTDOWN = ("-m", "palestra.cli", "serve", "palestra/Countdown-v1", "--mcp")


def script(name: str, call_s: float = 60.0) -> McpCommand:
    return McpCommand(command=sys.executable, arguments=(str(HERE / name),), variables=VARIABLES, call_s=call_s)


def test_a_text_environment_is_served_to_the_official_client() -> None:
    async def play() -> tuple[list[str], dict[str, Any], dict[str, Any]]:
        server = StdioServerParameters(command=sys.executable, args=list(COUNTDOWN), env=VARIABLES)
        async with Client(server) as client:
            names = [row.name for row in (await client.list_tools()).tools]
            early = await client.call_tool("step", {"response": "1"})
            assert early.is_error
            shown = read(await client.call_tool("reset", {"seed": 5, "split": "test"}))
            env: Any = ENVS.make("palestra/Countdown-v1")
            env.reset(options={"task_id": shown["task_id"]})
            assert env.task.prompt == shown["observation"]
            end = read(await client.call_tool("step", {"response": env.oracle()}))
            return names, end, read(await client.call_tool("state"))

    names, end, state = asyncio.run(play())
    assert names == ["reset", "step", "state"]
    assert (end["reward"], end["terminated"]) == (1.0, True)
    assert (state["is_over"], state["end"], state["reward"]) == (True, "judged", 1.0)


def test_a_served_environment_tells_neither_the_reference_nor_what_quotes_it(tmp_path: Path) -> None:
    for name in ("mine", "other"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"prompt": f"{name}?", "reference": "2187"}) + "\n")
    config = {"path": str(tmp_path / "mine.jsonl"), "splits": "train", "verifier": "number"}
    box = served(ENVS.make("palestra/Dataset-v1", config=config))

    async def ask(name: str, **arguments: Any) -> str:
        return (await box.acall(ToolCall(name=name, arguments=arguments))).content

    async def play() -> tuple[list[str], str]:
        shown = await ask("reset", seed=0)
        task_id = json.loads(shown)["task_id"]
        told = [shown, await ask("step", response="41"), await ask("state")]
        return told, await ask("reset", task_id=task_id.replace("mine", "other"))

    told, stolen = asyncio.run(play())
    assert json.loads(told[1])["info"]["outcome"] == "FAIL"
    assert not [one for one in told if "2187" in one]
    assert "other options" in stolen
    assert "other?" not in stolen


def test_a_tool_environment_is_played_to_1_over_our_own_client() -> None:
    async def play() -> tuple[list[str], str, str]:
        async with McpSource(script("shelf_server.py")) as source:
            box = source.toolbox
            assert (box["find"].effect, box["move"].effect) == (Effect.READ, Effect.WRITE)
            assert box["move"].spec == ShelfOrder().specs[1]
            refused = await box.acall(ToolCall(name="submit"))
            assert not refused.ok
            assert "reset" in refused.content
            row = json.loads((await box.acall(ToolCall(name="reset", arguments={"seed": 1, "index": 2}))).content)
            env = ShelfOrder().env()
            env.reset(options={"task_id": row["task_id"]})
            assert row["observation"] == env.task.prompt
            wrong = await box.acall(ToolCall(name="find", arguments={"thing": "whale"}))
            assert (wrong.ok, wrong.content) == (False, "Error: there is no `whale`")
            last = ""
            while not env.episode.is_over:
                play: Any = env.episode.world
                for call in ShelfOrder().next_move(play.world):
                    assert isinstance(call, ToolCall)
                    last = (await box.acall(call)).content
                env.step(env.oracle())
            return list(box), last, (await box.acall(ToolCall(name="state"))).content

    names, last, state = asyncio.run(play())
    assert names == ["find", "move", "submit", "reset", "step", "state"]
    assert last == "Thank you.\nThe episode is over: submitted, reward 1."
    assert json.loads(state)["reward"] == 1.0


def test_messages_reach_who_listens() -> None:
    async def talk() -> list[str]:
        box = served(TalkingShelf().env())
        await box.acall(ToolCall(name="reset", arguments={"seed": 1}))
        rows = [await box.acall(ToolCall(name="step", arguments={"response": text})) for text in ("hello", "[x", "bye")]
        return [json.loads(row.content)["observation"] for row in rows]

    heard, unreadable, _ = asyncio.run(talk())
    assert heard == "Go on."
    assert "could not be read" in unreadable


def test_what_tools_of_a_server_do_wrong_is_told_and_bounded() -> None:
    async def call() -> list[str]:
        async with McpSource(script("odd_server.py", call_s=1.0)) as source:
            names = ("fails", "sleeps", "shouts", "draws", "nothing")
            return [(await source.toolbox.acall(ToolCall(name=name))).content for name in names]

    fails, sleeps, shouts, draws, nothing = asyncio.run(call())
    assert fails == "Error: no such thing"
    assert sleeps == "Error: no result within 1 s"
    assert "40000 characters cut" in shouts
    assert draws == "[image]"
    assert "there is no tool `nothing`" in nothing


def test_a_dead_server_is_no_fault_of_the_policy() -> None:
    async def call() -> None:
        async with McpSource(script("odd_server.py")) as source:
            with pytest.raises(McpServerError, match="is gone"):
                await source.toolbox.acall(ToolCall(name="dies"))
            with pytest.raises(McpServerError):
                await source.toolbox.acall(ToolCall(name="shouts"))
        with pytest.raises(McpServerError, match="not running"):
            _ = source.toolbox

    asyncio.run(call())


@pytest.mark.parametrize("command", [("no-such-program-anywhere",), (sys.executable, "-c", "pass")])
def test_a_server_that_cannot_be_started_is_told_as_such(command: tuple[str, ...]) -> None:
    async def start() -> None:
        await McpSource(McpCommand(command=command[0], arguments=command[1:])).open()

    with pytest.raises(McpServerError, match="no tools of"):
        asyncio.run(start())


def test_a_silent_server_is_given_up() -> None:
    async def start() -> None:
        arguments = ("-c", "import time; time.sleep(60)")
        await McpSource(McpCommand(command=sys.executable, arguments=arguments, start_s=0.5)).open()

    with pytest.raises(McpServerError):
        asyncio.run(start())


def read(result: Any) -> dict[str, Any]:
    row = json.loads(result.content[0].text)
    assert isinstance(row, dict)
    return row
