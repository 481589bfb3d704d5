"""Questions about the one number that some given numbers have in common."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from palestra.envs.answers import NumberAnswer
from palestra.envs.families.phrasing import listed
from palestra.envs.family import ConfigT, Content
from palestra.envs.question import Question
from palestra.verifiers.keyed_random import KeyedRandom


class CommonNumberQuestion(Question[ConfigT, tuple[int, ...]]):
    """A subclass draws the numbers, which are the key, and says what they have in common."""

    answer_format = "End your reply with the number alone on the last line."
    verifier = NumberAnswer()

    @abstractmethod
    def common(self, numbers: Sequence[int]) -> int:
        """What is asked for."""

    def canonical(self, key: tuple[int, ...]) -> str:
        """The numbers in order of size."""
        return " ".join(map(str, sorted(key)))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content | None:
        """Ask for it; where it is one of the numbers there is too little to find."""
        common = self.common(key)
        if common in key:
            return None
        return Content(
            slots={"numbers": listed([*map(str, key)])},
            reference=str(common),
            effort=sum(number.bit_length() for number in key),
            meta={"num_numbers": len(key)},
        )
