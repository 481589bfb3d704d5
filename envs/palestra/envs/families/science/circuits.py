"""Circuits: networks of resistors in series and in parallel, with currents, voltages and power."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.kinds import kinds
from palestra.envs.families.science.measures import measure
from palestra.envs.families.science.quantities import QuantityQuestion
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom

_ASKED = {
    "resistance": ("What is the total resistance between the ends, in ohm?", "ohm"),
    "current": ("A battery of {volts} V is connected to the ends. How large is the total current, in A?", "A"),
    "power": ("A battery of {volts} V is connected to the ends. What is the total power, in W?", "W"),
    "through": ("A battery of {volts} V is connected to the ends. How large is the current through {name}, in A?", "A"),
    "across": ("A battery of {volts} V is connected to the ends. How large is the voltage across {name}, in V?", "V"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CircuitsConfig(FamilyConfig):
    """Which networks are asked."""

    num_resistors: int = ramp(1, 9, low=1, high=20)
    """How many resistors, 1..20; a single one has no other question than for its current or power."""
    high: int = ramp(30, 99, low=5, high=999)
    """Largest resistance in ohm."""
    asks: str = kinds("current power", "resistance current", "resistance current power", "through across power")
    """What is asked: resistance current power through across."""


@dataclass(frozen=True, slots=True)
class Resistor:
    """One resistor, in ohm."""

    ohm: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Two parts in series, or in parallel."""

    left: Network
    right: Network
    is_series: bool


Network = Resistor | Joined


@dataclass(frozen=True, kw_only=True, slots=True)
class Circuit:
    """A network, the battery, what is asked, and of which resistor."""

    network: Network
    volts: int
    asks: str
    place: int


class Circuits(QuantityQuestion[CircuitsConfig, Circuit]):
    """Series-parallel networks, solved exactly."""

    id: ClassVar[str] = "palestra/Circuits-v1"
    Config: ClassVar[type[CircuitsConfig]] = CircuitsConfig
    templates = (
        "{network} {asked}",
        "Electric circuit: {network} {asked}",
        "{network} Wires have no resistance. {asked}",
        "Take this circuit. {network} {asked}",
    )

    def draw(self, rng: KeyedRandom) -> Circuit:
        """Draw resistors and join neighbors until one network is left."""
        config = self.config
        parts: list[Network] = [Resistor(rng.between(1, config.high)) for _ in range(config.num_resistors)]
        while len(parts) > 1:
            i = rng.below(len(parts) - 1)
            parts[i : i + 2] = [Joined(parts[i], parts[i + 1], bool(rng.below(2)))]
        asks = rng.choice(config.asks.split())
        if config.num_resistors == 1 and asks not in ("current", "power"):
            asks = "current"
        place = rng.below(config.num_resistors) if asks in ("through", "across") else 0
        volts = rng.between(1, 60) if asks != "resistance" else 0
        return Circuit(network=parts[0], volts=volts, asks=asks, place=place)

    def canonical(self, key: Circuit) -> str:
        """The network with its parts in order, the resistor that is asked for marked."""
        marks = iter(range(len(list(_resistors(key.network)))))
        place = key.place if key.asks in ("through", "across") else -1
        return f"{_canonical(key.network, marks, place)} {key.volts} {key.asks}"

    def build(self, key: Circuit, rng: KeyedRandom) -> Content:
        """Describe the network and ask for a quantity."""
        resistors = list(_resistors(key.network))
        names = [f"R{i + 1}" for i in range(len(resistors))]
        values = ", ".join(f"{name} = {resistor.ohm} ohm" for name, resistor in zip(names, resistors, strict=True))
        if len(names) == 1:
            network = f"A single resistor has {resistors[0].ohm} ohm."
        else:
            shown = _shown(key.network, iter(names))
            shown = shown[1:-1] if shown.startswith("(") else shown
            network = f"Resistors: {values}. Network: {shown}, where + means in series and || in parallel."
        asked, unit = _ASKED[key.asks]
        return Content(
            slots={"network": network, "asked": asked.format(volts=key.volts, name=names[key.place])},
            reference=measure(solve(key), unit),
            effort=len(resistors) * (2 if key.asks in ("through", "across") else 1),
        )


def resistance(network: Network) -> Fraction:
    """The exact total resistance in ohm."""
    if isinstance(network, Resistor):
        return Fraction(network.ohm)
    left, right = resistance(network.left), resistance(network.right)
    return left + right if network.is_series else left * right / (left + right)


def voltages(network: Network, volts: Fraction) -> Iterator[Fraction]:
    """The voltage across each resistor, in their order."""
    if isinstance(network, Resistor):
        yield volts
        return
    left, right = resistance(network.left), resistance(network.right)
    share = left / (left + right)
    yield from voltages(network.left, volts * share if network.is_series else volts)
    yield from voltages(network.right, volts * (1 - share) if network.is_series else volts)


def solve(circuit: Circuit) -> Fraction:
    """The exact number that is asked."""
    total = resistance(circuit.network)
    if circuit.asks == "resistance":
        return total
    if circuit.asks in ("current", "power"):
        current = circuit.volts / total
        return current if circuit.asks == "current" else current * circuit.volts
    across = list(voltages(circuit.network, Fraction(circuit.volts)))[circuit.place]
    return across if circuit.asks == "across" else across / list(_resistors(circuit.network))[circuit.place].ohm


def _resistors(network: Network) -> Iterator[Resistor]:
    if isinstance(network, Resistor):
        yield network
        return
    yield from _resistors(network.left)
    yield from _resistors(network.right)


def _shown(network: Network, names: Iterator[str]) -> str:
    if isinstance(network, Resistor):
        return next(names)
    left = _shown(network.left, names)
    return f"({left} {'+' if network.is_series else '||'} {_shown(network.right, names)})"


def _canonical(network: Network, marks: Iterator[int], place: int) -> str:
    if isinstance(network, Resistor):
        return f"{network.ohm}{'*' if next(marks) == place else ''}"
    left, right = _canonical(network.left, marks, place), _canonical(network.right, marks, place)
    first, second = sorted((left, right))
    return f"({first}{'+' if network.is_series else '|'}{second})"
