"""`palestra bench envs`."""

from __future__ import annotations

import json

import pytest

from palestra.cli import main
from palestra.cli.bench.envs_pairs import Pair, compare, peer_version, read_matches
from palestra.cli.bench.envs_rates import DIFFICULTIES, rate
from palestra.envs import ENVS

needs_peer = pytest.mark.skipif(peer_version() is None, reason="reasoning-gym is not installed")


def test_our_rates_are_given_at_each_difficulty(capsys: pytest.CaptureFixture[str]) -> None:
    ids = ["palestra/ChainSum-v1", "palestra/GuessTheNumber-v1"]
    assert main(["bench", "envs", *ids, "--alone", "--seconds", "0.01", "--floor", "1", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in row["ours"]] == ids
    assert all(len(one["generated_per_s"]) == len(DIFFICULTIES) for one in row["ours"])
    assert row["ours"][0]["scored_per_s"] > 0
    assert row["ours"][1]["scored_per_s"] is None, "games are played, not scored"
    assert row["pairs"] == []


def test_a_rate_below_the_floor_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--alone", "--seconds", "0.01", "--floor", "1e9"]
    assert main(["bench", "envs", "palestra/ChainSum-v1", *options]) == 1
    assert "1 environments, 1 below 1e+09 tasks per second" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "what"),
    [(["--alone", "--only-pairs"], "nothing to measure"), (["--rounds", "0"], "nothing to time")],
    ids=["nothing", "no rounds"],
)
def test_a_call_that_measures_nothing_is_wrong(
    options: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "envs", *options]) == 2
    assert what in capsys.readouterr().err


@pytest.mark.skipif(peer_version() is not None, reason="reasoning-gym is installed")
def test_without_the_peer_it_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "envs", "palestra/ChainSum-v1"]) == 2
    assert "hint: `pip install reasoning-gym" in capsys.readouterr().err


def test_every_pair_names_one_of_our_families_at_options_that_it_takes() -> None:
    matches = read_matches()
    peers = [pair.peer for pair in matches.pairs]
    assert len(set(peers)) == len(peers) >= 90
    assert len(peers) + len(matches.unmatched) == 105, "every family of reasoning-gym is matched or named"
    for pair in matches.pairs:
        task = ENVS[pair.env].load().configured(pair.options).task("train", 0, 0)
        assert task.reference and pair.matched, pair.peer


def test_a_rate_counts_calls_and_goes_on_with_the_numbers() -> None:
    seen: list[int] = []
    per_s, following = rate(seen.append, 5, 0.001)
    assert seen == list(range(5, following))
    assert per_s > 0


@needs_peer
def test_both_sides_of_a_pair_are_measured() -> None:
    pair = Pair(peer="gcd", env="palestra/Gcd-v1", matched="two numbers")
    compared = compare(pair, seconds=0.01, rounds=1)
    assert compared.generation.times > 0
    assert compared.scoring is not None
    assert compared.peer_gold_score == 1.0
