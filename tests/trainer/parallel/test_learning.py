"""Ranks that share samples and weights learn what one process learns, and the same every time."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

from palestra.trainer.crew.crew import ALONE
from parallel_cases import CASES, STEPS, learn, learn_on_ranks
from ranks import run_ranks

pytestmark = pytest.mark.real  # real processes, minutes of them on a small machine

AGAIN = ("small micro-batches", "adapters and reference", "critic that moves the trunk")
"""What is learned by two ranks a second time, and by three."""
Found = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """What a number of ranks learned of a case, on each rank; they are started when they are first asked for."""

    @cache
    def learned(size: int, again: bool, replicas: int) -> Path:
        folder = tmp_path_factory.mktemp(f"ranks-{size}")
        names = list(CASES) if size == 2 and not again else list(AGAIN)
        run_ranks(size, learn_on_ranks, names, folder, replicas, log=folder / "log")
        return folder

    def look(size: int, name: str, *, again: bool = False, replicas: int = 1, rank: int = 0) -> dict[str, Any]:
        folder = learned(size, again, replicas)
        weights = torch.load(folder / f"{name}.{rank}.pt")
        reports, scans = json.loads((folder / f"{name}.{rank}.json").read_text())
        return {"weights": weights, "reports": reports, "scans": scans}

    return look


def _flat(rows: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [each for row in rows for each in row]


def _compare(several: dict[str, Any], name: str) -> None:
    one = json.loads(json.dumps({**(alone := learn(CASES[name], ALONE)), "weights": None}))
    for own, other in zip(_flat(several["reports"]), _flat(one["reports"]), strict=True):
        assert own.keys() == other.keys()
        for field in own.keys() - {"packed_tokens"}:  # a group that is split has its prompt read twice
            expected = other[field] if other[field] is None else pytest.approx(other[field], rel=1e-4, abs=1e-6)
            assert own[field] == expected, field
    for own, other in zip(_flat(several["scans"]), _flat(one["scans"]), strict=True):
        assert own.keys() == other.keys()
        for field, values in own.items():
            assert values == pytest.approx(other[field], abs=1e-4), field
    assert several["weights"].keys() == alone["weights"].keys()
    for key, weight in alone["weights"].items():
        assert torch.allclose(several["weights"][key], weight, rtol=0.0, atol=2e-6), key


@pytest.mark.parametrize("name", CASES)
def test_two_ranks_learn_what_one_process_learns(name: str, found: Found) -> None:
    several = found(2, name)
    _compare(several, name)
    other = found(2, name, rank=1)
    assert all(torch.equal(weight, other["weights"][key]) for key, weight in several["weights"].items())
    assert several["reports"] == other["reports"] or "NaN" in json.dumps(several["reports"])
    assert len(several["reports"]) == STEPS


@pytest.mark.parametrize("name", AGAIN)
def test_three_ranks_learn_what_one_process_learns(name: str, found: Found) -> None:
    _compare(found(3, name), name)


@pytest.mark.parametrize("name", AGAIN)
def test_two_replicas_of_two_shards_learn_what_one_process_learns(name: str, found: Found) -> None:
    _compare(found(4, name, replicas=2), name)


@pytest.mark.parametrize("name", AGAIN)
def test_the_same_ranks_learn_the_same_to_the_last_bit(name: str, found: Found) -> None:
    first, second = found(2, name), found(2, name, again=True)
    assert all(torch.equal(weight, second["weights"][key]) for key, weight in first["weights"].items())
    assert json.dumps([first["reports"], first["scans"]]) == json.dumps([second["reports"], second["scans"]])


@pytest.mark.parametrize("name", AGAIN)
def test_the_cases_move_the_weights_by_far_more_than_they_may_differ(name: str) -> None:
    alone = learn(CASES[name], ALONE)
    still = learn(CASES[name], ALONE, steps=0)
    assert max(float((alone["weights"][key] - still["weights"][key]).abs().max()) for key in still["weights"]) > 1e-3
