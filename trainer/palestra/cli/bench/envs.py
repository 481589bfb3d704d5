"""`palestra bench envs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import geometric_mean, median
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import write, write_columns, write_json

if TYPE_CHECKING:
    from palestra.cli.bench.envs_pairs import Compared, Rates
    from palestra.cli.bench.envs_rates import EnvRates

_SLOWEST = 20  # rows of the table of our own rates, unless all are asked for


@dataclass(frozen=True, kw_only=True)
class BenchEnvs:
    """Measure tasks generated and answers scored per CPU-second, ours alone and beside reasoning-gym in one run.

    Sizes of matched families are set to be the same on both sides. The sides take turns; each figure is the median of
    the rounds, on fresh tasks, after one task that is not timed. What is scored is the right answer. Our own rates are
    of every procedural environment at the difficulties 0, 0.5 and 1. Exit code 1 if one of these is below the floor.
    """

    ids: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="[ID ...]", help_behavior_hint="")] = ()
    """Which of our environments (default: all)."""
    seconds: Annotated[float, tyro.conf.arg(metavar="S")] = 0.15
    """CPU-seconds of a round."""
    rounds: Annotated[int, tyro.conf.arg(metavar="N")] = 3
    """Rounds of each side of a matched family; our own rates have one."""
    floor: Annotated[float, tyro.conf.arg(metavar="PER_S")] = 100.0
    """Tasks per second that each of ours must reach at every difficulty."""
    alone: bool = False
    """Leave reasoning-gym out."""
    only_pairs: bool = False
    """Leave out our own rates."""
    every: bool = False
    """Show the rates of all of ours, not only of the slowest."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Measure and print."""
        if not (self.seconds > 0 and self.rounds > 0):
            raise UsageError(f"nothing to time in {self.rounds} rounds of {self.seconds} s\n\nhint: leave them out")
        if self.alone and self.only_pairs:
            raise UsageError("nothing to measure\n\nhint: give `--alone` or `--only-pairs`, not both")
        compared, without = ([], []) if self.alone else self._beside_peer()
        rates = [] if self.only_pairs else list(self._our_rates())
        if self.json:
            write_json(
                {
                    "seconds": self.seconds,
                    "rounds": self.rounds,
                    "floor": self.floor,
                    "pairs": [one.to_json() for one in compared],
                    "unmatched": without,
                    "ours": [one.to_json() for one in rates],
                }
            )
        else:
            _write_pairs(compared, without)
            _write_rates(rates, self.floor, is_all=self.every)
        return EXIT_FAILED if any(one.slowest < self.floor for one in rates) else EXIT_OK

    def _beside_peer(self) -> tuple[list[Compared], list[str]]:
        from palestra.cli.bench.envs_pairs import compare, peer_version, read_matches

        if peer_version() is None:
            raise UsageError(
                "reasoning-gym is not installed\n\nhint: `pip install reasoning-gym==0.1.25`, or give `--alone`"
            )
        matches = read_matches()
        pairs = [pair for pair in matches.pairs if not self.ids or pair.env in self.ids]
        compared = [compare(pair, seconds=self.seconds, rounds=self.rounds) for pair in pairs]
        return compared, [] if self.ids else list(matches.unmatched)

    def _our_rates(self) -> Iterator[EnvRates]:
        from palestra.cli.bench.envs_rates import measure_env
        from palestra.envs import ENVS

        procedural = [env_id for env_id, row in ENVS.items() if row.kind.is_generated and not row.kind.is_sandboxed]
        for env_id in self.ids or procedural:
            yield measure_env(ENVS[env_id], self.seconds)


def _write_pairs(compared: Sequence[Compared], without: Sequence[str]) -> None:
    if not compared:
        return
    rows: list[tuple[str, ...]] = [
        ("REASONING-GYM", "OURS", "TASKS/S", "OURS", "TIMES", "SCORED/S", "OURS", "TIMES", "MATCHED")
    ]
    for one in sorted(compared, key=lambda one: one.generation.times):
        generation = (f"{one.generation.theirs:,.0f}", f"{one.generation.ours:,.0f}", f"{one.generation.times:.1f}")
        scoring = ("-", "-", "-")
        if one.scoring is not None:
            scoring = (f"{one.scoring.theirs:,.0f}", f"{one.scoring.ours:,.0f}", f"{one.scoring.times:.1f}")
        name = one.pair.env.removeprefix("palestra/")
        rows.append((one.pair.peer, name, *generation, *scoring, one.pair.matched))
    write_columns(rows)
    write()
    _write_spread("generation", [one.generation for one in compared])
    _write_spread("scoring", [one.scoring for one in compared if one.scoring is not None])
    for one in compared:
        if one.pair.remark:
            write(f"{one.pair.peer}: {one.pair.remark}")
    if without:
        write(f"\nwithout a match: {', '.join(without)}")


def _write_spread(what: str, rates: Sequence[Rates]) -> None:
    if not rates:
        return
    times = [one.times for one in rates]
    write(
        f"{what}: ours is {median(times):.2f} times as fast by the median of {len(times)} families, "
        f"{geometric_mean(times):.2f} times by their geometric mean; "
        f"at least twice as fast in {sum(one >= 2 for one in times)}, slower in {sum(one < 1 for one in times)}"
    )
    theirs, ours = sum(1000 / one.theirs for one in rates), sum(1000 / one.ours for one in rates)
    write(f"{what}, one of every family: {theirs:,.1f} ms theirs, {ours:,.1f} ms ours")


def _write_rates(rates: Sequence[EnvRates], floor: float, *, is_all: bool) -> None:
    if not rates:
        return
    slowest = sorted(rates, key=lambda one: one.slowest)
    rows: list[tuple[str, ...]] = [("OURS, SLOWEST FIRST", "TASKS/S AT 0", "AT 0.5", "AT 1", "SCORED/S AT 0.5")]
    for one in slowest if is_all else slowest[:_SLOWEST]:
        scored = "-" if one.scored_per_s is None else f"{one.scored_per_s:,.0f}"
        rows.append((one.id.removeprefix("palestra/"), *(f"{rate:,.0f}" for rate in one.generated_per_s), scored))
    write()
    write_columns(rows)
    low = [one for one in slowest if one.slowest < floor]
    write(f"\n{len(rates)} environments, {len(low)} below {floor:g} tasks per second")
