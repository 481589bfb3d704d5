"""Rules that build on each other: what can be concluded about whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.config import FamilyConfig, ramp
from palestra.envs.families.logic.selection import SelectionQuestion, mixed, numbered
from palestra.envs.families.logic.shapes import canonical_text
from palestra.envs.families.logic.words import words
from palestra.envs.family import Content
from palestra.verifiers.keyed_random import KeyedRandom


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleChainingConfig(FamilyConfig):
    """How much is told and asked."""

    people: int = ramp(2, 4, low=1, high=8)
    """People."""
    traits: int = ramp(5, 14, low=4, high=16)
    """Traits that the rules are about."""
    rules: int = ramp(3, 18, low=1, high=40)
    """Rules."""
    conditions: int = ramp(1, 3, low=1, high=3)
    """Conditions of a rule, at most."""
    options: int = ramp(5, 9, low=3, high=12)
    """Sentences that are asked about."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Who has all of the traits in `needs` has `gives`."""

    needs: tuple[int, ...]
    gives: int

    def text(self, traits: Sequence[str]) -> str:
        """The rule in words."""
        needs = [traits[trait] for trait in self.needs]
        listed = needs[0] if len(needs) == 1 else f"{', '.join(needs[:-1])} and {needs[-1]}"
        return f"If someone is {listed}, then they are {traits[self.gives]}."


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleChainingKey:
    """For each person the traits that are told, and rules."""

    facts: tuple[tuple[int, ...], ...]
    rules: tuple[Rule, ...]


class RuleChaining(SelectionQuestion[RuleChainingConfig, RuleChainingKey]):
    """The key has numbered people and traits."""

    id: ClassVar[str] = "palestra/RuleChaining-v1"
    Config: ClassVar[type[RuleChainingConfig]] = RuleChainingConfig
    templates = (
        "{facts}\n{rules}\nWhich of these can be concluded?\n{options}",
        "Facts:\n{facts}\nRules:\n{rules}\nWhich of these sentences follow from the facts by the rules?\n{options}",
        "This is known:\n{facts}\nThese rules hold for everybody:\n{rules}\nFind the sentences that can be proven from "
        "that.\n{options}",
    )
    answer_format = (
        "What cannot be proven does not count. End your reply with a line that has only the numbers of the sentences "
        "that can be proven, such as `1, 4`."
    )

    def draw(self, rng: KeyedRandom) -> RuleChainingKey:
        """Facts about each person, and rules that lead from smaller traits to larger ones, so that chains are long."""
        config = self.config
        num_told = max(2, config.traits // 4)
        facts = tuple(tuple(sorted(rng.sample(range(num_told + 1), num_told))) for _ in range(config.people))
        rules: dict[Rule, None] = {}
        for _ in range(4 * config.rules):
            if len(rules) < config.rules:
                gives = rng.between(2, config.traits - 1)
                low = max(0, gives - 4)
                needs = rng.sample(range(low, gives), min(rng.between(1, config.conditions), gives - low))
                rules[Rule(needs=tuple(sorted(needs)), gives=gives)] = None
        return RuleChainingKey(facts=facts, rules=tuple(rules))

    def canonical(self, key: RuleChainingKey) -> str:
        """Facts and rules without the names of people and traits."""
        lines = [("", (told,)) for told in key.facts] + [(">", (rule.needs, (rule.gives,))) for rule in key.rules]
        return canonical_text(lines, self.config.traits)

    def build(self, key: RuleChainingKey, rng: KeyedRandom) -> Content | None:
        """Ask about conclusions and other traits, none of which is told."""
        config = self.config
        people, traits = rng.sample(words("name"), config.people), rng.sample(words("trait"), config.traits)
        true: list[str] = []
        false: list[str] = []
        for person, told in zip(people, key.facts, strict=True):
            known = concluded(told, key.rules)
            for trait in range(config.traits):
                if trait not in told:
                    (true if trait in known else false).append(f"{person} is {traits[trait]}.")
        chosen = mixed(true, false, config.options, rng)
        if chosen is None:
            return None
        options, right = chosen
        facts = [
            f"{person} is {traits[trait]}." for person, told in zip(people, key.facts, strict=True) for trait in told
        ]
        rules = [rule.text(traits) for rule in key.rules]
        return Content(
            slots={
                "facts": " ".join(rng.sample(facts, len(facts))),
                "rules": "\n".join(rng.sample(rules, len(rules))),
                "options": numbered(options),
            },
            reference=json.dumps(right),
            effort=len(rules) * len(people),
            meta={"options": len(options), "rules": len(rules)},
            symbols=tuple(people),
        )


def concluded(told: Sequence[int], rules: Sequence[Rule]) -> set[int]:
    """All traits of somebody of whom some are told."""
    known = set(told)
    is_news = True
    while is_news:
        new = {rule.gives for rule in rules if known.issuperset(rule.needs)} - known
        known |= new
        is_news = bool(new)
    return known
