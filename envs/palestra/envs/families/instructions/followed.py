"""Verdicts on responses to prompts with verifiable instructions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.record import decode
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.instructions import Demand, IfevalFractionVerifier, IfevalVerifier, read_demands

_GATE = 2  # of the instructions, the first ones: the keywords, and the length


@dataclass(frozen=True, kw_only=True, slots=True)
class InstructionSet:
    """Instructions as public data has them, and the sentences of the prompt that a response must not repeat."""

    ids: tuple[str, ...]
    arguments: tuple[str, ...]
    """The parameters of each instruction, as a JSON object. The first two are the gate: keywords and length."""
    sentences: tuple[str, ...]

    def row(self) -> str:
        """As `read_demands` reads it."""
        return json.dumps({"instruction_id_list": self.ids, "kwargs": [json.loads(text) for text in self.arguments]})


@dataclass(frozen=True, kw_only=True, slots=True)
class Demands:
    """A reference that was read."""

    demands: tuple[Demand, ...]
    sentences: tuple[str, ...]


class FollowedVerifier(Verifier[Demands]):
    """PASS when the response follows every instruction and repeats none. Reference: an `InstructionSet` as JSON."""

    name: ClassVar[str] = "followed"
    inner: ClassVar[IfevalVerifier | IfevalFractionVerifier] = IfevalVerifier()

    def parse_reference(self, reference: str) -> Demands:
        """Read the instructions."""
        given = decode(InstructionSet, reference)
        return Demands(demands=read_demands(given.row()), sentences=given.sentences)

    def judge(self, response: str, reference: Demands) -> Verdict:
        """Look for repeated instructions, then check each; nothing is paid where the gate does not hold."""
        folded = response.casefold()
        if any(sentence.casefold() in folded for sentence in reference.sentences):
            return Verdict.failed("the response repeats its instructions")
        verdict = self.inner.judge(response, reference.demands)
        if all(verdict.parts[demand.name] for demand in reference.demands[:_GATE]):
            return verdict
        return Verdict.failed(verdict.detail, verdict.parts)


class FollowedShareVerifier(FollowedVerifier):
    """The share of instructions that the response follows, if it has the keywords and the length; else 0."""

    name: ClassVar[str] = "followed-share"
    inner: ClassVar[IfevalVerifier | IfevalFractionVerifier] = IfevalFractionVerifier()
