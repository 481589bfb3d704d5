"""Circuits: the outputs of named gates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.errors import ConfigError
from palestra.envs.families.kinds import check_kinds
from palestra.envs.families.logic.bits_answer import BitsAnswer
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_INPUTS = "abcdefgh"
_GATES = ("AND", "OR", "XOR", "NAND", "NOR", "XNOR")


@dataclass(frozen=True, kw_only=True, slots=True)
class CircuitLogicConfig(FamilyConfig):
    """How large the circuits are."""

    inputs: int = ramp(3, 8, low=2, high=8)
    """Inputs."""
    gates: int = ramp(6, 30, low=2, high=80)
    """Gates."""
    outputs: int = ramp(5, 10, low=1, high=20)
    """Gates, from the last one back, whose values are asked for."""
    kinds: str = stages("AND OR XOR", "AND OR XOR NAND", "AND OR XOR NAND NOR XNOR", choices=())
    """Kinds of gates, separated by blanks."""

    def check(self) -> None:
        """Outputs are gates."""
        if self.outputs > self.gates:
            raise ConfigError(f"`outputs` must be at most `gates`, got {self.outputs}\n\nhint: raise `gates`")
        check_kinds("kinds", self.kinds, _GATES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Circuit:
    """Values of the inputs, and gates with two earlier wires each; wires are numbered inputs first."""

    inputs: tuple[int, ...]
    gates: tuple[tuple[str, int, int], ...]

    def values(self) -> list[int]:
        """The values of all wires."""
        values = list(self.inputs)
        for kind, a, b in self.gates:
            values.append(gate_value(kind, values[a], values[b]))
        return values


class CircuitLogic(Question[CircuitLogicConfig, Circuit]):
    """The key is the circuit with its inputs."""

    id: ClassVar[str] = "palestra/CircuitLogic-v1"
    Config: ClassVar[type[CircuitLogicConfig]] = CircuitLogicConfig
    templates = (
        "A circuit has the inputs {inputs} and these gates:\n{gates}\nWhat are the values of {outputs}, in this order?",
        "Inputs: {inputs}.\n{gates}\nEvaluate the circuit and give {outputs}, in this order.",
        "With {inputs}, what do the wires {outputs} carry, in this order?\n{gates}",
    )
    answer_format = "End your reply with a line that has only the digits 0 and 1 of these wires, such as `0110`."
    verifier = BitsAnswer()
    floor = 0.05

    def draw(self, rng: KeyedRandom) -> Circuit:
        """Gates that read inputs and earlier gates, the newer the more often."""
        config = self.config
        kinds = config.kinds.split()
        gates = []
        for wire in range(config.inputs, config.inputs + config.gates):
            a = max(rng.below(wire), rng.below(wire))
            b = rng.below(wire - 1)
            gates.append((rng.choice(kinds), a, b + (b >= a)))
        return Circuit(inputs=tuple(rng.below(2) for _ in range(config.inputs)), gates=tuple(gates))

    def build(self, key: Circuit, rng: KeyedRandom) -> Content | None:
        """Name the wires; None where all outputs are alike, which they are too often."""
        n = len(key.inputs)
        names = [*_INPUTS[:n], *(f"g{i + 1}" for i in range(len(key.gates)))]
        lines = [f"{names[n + i]} = {kind}({names[a]}, {names[b]})" for i, (kind, a, b) in enumerate(key.gates)]
        outputs = names[-self.config.outputs :]
        bits = "".join(map(str, key.values()[-len(outputs) :]))
        if len(outputs) > 1 and len(set(bits)) == 1:
            return None
        return Content(
            slots={
                "inputs": ", ".join(f"{name} = {value}" for name, value in zip(names, key.inputs, strict=False)),
                "gates": "\n".join(lines),
                "outputs": ", ".join(outputs),
            },
            reference=bits,
            effort=len(key.gates),
            meta={"gates": len(key.gates), "outputs": len(outputs)},
            symbols=tuple(names),
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Digits by the toss of a coin."""
        return "".join(str(rng.below(2)) for _ in task.reference)


def gate_value(kind: str, a: int, b: int) -> int:
    """What a gate gives for two bits."""
    match kind:
        case "AND":
            return a & b
        case "OR":
            return a | b
        case "XOR":
            return a ^ b
        case "NAND":
            return 1 - (a & b)
        case "NOR":
            return 1 - (a | b)
    return 1 - (a ^ b)
