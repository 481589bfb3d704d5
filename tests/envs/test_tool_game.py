from __future__ import annotations

import json
import pickle
from typing import Any, ClassVar

import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

from palestra.envs import ConfigError, EndReason, EpisodeState, KeyedRandom
from palestra.envs.tool_game import Desk, ToolConfig, ToolEnv
from palestra.envs.tools import Effect, tool
from palestra.verifiers.tools.call import ToolCall
from palestra.verifiers.tools.codecs import CODECS
from shelf import BOXES, Shelf, ShelfDesk, ShelfOrder, TalkingShelf

WITH_ARGUMENTS = [name for name in CODECS if name != "fenced-bash"]


def opened(codec: str = "hermes", index: int = 0) -> ToolEnv:
    env = ShelfOrder.configured({"codec": codec}).env(system_prompt="Be brief.")
    env.enter(env.source.task("train", 1, index))
    return env


def world(env: ToolEnv) -> Shelf:
    state: Any = env.episode.world
    assert isinstance(state.world, Shelf)
    return state.world


@pytest.mark.parametrize("codec", WITH_ARGUMENTS)
def test_the_oracle_earns_1_in_every_format(codec: str) -> None:
    env = opened(codec)
    system, prompt = env.messages()
    assert system.role == "system"
    assert all(name in system.content for name in ("Be brief.", "You keep", "find", "move", "submit", "lower case"))
    assert prompt.content == env.task.prompt
    while not env.episode.is_over:
        _, reward, terminated, truncated, info = env.step(env.oracle())
    assert (reward, terminated, truncated, info["end"]) == (1.0, True, False, "submitted")
    assert all(record.components == {"format": 1.0, "calls": 1.0} for record in env.episode.records)


@pytest.mark.parametrize("codec", WITH_ARGUMENTS)
@given(
    things=st.lists(st.text(max_size=8), max_size=3),
    box=st.sampled_from([box.value for box in BOXES]),
    twice=st.booleans(),
)
def test_a_rendered_call_is_read_back_and_answered(codec: str, things: list[str], box: str, twice: bool) -> None:
    family = ShelfOrder.configured({"codec": codec})
    calls = [ToolCall(name="move", arguments={"things": things, "box": box})] * (1 + twice)
    try:
        text = family.written(calls)
    except ValueError:
        return  # the format says that it cannot write it
    move = family.play(family.start(family.task("train", 1, 0)), text)
    if "</think>" not in text:
        assert move.record.components["format"] == 1.0


def test_the_shell_format_serves_a_tool_called_bash_alone() -> None:
    class Shell(Desk[str]):
        @tool(Effect.READ)
        def bash(self, command: str) -> str:
            """Run a command."""
            return command

        def world(self) -> str:
            return ""

    class ShellOrder(ShelfOrder):
        desk_type: ClassVar[type[Any]] = Shell

        def desk(self, world: Shelf) -> Any:
            return Shell()

    with pytest.raises(ConfigError, match="fenced-bash"):
        ShelfOrder.configured({"codec": "fenced-bash"})
    env = ShellOrder.configured({"codec": "fenced-bash"}).env()
    env.reset(seed=1)
    reply, *_ = env.step("Look:\n```bash\nls\n```")
    assert reply == "```output\nls\n```"
    with pytest.raises(ConfigError, match="hermess"):
        ToolConfig(codec="hermess")


def test_several_calls_of_a_turn_are_made_in_order_and_stop_behind_the_end() -> None:
    env = opened()
    thing, _ = world(env).places[0]
    calls = [
        ToolCall(name="move", arguments={"things": [thing], "box": "red"}),
        ToolCall(name="find", arguments={"thing": thing}),
        ToolCall(name="find", arguments={"thing": "whale"}),
        ToolCall(name="submit"),
        ToolCall(name="find", arguments={"thing": thing}),
    ]
    reply, reward, terminated, _, info = env.step(CODECS["hermes"].render_calls(calls))
    assert reply.count("<tool_response>") == 4
    assert "red" in reply
    assert "Error: there is no `whale`" in reply
    assert (terminated, reward, info["end"]) == (True, 0.0, "submitted")
    assert env.episode.records[0].components == {"format": 1.0, "calls": 0.75}


@pytest.mark.parametrize("text", ["", "hello", "<tool_call>{</tool_call>", "<tool_call>", "\ud800", "x" * 300_000])
def test_the_third_unreadable_response_in_a_row_ends_the_episode(text: str) -> None:
    env = opened()
    for _ in range(2):
        reply, _, terminated, truncated, _ = env.step(text)
        assert "could not be read" in reply
        assert not (terminated or truncated)
    env.step(env.oracle())
    ends = [env.step(text)[2] for _ in range(3)]
    assert ends == [False, False, True]
    assert env.episode.end is EndReason.FORMAT_ERRORS
    assert env.episode.verdict is not None
    assert env.episode.verdict.score == 0
    assert [record.components["format"] for record in env.episode.records] == [0, 0, 1, 0, 0, 0]


def test_a_call_that_cannot_be_done_is_no_format_error() -> None:
    env = opened()
    for _ in range(5):
        env.step(CODECS["hermes"].render_call(ToolCall(name="fly")))
    assert not env.episode.is_over
    assert env.episode.records[-1].components == {"format": 1.0, "calls": 0.0}


def test_the_turn_limit_ends_and_judges_what_is_there() -> None:
    env = opened()
    while not env.episode.is_over:
        move = env.oracle()
        solved = "submit" in move
        step = env.step(
            CODECS["hermes"].render_call(ToolCall(name="find", arguments={"thing": "x"})) if solved else move
        )
    assert (step[1], step[2], step[3], step[4]["end"]) == (1.0, False, True, "max_turns")
    assert len(env.episode.records) == 10


def test_snapshots_pickle_and_go_on_apart() -> None:
    env = opened()
    env.step(env.oracle())
    snapshot: EpisodeState = pickle.loads(pickle.dumps(env.state()))
    other = opened()
    other.restore(snapshot)
    before = world(other)
    env.step(env.oracle())
    assert world(other) == before
    while not other.episode.is_over:
        other.step(other.oracle())
    assert other.episode.verdict is not None
    assert other.episode.verdict.score == 1


def test_who_listens_hears_messages() -> None:
    env = TalkingShelf().env()
    env.reset(seed=3)
    assert env.step("What is to be done?")[0] == "Go on."
    assert not env.step("<tool_call>{")[2]
    *_, info = env.step("Good bye.")
    assert info["end"] == "submitted"


def test_random_calls_earn_nothing() -> None:
    earned = 0.0
    for index in range(100):
        env = opened(index=index)
        rng = KeyedRandom("random calls", index)
        while not env.episode.is_over:
            _, reward, *_ = env.step(env.guess(rng))
        earned += reward
    assert earned == 0


def test_the_checker_of_gymnasium_is_content() -> None:
    check_env(ShelfOrder().env(), skip_render_check=True)


def test_the_tools_are_told_with_their_schemas() -> None:
    env = opened()
    assert [spec.name for spec in env.tools] == ["find", "move", "submit"]
    assert env.tools == ShelfOrder().specs
    assert env.codec is CODECS["hermes"]
    schema = json.loads(json.dumps(env.tools[1].parameters))
    assert schema["properties"]["box"] == {"type": "string", "enum": ["red", "blue", "green", "white"]}
    assert issubclass(ShelfOrder.desk_type, ShelfDesk)
