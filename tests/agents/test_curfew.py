"""Episodes that are ended from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from doubles import ByteTokenizer, EchoEnv, ScriptedGenerator
from palestra.agents import Completion, Curfew, Episode, GenerationRequest, Rollout, RolloutDriver, Sampling, is_cut
from palestra.agents.curfew import CurfewError
from palestra.agents.request_queue import RequestQueue


class _Slow(ScriptedGenerator):
    """Never answers some."""

    def __init__(self, silent: str) -> None:
        super().__init__(lambda text, key: "7")
        self._silent = silent

    async def generate(self, requests: Sequence[GenerationRequest]) -> list[Completion]:
        if any(request.key.startswith(self._silent) for request in requests):
            await asyncio.Event().wait()
        return await super().generate(requests)


def _episodes(count: int) -> list[Episode]:
    envs = [EchoEnv() for _ in range(count)]
    return [Episode(key=f"k/{i}", env=env, task=env.source.task("train", 0, i)) for i, env in enumerate(envs)]


def test_a_curfew_masks_what_is_still_played_and_nothing_else() -> None:
    heard: list[Rollout] = []

    async def scene() -> list[Rollout]:
        curfew = Curfew()
        driver = RolloutDriver(_Slow("k/1"), ByteTokenizer(), Sampling())
        call = driver.begin(curfew=curfew, on_done=heard.append, by_prompt=True)
        asyncio.get_running_loop().call_later(0.05, curfew.fall)
        return await driver.play(_episodes(3), call=call)

    rollouts = asyncio.run(scene())
    assert [is_cut(rollout) for rollout in rollouts] == [False, True, False]
    assert [rollout.verdict.valid for rollout in rollouts] == [True, False, True]
    assert {rollout.key for rollout in heard} == {"k/0", "k/1", "k/2"}
    assert [rollout.attempts for rollout in rollouts] == [1, 1, 1], "what is cut is not tried again"


def test_behind_a_fallen_curfew_nothing_begins() -> None:
    async def scene() -> list[Rollout]:
        curfew = Curfew()
        curfew.fall()
        driver = RolloutDriver(_Slow("k/"), ByteTokenizer(), Sampling())
        return await driver.play(_episodes(2), call=driver.begin(curfew=curfew))

    assert all(is_cut(rollout) and not rollout.responses for rollout in asyncio.run(scene()))


def test_a_timeout_of_the_block_itself_is_not_the_curfew() -> None:
    async def scene() -> None:
        with pytest.raises(TimeoutError):
            async with Curfew().over():
                raise TimeoutError("mine")
        curfew = Curfew()
        curfew.fall()
        with pytest.raises(CurfewError):
            async with curfew.over():
                await asyncio.sleep(1)

    asyncio.run(scene())


def test_by_prompt_nobody_waits_for_another_prompt() -> None:
    async def scene() -> None:
        queue = RequestQueue(_Slow("b"), by_prompt=True)
        requests = [
            GenerationRequest(prompt_ids=(ord(key[0]),), sampling=Sampling(), key=key) for key in ("a0", "b0", "a1")
        ]
        asked = [asyncio.ensure_future(queue.ask(request)) for request in requests]
        await asyncio.wait(asked, timeout=0.05)
        assert [each.done() for each in asked] == [True, False, True]
        queue.close()
        for each in asked:
            each.cancel()
        await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(scene())


class _Thoughtful(EchoEnv):
    """Never answers."""

    async def aplay(self, text: str) -> str:
        await asyncio.sleep(60)
        return await super().aplay(text)


def test_an_episode_that_is_cut_while_the_environment_thinks_has_a_turn_for_each_response() -> None:
    async def scene() -> list[Rollout]:
        driver, curfew = RolloutDriver(ScriptedGenerator(lambda *_: "7"), ByteTokenizer(), Sampling()), Curfew()
        asyncio.get_running_loop().call_later(0.05, curfew.fall)
        env = _Thoughtful()
        episode = Episode(key="a", env=env, task=env.source.task("train", 0, 0))
        return await driver.play([episode], call=driver.begin(curfew=curfew))

    [rollout] = asyncio.run(scene())
    assert is_cut(rollout) and rollout.responses == ("7",)
    assert [row.tokens_out for row in rollout.turns] == [sum(rollout.segments[0].mask)] == [2]
