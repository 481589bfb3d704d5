"""Environments elsewhere: equal rollouts, and what becomes of hosts that die, hang or are wrongly installed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doubles import ByteTokenizer, ScriptedGenerator
from palestra.agents import AGENTS, Episode, RolloutDriver, Sampling
from palestra.agents.errors import EnvWorkersError
from palestra.agents.loops import MiniSwe
from palestra.agents.remote import HERE, EnvPool, EnvSpec, EnvWorkersHere, HostLink, PoolLimits
from palestra.agents.remote.spec import TaskName
from palestra.envs import ENVS, EnvError
from palestra.envs.workspace import SessionEnv
from palestra.verifiers import Outcome
from remote_links import LocalLink, play, tasks_of, without_clocks

FAST = PoolLimits(open_s=0.2, play_s=0.2, grade_s=0.2, ping_s=0.1, patience_s=0.3)
PATIENT = PoolLimits(episodes_per_host=4)
GAME, SUM = "palestra/GuessTheNumber-v1", "palestra/ChainSum-v1"


def pool_of(links: Sequence[LocalLink], limits: PoolLimits = PATIENT) -> EnvPool:
    return EnvPool([cast(HostLink, link) for link in links], limits)


@pytest.mark.parametrize("env_id", [SUM, GAME, "palestra/Wordle-v1"])
@pytest.mark.parametrize("max_tokens", [None, 900])
def test_rollouts_are_those_of_environments_in_this_process(env_id: str, max_tokens: int | None) -> None:
    async def compare() -> None:
        links = [LocalLink("a"), LocalLink("b")]
        pool = pool_of(links)
        tasks = tasks_of(env_id, 12)
        here = await play(HERE, tasks, max_episode_tokens=max_tokens)
        assert await play(pool, tasks, max_episode_tokens=max_tokens) == here
        assert min(link.calls for link in links) > 0, "both hosts have played"
        assert [await link.host.ping() for link in links] == [0, 0], "nothing is left open"
        assert pool.totals.episodes == 12 and pool.totals.lost == 0
        await pool.aclose()
        await pool.aclose()
        assert all(link.is_ended for link in links)

    asyncio.run(compare())


@settings(max_examples=25)
@given(deaths=st.lists(st.integers(1, 150), max_size=6), others=st.lists(st.integers(1, 150), max_size=6))
def test_processes_that_die_cost_a_second_attempt_and_never_a_rollout(deaths: list[int], others: list[int]) -> None:
    async def compare() -> None:
        tasks = tasks_of(GAME, 10)
        here = await play(HERE, tasks)
        pool = pool_of([LocalLink("a", break_at=deaths), LocalLink("b", break_at=others)], replace(FAST, patience_s=5))
        there = await play(pool, tasks)
        assert [rollout.key for rollout in there] == [rollout.key for rollout in here]
        for one, other in zip(there, here, strict=True):
            if one.verdict.outcome is Outcome.ERROR:
                assert one.attempts == 2, "two hosts died under it"
            else:
                assert replace(one, attempts=1) == other
        await pool.aclose()

    asyncio.run(compare())


@pytest.mark.parametrize("after", [1, 5, 11, 20])
def test_hosts_that_die_together_cost_no_rollout(after: int) -> None:
    links = [LocalLink(name) for name in ("a", "b", "c", "d")]
    said = 0

    def answer(text: str, key: str) -> str:
        nonlocal said
        said += 1
        if said == after:  # a node is lost with all of its hosts, and nobody knows it before asking each
            for link in links[:3]:
                link.is_down = True
        return f"My guess is {len(text) % 97}."

    async def run() -> None:
        tasks = tasks_of(GAME, 12)
        here = await play(HERE, tasks)
        pool = pool_of(links, replace(PATIENT, patience_s=5, episodes_per_host=12))
        driver = RolloutDriver(ScriptedGenerator(answer), ByteTokenizer(), Sampling(max_new_tokens=60, temperature=1.0))
        episodes = [
            Episode(key=f"0/{number}", env=pool.env(EnvSpec(id=GAME)), task=task) for number, task in enumerate(tasks)
        ]
        there = [without_clocks(rollout) for rollout in await driver.play(episodes)]
        assert [replace(rollout, attempts=1) for rollout in there] == here
        assert pool.totals.lost == 3
        await pool.aclose()

    asyncio.run(run())


def test_a_host_that_hangs_is_started_anew_and_its_episodes_go_elsewhere() -> None:
    async def run() -> None:
        hanging, sound = LocalLink("hangs", hang_at=9), LocalLink("sound")
        pool = pool_of([hanging, sound], replace(FAST, patience_s=5))
        tasks = tasks_of(GAME, 8)
        there = await play(pool, tasks)
        assert [replace(rollout, attempts=1) for rollout in there] == await play(HERE, tasks)
        assert {rollout.attempts for rollout in there} == {1, 2}
        assert pool.totals.lost == 1
        for _ in range(100):
            if pool.totals.returned:
                break
            await asyncio.sleep(0.02)
        assert pool.totals.returned == 1
        assert hanging.restarts == 1 and sound.restarts == 0
        assert await hanging.host.ping() == await sound.host.ping() == 0
        await pool.aclose()

    asyncio.run(run())


def test_the_run_stops_when_no_host_is_up_for_long() -> None:
    async def run() -> None:
        links = [LocalLink("environment worker 0"), LocalLink("environment worker 1")]
        pool = pool_of(links, FAST)
        for link in links:
            link.is_down = True
        with pytest.raises(
            EnvWorkersError, match=r"(?s)no environment worker for 0\.3 s: .*worker 0: .*node is down.*hint"
        ):
            await play(pool, tasks_of(SUM, 6))
        for link in links:
            link.is_down = False
        await asyncio.sleep(0.3)
        assert await play(pool, tasks_of(SUM, 6)) == await play(HERE, tasks_of(SUM, 6)), "it goes on when they are back"
        await pool.aclose()

    asyncio.run(run())


def test_a_host_with_another_version_of_a_task_ends_the_run_with_a_hint() -> None:
    async def run() -> None:
        pool = pool_of([LocalLink()])
        task = replace(tasks_of(SUM, 1)[0], prompt="What is 1 + 1?")
        with pytest.raises(EnvError, match=r"(?s)another one on this host.*hint: install the same versions"):
            await play(pool, [task])
        await pool.aclose()

    asyncio.run(run())


def test_an_episode_that_is_closed_while_it_is_opened_is_not_left_open() -> None:
    async def run() -> None:
        link = LocalLink()
        task = tasks_of(SUM, 1)[0]
        await link.host.close("7")
        await link.host.open("7", EnvSpec(id=SUM), TaskName.of(task))
        assert await link.host.ping() == 0

    asyncio.run(run())


def test_an_episode_forks_on_its_host() -> None:
    async def run() -> None:
        link = LocalLink()
        pool = pool_of([link])
        (task,) = tasks_of(GAME, 1)
        results = []
        for workers in (EnvWorkersHere(), pool):
            generator = ScriptedGenerator(lambda text, key: f"My guess is {len(key) + len(text) % 89}.")
            driver = RolloutDriver(generator, ByteTokenizer(), Sampling(max_new_tokens=60, temperature=1.0))
            trunk = Episode(key="t", env=workers.env(EnvSpec(id=GAME)), task=task)
            played = await driver.branch(trunk, after_turns=2, keys=["twin", "other twin"])
            results.append([without_clocks(rollout) for rollout in played])
        assert results[0] == results[1] and len(results[0]) == 3
        assert await link.host.ping() == 0
        await pool.aclose()

    asyncio.run(run())


@pytest.mark.parametrize("agent", ["oracle", "random"])
def test_scripted_policies_speak_in_episodes_that_are_elsewhere(agent: str) -> None:
    async def run() -> None:
        pool = pool_of([LocalLink()])
        (task,) = tasks_of(GAME, 1)
        env, here = pool.env(EnvSpec(id=GAME)), ENVS.make(GAME)
        await env.aenter(task)
        here.enter(task)
        said = await asyncio.to_thread(AGENTS[agent].respond, env)
        assert said == AGENTS[agent].respond(here)
        assert await env.aplay(said) == here.play(said)
        assert env.episode.messages == here.episode.messages
        await env.aclose()
        await pool.aclose()

    asyncio.run(run())


def test_a_slow_turn_loses_its_episode_and_nothing_stays_open() -> None:
    async def run() -> None:
        link = LocalLink(slow_at=(5,))
        pool = pool_of([link, LocalLink()], replace(FAST, patience_s=5))
        there = await play(pool, tasks_of(GAME, 4))
        assert [replace(rollout, attempts=1) for rollout in there] == await play(HERE, tasks_of(GAME, 4))
        for _ in range(100):
            if await link.host.ping() == 0 and pool.totals.returned:
                break
            await asyncio.sleep(0.02)
        assert await link.host.ping() == 0 and pool.totals.returned == 1
        await pool.aclose()

    asyncio.run(run())


def test_limits_of_a_loop_hold_on_the_host() -> None:
    env = EnvSpec(id="palestra/CodeDebug-v1", config=dict(MiniSwe().options), loop=MiniSwe(steps=7)).make()
    assert isinstance(env, SessionEnv) and env.limits.turns == 7
    assert pool_of([LocalLink()]).env(EnvSpec(id="palestra/CodeDebug-v1")).is_bounded
    assert not pool_of([LocalLink()]).env(EnvSpec(id=GAME)).is_bounded


def test_wrong_limits_are_refused() -> None:
    for wrong in ({"episodes_per_host": 0}, {"open_s": 0.0}, {"patience_s": float("inf")}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            PoolLimits(**wrong)
