"""Games of given numbers that are to be joined to an expression of a target's value."""

from __future__ import annotations

import json

from palestra.envs.family import ConfigT, KeyT
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers import CountdownVerifier
from palestra.verifiers.keyed_random import KeyedRandom


class NumberGame(Question[ConfigT, KeyT]):
    """A question whose reference is that of `CountdownVerifier`, with a solution."""

    verifier = CountdownVerifier()

    def oracle(self, task: Task) -> str:
        """The expression that the task was made from."""
        return str(json.loads(task.reference)["solution"])

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The numbers in random order, joined by random operators in a random tree."""
        parts = [str(number) for number in json.loads(task.reference)["numbers"]]
        rng.shuffle(parts)
        while len(parts) > 1:
            i = rng.below(len(parts) - 1)
            parts[i : i + 2] = [f"({parts[i]} {rng.choice('+-*/')} {parts[i + 1]})"]
        return parts[0]


def number_game_reference(numbers: tuple[int, ...], target: int, solution: str) -> str:
    """The reference of a game."""
    return json.dumps({"numbers": list(numbers), "target": target, "solution": solution})
