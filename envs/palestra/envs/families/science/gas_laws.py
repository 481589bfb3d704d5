"""Gas laws: one gas that changes its state, amounts of gas, and gases that are mixed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.science.measures import measure
from palestra.envs.families.science.quantities import QuantityQuestion
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_R = Fraction(8314, 1000)
_GIVEN = " Use R = 8.314 J/(mol K)."
_RANKS = {"boyle": 1, "charles": 2, "lussac": 2, "combined": 4, "amount": 4, "pressure": 4, "mixed": 5, "leak": 6}


@dataclass(frozen=True, kw_only=True, slots=True)
class GasLawsConfig(FamilyConfig):
    """Which problems are asked."""

    high: int = ramp(20, 90, low=5, high=999)
    """Largest volume, in liters, and pressure, in tens of kPa."""
    kinds: str = kinds(
        "boyle",
        "boyle charles lussac",
        "charles lussac combined",
        "combined amount pressure",
        "amount pressure mixed",
        "mixed leak",
    )
    """Kinds of problems: boyle charles lussac combined amount pressure mixed leak."""
    num_vessels: int = ramp(2, 5, low=2, high=8)
    """Vessels that are connected, 2..8."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gas:
    """Numbers of a problem, in the order in which it names them."""

    kind: str
    numbers: tuple[int, ...]


class GasLaws(QuantityQuestion[GasLawsConfig, Gas]):
    """Ideal gases."""

    id: ClassVar[str] = "palestra/GasLaws-v1"
    Config: ClassVar[type[GasLawsConfig]] = GasLawsConfig
    templates = (
        "{problem}",
        "Ideal gas: {problem}",
        "Treat all gases as ideal. {problem}",
        "The gas is ideal and nothing else changes. {problem}",
    )

    def draw(self, rng: KeyedRandom) -> Gas:
        """Draw the numbers; pressures in kPa, volumes in liters, temperatures in K."""
        config, kind = self.config, rng.choice(self.config.kinds.split())
        pressures, volumes = ([rng.between(2, config.high) for _ in range(config.num_vessels)] for _ in range(2))
        t1, t2 = rng.between(20, 60) * 10, rng.between(20, 60) * 10
        p1, p2, v1, v2 = pressures[0] * 10, pressures[1] * 10, volumes[0], volumes[1]
        if kind == "mixed":
            return Gas(
                kind=kind, numbers=tuple(n for p, v in zip(pressures, volumes, strict=True) for n in (p * 10, v))
            )
        numbers = {
            "boyle": (p1, v1, p2),
            "charles": (v1, t1, t2),
            "lussac": (p1, t1, t2),
            "combined": (p1, v1, t1, p2, t2),
            "amount": (p1, v1, t1),
            "pressure": (v1, v2, t1),
            "leak": (p1, v1, t1, p2, t2),
        }
        return Gas(kind=kind, numbers=numbers[kind])

    def build(self, key: Gas, rng: KeyedRandom) -> Content | None:
        """Ask for the quantity, where something changes and no given number is the answer."""
        solved = solve(key)
        if solved is None:
            return None
        value, unit = solved
        if any(abs(value - number) <= Fraction(number, 50) for number in key.numbers):
            return None
        effort = _RANKS[key.kind] + (len(key.numbers) if key.kind == "mixed" else 0)
        return Content(slots={"problem": _words(key)}, reference=measure(value, unit), effort=effort)


def solve(gas: Gas) -> tuple[Fraction, str] | None:
    """The exact value and its unit; None where nothing changes, or gas would have to come in."""
    n = gas.numbers
    if gas.kind == "mixed":
        pressures, volumes = n[::2], n[1::2]
        energy = sum(p * v for p, v in zip(pressures, volumes, strict=True))
        return (Fraction(energy, sum(volumes)), "kPa") if len(set(pressures)) > 1 else None
    if gas.kind in ("amount", "pressure"):
        a, b, t = n
        return (a * b / (_R * t), "mol") if gas.kind == "amount" else (a * _R * t / b, "kPa")
    if gas.kind in ("combined", "leak"):
        p1, v, t1, p2, t2 = n
        if gas.kind == "combined":
            return (Fraction(p1 * v * t2, t1 * p2), "L") if p1 * t2 != p2 * t1 else None
        escaped = v * (Fraction(p1, t1) - Fraction(p2, t2)) / _R
        return (escaped, "mol") if escaped > 0 else None
    a, b, c = n
    if gas.kind == "boyle":
        return (Fraction(a * b, c), "L") if a != c else None
    return (Fraction(a * c, b), "L" if gas.kind == "charles" else "kPa") if b != c else None


def _words(gas: Gas) -> str:
    n = gas.numbers
    if gas.kind == "boyle":
        return f"At {n[0]} kPa a gas fills {n[1]} L. What is its volume at {n[2]} kPa and the same temperature, in L?"
    if gas.kind == "charles":
        return f"At {n[1]} K a gas fills {n[0]} L. What is its volume at {n[2]} K and the same pressure, in L?"
    if gas.kind == "lussac":
        return f"A closed tank of gas has {n[0]} kPa at {n[1]} K. What is its pressure at {n[2]} K, in kPa?"
    if gas.kind == "combined":
        return f"A gas fills {n[1]} L at {n[0]} kPa and {n[2]} K. What is its volume at {n[3]} kPa and {n[4]} K, in L?"
    if gas.kind == "amount":
        return f"How many mol of gas are in {n[1]} L at {n[0]} kPa and {n[2]} K?{_GIVEN}"
    if gas.kind == "pressure":
        return f"What is the pressure, in kPa, of {n[0]} mol of gas in {n[1]} L at {n[2]} K?{_GIVEN}"
    if gas.kind == "leak":
        return (
            f"A tank of {n[1]} L holds gas at {n[0]} kPa and {n[2]} K. Some gas leaks out; then the tank has "
            f"{n[3]} kPa at {n[4]} K. How many mol have leaked out?{_GIVEN}"
        )
    vessels = ", ".join(f"{v} L at {p} kPa" for p, v in zip(n[::2], n[1::2], strict=True))
    return f"Vessels of gas at one temperature are connected: {vessels}. What is the final pressure, in kPa?"
