"""The scripted customer: a machine of slots that knows its own wishes and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

from palestra.envs.stateful.goal import Fact, Goal
from palestra.envs.stateful.scenario import Sitting
from palestra.verifiers.keyed_random import KeyedRandom

_WORD = re.compile(r"[a-z]+")
_MAX_READ_CHARS = 4000
_GENERAL = frozenset(("clarify", "detail", "details", "information", "missing", "specify", "unclear"))
"""Words of those who ask for more without saying of what."""
_NOTHING_NEW = "I have said what I want; I cannot tell you more about that. Please go on."
_UNDERSTOOD = "Anything else is as I said."
_WHAT = "What exactly do you want to know?"
_ASK_ON = "Ask me if you need to know more."


def first_words(
    goals: tuple[Goal, ...], *, num_withheld: int, num_corrections: int, rng: KeyedRandom
) -> tuple[str, tuple[Fact, ...], tuple[Fact, ...]]:
    """What the customer says first, the facts that are kept back, and those that are said wrong."""
    facts = [fact for goal in goals for fact in goal.facts]
    can_withhold = [fact for fact in facts if fact.vague]
    withheld = rng.sample(can_withhold, min(num_withheld, len(can_withhold)))
    can_err = [fact for fact in facts if fact.mistake and fact not in withheld]
    wrong = rng.sample(can_err, min(num_corrections, len(can_err)))
    sentences = []
    for goal in goals:
        slots = {
            fact.name: fact.vague if fact in withheld else fact.mistake if fact in wrong else fact.value
            for fact in goal.facts
        }
        sentences.append(goal.request.format(**slots))
    return " ".join(sentences), tuple(withheld), tuple(wrong)


def answer(sitting: Sitting, text: str) -> tuple[Sitting, str]:
    """The customer's reply to a message.

    It corrects what it said wrong, then tells each fact that the message asks for; asked in general, it tells one.
    Nothing else in the message matters: it has no gold to give away and cannot be talked into anything.
    """
    scenario = sitting.scenario
    message = text[:_MAX_READ_CHARS].lower()
    missing = [fact for fact in scenario.withheld if fact.told not in sitting.told]
    asked = [fact for fact in scenario.withheld if fact.is_asked_in(message)]
    if not asked and not _GENERAL.isdisjoint(_WORD.findall(message)):
        asked = missing[:1]
    parts = []
    if scenario.corrections and not sitting.heard:
        parts = [f"Wait, I said something wrong. {fact.told}" for fact in scenario.corrections]
    parts += [fact.told for fact in asked]
    if any(fact not in asked for fact in missing):
        parts.append(_ASK_ON if parts else _WHAT)
    else:
        parts.append(_UNDERSTOOD if parts else _NOTHING_NEW)
    told = sitting.told.union(fact.told for fact in asked)
    return replace(sitting, heard=sitting.heard + 1, told=told), " ".join(parts)


def question(sitting: Sitting) -> str | None:
    """A message that makes the customer say all that is still open; None where nothing is."""
    scenario = sitting.scenario
    missing = [fact for fact in scenario.withheld if fact.told not in sitting.told]
    if missing:
        topics = dict.fromkeys(fact.words[0] for fact in missing)
        return f"Before I start, please tell me: {', '.join(topics)}."
    if scenario.corrections and not sitting.heard:
        return "Have I understood everything right?"
    return None
