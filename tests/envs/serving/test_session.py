"""One session: deadlines, broken machinery, verdicts that say nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from palestra.envs import ENVS, Task, TextEnv
from palestra.envs.serving import LostSessionError, Offer, ServingLimits, Session, Sessions
from palestra.envs.serving.messages import read_reset
from palestra.envs.turn import EpisodeState, Turn
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

COUNTDOWN = "palestra/Countdown-v1"
START = read_reset({})


class Scripted(TextEnv):
    """Answers by a function."""

    def __init__(self, answer: Callable[[str], Turn]) -> None:
        super().__init__(ENVS.make(COUNTDOWN).source)
        self._answer = answer

    def respond(self, state: EpisodeState, text: str) -> Turn:
        return self._answer(text)

    def turn_limit(self, task: Task) -> int:
        return 10

    def oracle(self) -> str:
        return ""

    def guess(self, rng: KeyedRandom) -> str:
        return ""


class ScriptedOffer(Offer):
    def __init__(self, answer: Callable[[str], Turn]) -> None:
        super().__init__(COUNTDOWN)
        self._answer = answer

    def make(self) -> TextEnv:
        return Scripted(self._answer)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.mark.parametrize("verdict", [Verdict.error("the sandbox broke"), Verdict.unknown(0.5, "too hard")])
def test_a_verdict_that_says_nothing_has_no_reward(verdict: Verdict, threads: ThreadPoolExecutor) -> None:
    async def play() -> tuple[Any, Any]:
        session = Session(ScriptedOffer(lambda text: Turn(verdict=verdict)), threads, 60.0)
        await session.reset(START)
        return await session.step("x"), session.state()

    shown, state = asyncio.run(play())
    assert (shown["reward"], shown["done"], shown["metadata"]["valid"]) == (None, True, False)
    assert (state["reward"], state["is_over"]) == (None, True)


def test_a_request_beyond_its_deadline_loses_its_session_and_keeps_its_place() -> None:
    release = threading.Event()

    def wait(text: str) -> Turn:
        release.wait(60)
        return Turn(verdict=Verdict.passed())

    async def play() -> None:
        sessions = Sessions(ServingLimits(sessions=1, request_s=0.2))
        offer = ScriptedOffer(wait)
        session = await sessions.open(offer)
        await session.reset(START)
        with pytest.raises(LostSessionError, match="no answer within"):
            await session.step("x")
        with pytest.raises(LostSessionError, match="an earlier request"):
            await session.step("y")
        await sessions.close(session)
        assert len(sessions) == 1, "its thread still runs"
        release.set()
        while session.is_working:
            await asyncio.sleep(0.01)
        await sessions.open(offer)
        assert len(sessions) == 1, "the lost one made room"
        await sessions.close_all()

    asyncio.run(play())


def test_requests_of_a_session_go_one_after_the_other(threads: ThreadPoolExecutor) -> None:
    inside: list[str] = []

    def respond(text: str) -> Turn:
        assert not inside, "two at a time"
        inside.append(text)
        threading.Event().wait(0.01)
        inside.remove(text)
        return Turn(reply=text)

    async def play() -> list[Any]:
        session = Session(ScriptedOffer(respond), threads, 60.0)
        await session.reset(START)
        return await asyncio.gather(*(session.step(str(number)) for number in range(5)))

    replies = [shown["observation"]["text"] for shown in asyncio.run(play())]
    assert replies == ["0", "1", "2", "3", "4"]
