"""How the oracle works: it looks before it writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from palestra.envs import ENVS
from palestra.envs.stateful.lookups import lookups
from palestra.envs.tools import Effect
from palestra.envs.tools.tool import marked_specs

DESKS = ("RetailDesk", "AirlineDesk", "CalendarDesk", "FileSystemDesk", "BankDesk", "CompiledWorld")
_ID = re.compile(r"[A-Z]\d{6}")


def transcript(domain: Any, index: int) -> Iterator[tuple[str, str]]:
    """The oracle's responses, each with all that it had read before."""
    env = domain.env()
    known = env.enter(domain.task("train", 3, index))
    while not env.state().is_over:
        response = env.oracle()
        yield response, known
        known += env.play(response)


@pytest.mark.parametrize("name", DESKS)
def test_the_oracle_has_read_every_id_that_it_writes(name: str) -> None:
    domain: Any = ENVS[f"palestra/{name}-v1"].load().configured({"difficulty": 0.8})
    for index in range(6):
        for response, known in transcript(domain, index):
            assert all(found in known for found in _ID.findall(response))


@pytest.mark.parametrize("name", DESKS)
def test_lookups_change_nothing_and_end_with_the_first_change(name: str) -> None:
    domain: Any = ENVS[f"palestra/{name}-v1"].load().configured({"difficulty": 0.8})
    world = domain.open_world(domain.task("train", 3, 0))
    desk = domain.desk(world)
    found = lookups(desk, world)
    assert desk.world().snapshot == world.snapshot
    effects = {spec.name: effect for spec, effect in _marked(domain, world)}
    assert all(effects[call.name] is Effect.READ for call in found)
    for call in world.scenario.plan[: len(world.scenario.opening) + 1]:
        getattr(desk, call.name)(**call.arguments)
    assert lookups(desk, desk.world()) == ()


def _marked(domain: Any, world: Any) -> list[tuple[Any, Effect]]:
    return list(marked_specs(type(domain.desk(world))).values())
