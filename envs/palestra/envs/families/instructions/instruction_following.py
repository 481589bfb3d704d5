"""Write about a topic and obey several verifiable instructions: all of them, or nothing is paid."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.instructions.composing import compose
from palestra.envs.families.instructions.constraints import Constraint, draw_constraints, keywords, least_words
from palestra.envs.families.instructions.followed import FollowedVerifier, InstructionSet
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_PROOF = FollowedVerifier()


@cache
def _topics() -> tuple[str, ...]:
    text = files("palestra.envs.families.instructions").joinpath("topics.json").read_text(encoding="ascii")
    return tuple(json.loads(text))


@dataclass(frozen=True, kw_only=True, slots=True)
class InstructionFollowingConfig(FamilyConfig):
    """What is demanded."""

    num_constraints: int = ramp(1, 6, low=1, high=9)
    """How many instructions there are besides two keywords and a least length, 1..9."""
    num_words: int = ramp(15, 100, low=10, high=120)
    """Least length in words, up to 20 more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InstructionKey:
    """A topic and the constraints: keywords and length first."""

    topic: int
    constraints: tuple[Constraint, ...]


class InstructionFollowing(Question[InstructionFollowingConfig, InstructionKey]):
    """Constraints of IFEval's kinds that a constructed text is proven to satisfy together."""

    id: ClassVar[str] = "palestra/InstructionFollowing-v1"
    Config: ClassVar[type[InstructionFollowingConfig]] = InstructionFollowingConfig
    puzzles: ClassVar[str] = "palestra/InstructionFollowing"
    templates = (
        "Write a text about {topic}.\n{rules}",
        "Your topic: {topic}. Follow each of these rules.\n{rules}",
        "{rules}\nWith these rules, write something about {topic}.",
        "Please write a few lines about {topic}. What your text has to respect:\n{rules}",
    )
    answer_format = "Your whole reply is checked; do not repeat these rules in it."
    is_free_text = True
    verifier = FollowedVerifier()

    def draw(self, rng: KeyedRandom) -> InstructionKey:
        """Draw a topic and constraints."""
        config = self.config
        gate = (keywords(rng), least_words(config.num_words + rng.below(21)))
        others = draw_constraints(config.num_constraints, rng)
        return InstructionKey(topic=rng.below(len(_topics())), constraints=(*gate, *others))

    def canonical(self, key: InstructionKey) -> str:
        """The constraints in any order."""
        return " ".join(sorted(constraint.text for constraint in key.constraints))

    def composition(self, key: InstructionKey) -> str:
        """The ids of the constraints, where there are several besides the gate."""
        ids = sorted(constraint.id for constraint in key.constraints[2:])
        return " ".join(ids) if len(ids) > 1 else ""

    def build(self, key: InstructionKey, rng: KeyedRandom) -> Content | None:
        """Say the rules, if there is a text that follows them."""
        given = InstructionSet(
            ids=tuple(constraint.id for constraint in key.constraints),
            arguments=tuple(json.dumps(dict(constraint.arguments)) for constraint in key.constraints),
            sentences=tuple(constraint.text for constraint in key.constraints if len(constraint.text) > 12),
        )
        reference = encode(given)
        if _PROOF.verify(_response(given), reference).score < 1.0:
            return None
        rules = [f"- {constraint.text}" for constraint in key.constraints]
        rng.shuffle(rules)
        return Content(
            slots={"topic": _topics()[key.topic], "rules": "\n".join(rules)},
            reference=reference,
            effort=len(rules),
            meta={"num_constraints": len(rules)},
        )

    def oracle(self, task: Task) -> str:
        """A text that follows all rules."""
        return _response(decode(InstructionSet, task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A text of some topics that knows of no rules."""
        return ". ".join(f"I think of {rng.choice(_topics())}" for _ in range(rng.between(3, 12)))


def _response(given: InstructionSet) -> str:
    return compose(given.ids, [json.loads(text) for text in given.arguments])
