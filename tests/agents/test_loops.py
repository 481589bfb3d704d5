from __future__ import annotations

import pytest

from palestra.agents.history import AppendOnly, KeepLastObservations
from palestra.agents.loops import LOOPS, MiniSwe, ToolCalling
from palestra.verifiers.tools.codecs import CODECS
from palestra.verifiers.tools.parsed import Calls
from shelf import ShelfOrder


@pytest.mark.parametrize("name", LOOPS)
def test_every_loop_writes_calls_in_a_codec_that_there_is(name: str) -> None:
    assert LOOPS[name].options["codec"] in CODECS
    assert LOOPS[name].history == AppendOnly()


@pytest.mark.parametrize("codec", ["hermes", "function-xml", "python-calls"])
def test_tool_calling_makes_an_environment_speak_its_codec(codec: str) -> None:
    loop = ToolCalling(codec=codec, history=KeepLastObservations())
    env = loop.fit(ShelfOrder.configured(loop.options).env())
    env.reset(seed=0)
    while not env.episode.is_over:
        env.step(env.oracle())
    assert env.episode.verdict is not None and env.episode.verdict.score == 1.0
    written = env.messages()[2].content
    assert isinstance(CODECS[codec].parse(written, ShelfOrder().specs), Calls), written


def test_mini_swe_leaves_environments_without_a_session_as_they_are() -> None:
    env = ShelfOrder().env()
    assert MiniSwe().fit(env) is env


@pytest.mark.parametrize(
    ("loop", "options"),
    [
        (ToolCalling, {"max_episode_tokens": 0}),
        (MiniSwe, {"steps": 0}),
        (MiniSwe, {"output_chars": -1}),
        (MiniSwe, {"format_errors": 0}),
        (MiniSwe, {"max_episode_tokens": -1}),
        (MiniSwe, {"command_s": float("nan")}),
        (MiniSwe, {"cpu_s": float("inf")}),
    ],
)
def test_limits_that_end_nothing_or_everything_are_refused(loop: type, options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        loop(**options)
