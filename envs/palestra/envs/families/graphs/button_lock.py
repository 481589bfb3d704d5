"""A lock whose buttons change a number and a lamp: the fewest presses to a target; any such sequence is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.graphs.drawing import NAMES
from palestra.envs.families.graphs.reading import final_nodes
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers import Verdict
from palestra.verifiers.keyed_random import KeyedRandom

Button = tuple[str, int, str]
"""What is done (`+`, `-` or `*`) with which number, and when it works: `red`, `green` or `any`."""
State = tuple[int, int]
"""The number, and the lamp: 0 is red."""

_LAMPS = ("red", "green")
_HIGHEST = 9999
_LARGEST = {"+": 9, "-": 9, "*": 3}
_MAX_PRESSES = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonLockConfig(FamilyConfig):
    """Which locks are opened."""

    num_buttons: int = ramp(3, 5, low=2, high=8)
    """How many buttons there are."""
    num_presses: int = ramp(2, 8, low=1, high=12)
    """How many presses are needed."""
    operators: str = stages("+", "+-", "+-*", choices=("+", "+-", "+-*"))
    """What buttons do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonLockKey:
    """A lock; the lamp is red at the start."""

    start: int
    buttons: tuple[Button, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonLockPuzzle:
    """What an answer is checked against."""

    names: tuple[str, ...]
    operators: tuple[str, ...]
    numbers: tuple[int, ...]
    lamps: tuple[str, ...]
    start: int
    target: int
    presses: tuple[int, ...]
    """A shortest way."""


class ButtonLockVerifier(RecordVerifier[ButtonLockPuzzle]):
    """PASS when the presses work, lead to the target, and are as few as can be."""

    name: ClassVar[str] = "button-lock"
    record_type = ButtonLockPuzzle

    def judge(self, response: str, reference: ButtonLockPuzzle) -> Verdict:
        """Press the buttons."""
        presses, least = final_nodes(response, reference.names), len(reference.presses)
        if len(presses) > _MAX_PRESSES:
            return Verdict.failed(f"{len(presses)} presses, {least} are enough")
        buttons = tuple(zip(reference.operators, reference.numbers, reference.lamps, strict=True))
        state: State | None = (reference.start, 0)
        for count, button in enumerate(presses):
            if state is not None and (state := press(state, buttons[button])) is None:
                return Verdict.failed(f"press {count + 1}, {reference.names[button]}, does not work")
        if state is None or state[0] != reference.target:
            return Verdict.failed(f"the presses end at {state and state[0]}, not at {reference.target}")
        detail = f"{len(presses)} presses, {least} are enough"
        return Verdict.passed(detail) if len(presses) == least else Verdict.failed(detail)


class ButtonLock(Question[ButtonLockConfig, ButtonLockKey]):
    """Locks whose lamp changes with every press."""

    id: ClassVar[str] = "palestra/ButtonLock-v1"
    Config: ClassVar[type[ButtonLockConfig]] = ButtonLockConfig
    templates = (
        "A lock shows {start}, and its lamp is red. Each press of a button changes the number, and the lamp "
        "between red and green.\n{buttons}\nReach {target} with as few presses as possible.",
        "Number: {start}. Lamp: red; it switches between red and green with every press.\nButtons:\n{buttons}\n"
        "What is a shortest sequence of presses that makes the number {target}?",
        "Turn {start} into {target} with the fewest presses.\n{buttons}\n"
        "The lamp is red now, and every press turns it from red to green or from green to red.",
    )
    answer_format = (
        f"Press a button only while it works; the number must stay within 0 to {_HIGHEST}. "
        "The last line of your reply must be the names of the pressed buttons alone, in order, separated by commas."
    )
    verifier = ButtonLockVerifier()

    def draw(self, rng: KeyedRandom) -> ButtonLockKey:
        """Different buttons."""
        buttons: dict[Button, None] = {}
        while len(buttons) < self.config.num_buttons:
            operator = rng.choice(self.config.operators)
            number = rng.between(2, _LARGEST[operator])
            buttons[operator, number, rng.choice(("any", *_LAMPS))] = None
        return ButtonLockKey(start=rng.between(0, 20), buttons=tuple(buttons))

    def canonical(self, key: ButtonLockKey) -> str:
        """The start, and the buttons in order of what they do: one lock has all its targets in one split."""
        return f"{key.start} {sorted(key.buttons)}"

    def build(self, key: ButtonLockKey, rng: KeyedRandom) -> Content | None:
        """Choose a target that needs exactly so many presses; None where there is none."""
        ways = farthest_ways(key.start, key.buttons, self.config.num_presses)
        if not ways:
            return None
        target, presses = rng.choice(ways)
        names = tuple(rng.sample(NAMES, len(key.buttons)))
        operators, numbers, lamps = zip(*key.buttons, strict=True)
        puzzle = ButtonLockPuzzle(
            names=names,
            operators=operators,
            numbers=numbers,
            lamps=lamps,
            start=key.start,
            target=target,
            presses=presses,
        )
        lines = [_told(name, button) for name, button in zip(names, key.buttons, strict=True)]
        return Content(
            slots={"start": str(key.start), "target": str(target), "buttons": "\n".join(lines)},
            reference=encode(puzzle),
            effort=len(key.buttons) * len(presses),
            meta={"num_buttons": len(key.buttons), "num_presses": len(presses)},
            symbols=names,
        )

    def oracle(self, task: Task) -> str:
        """A shortest way."""
        puzzle = decode(ButtonLockPuzzle, task.reference)
        return ", ".join(puzzle.names[button] for button in puzzle.presses)

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """As many random presses as are needed."""
        puzzle = decode(ButtonLockPuzzle, task.reference)
        return ", ".join(rng.choice(puzzle.names) for _ in puzzle.presses)


def press(state: State, button: Button) -> State | None:
    """The state after a press; None where the button does not work."""
    number, lamp = state
    operator, operand, works = button
    if works not in ("any", _LAMPS[lamp]):
        return None
    number = number + operand if operator == "+" else number - operand if operator == "-" else number * operand
    return (number, 1 - lamp) if 0 <= number <= _HIGHEST else None


def farthest_ways(start: int, buttons: Sequence[Button], num_presses: int) -> list[tuple[int, tuple[int, ...]]]:
    """The numbers that need exactly `num_presses`, each with a shortest way."""
    before: dict[State, tuple[State, int]] = {(start, 0): ((start, 0), -1)}
    layer, numbers = [(start, 0)], {start}
    fresh: dict[int, State] = {}
    for _ in range(num_presses):
        wider: list[State] = []
        for state in layer:
            for i, button in enumerate(buttons):
                after = press(state, button)
                if after is not None and after not in before:
                    before[after] = (state, i)
                    wider.append(after)
        fresh = {state[0]: state for state in reversed(wider) if state[0] not in numbers}
        numbers |= fresh.keys()
        layer = wider
    return [(number, _way(state, before)) for number, state in fresh.items()]


def _way(state: State, before: dict[State, tuple[State, int]]) -> tuple[int, ...]:
    """The buttons that lead to a state."""
    way: list[int] = []
    while before[state][1] >= 0:
        state, button = before[state]
        way.append(button)
    return tuple(reversed(way))


def _told(name: str, button: Button) -> str:
    operator, number, works = button
    what = {"+": f"adds {number}", "-": f"subtracts {number}", "*": f"multiplies by {number}"}[operator]
    return f"{name} {what}{'' if works == 'any' else f', works only while the lamp is {works}'}."
