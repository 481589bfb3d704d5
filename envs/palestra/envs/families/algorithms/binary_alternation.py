"""Making a string of bits alternate with the fewest swaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line
from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.algorithms.pairs import read_pairs
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class BinaryAlternationConfig(FamilyConfig):
    """Which strings are asked."""

    length: int = ramp(12, 40, low=4, high=200)
    """Number of bits, or one less."""


@dataclass(frozen=True, slots=True)
class Bits:
    """A string, and one shortest list of swaps."""

    bits: str
    swaps: tuple[tuple[int, int], ...]


class SwapsVerifier(RecordVerifier[Bits]):
    """PASS when the swaps of the final line, done in order, make the string alternate, and none is to spare.

    Reference: `Bits` as JSON.
    """

    name: ClassVar[str] = "alternating-swaps"
    record_type = Bits

    def judge(self, response: str, reference: Bits) -> Verdict:
        """Do the swaps."""
        swaps, cells = read_pairs(final_line(response)), list(reference.bits)
        if len(swaps) != len(reference.swaps):
            return Verdict.failed(f"{len(swaps)} swaps, the fewest are {len(reference.swaps)}")
        for a, b in swaps:
            if not (1 <= a <= len(cells) and 1 <= b <= len(cells)):
                return Verdict.failed(f"there are no positions {a} and {b} among {len(cells)}")
            cells[a - 1], cells[b - 1] = cells[b - 1], cells[a - 1]
        result = "".join(cells)
        if "00" in result or "11" in result:
            return Verdict.failed(f"the swaps lead to {result[:60]}, which does not alternate")
        return Verdict.passed(f"{len(swaps)} swaps lead to {result[:60]}")


class BinaryAlternation(Question[BinaryAlternationConfig, str]):
    """Strings with as many zeros as ones, or one more of one kind."""

    id: ClassVar[str] = "palestra/BinaryAlternation-v1"
    Config: ClassVar[type[BinaryAlternationConfig]] = BinaryAlternationConfig
    templates = (
        "Make the string {bits} alternate between 0 and 1 with as few swaps as possible. "
        "A swap exchanges any two positions.",
        "String: {bits}\nA swap exchanges the bits at two positions. "
        "Find a shortest list of swaps after which no two neighbours are equal.",
        "No two neighbouring bits of {bits} shall be equal. Reach that with the fewest exchanges of two positions.",
        "Exchange bits of {bits}, two positions at a time, until zeros and ones alternate; use the fewest exchanges.",
    )
    answer_format = (
        "Positions count from 1. The last line of your reply must be the swaps as pairs of positions, like `1-4, 2-7`."
    )
    verifier = SwapsVerifier()

    def draw(self, rng: KeyedRandom) -> str:
        """Shuffled bits."""
        length = self.config.length - rng.below(2)
        bits = list(("01" if rng.below(2) else "10") * length)[:length]
        rng.shuffle(bits)
        return "".join(bits)

    def canonical(self, key: str) -> str:
        """The string or, if smaller, the one with 0 and 1 exchanged: the same swaps are right."""
        return min(key, key.translate(str.maketrans("01", "10")))

    def build(self, key: str, rng: KeyedRandom) -> Content | None:
        """Ask for swaps; None where none is needed."""
        swaps = shortest_swaps(key)
        if not swaps:
            return None
        return Content(slots={"bits": key}, reference=encode(Bits(key, swaps)), effort=len(key))

    def oracle(self, task: Task) -> str:
        """One shortest list of swaps."""
        return ", ".join(f"{a}-{b}" for a, b in decode(Bits, task.reference).swaps)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """One to three random swaps."""
        positions = range(1, len(decode(Bits, task.reference).bits) + 1)
        return ", ".join("{}-{}".format(*rng.sample(positions, 2)) for _ in range(rng.between(1, 3)))


def shortest_swaps(bits: str) -> tuple[tuple[int, int], ...]:
    """Swaps that pair misplaced zeros with misplaced ones, for the nearer of the two alternating strings."""
    plans = []
    for pattern in ("01", "10"):
        goal = (pattern * len(bits))[: len(bits)]
        zeros, ones = ([i + 1 for i, bit in enumerate(bits) if bit == b != goal[i]] for b in "01")
        if len(zeros) == len(ones):
            plans.append(tuple(zip(zeros, ones, strict=True)))
    return min(plans, key=len)
