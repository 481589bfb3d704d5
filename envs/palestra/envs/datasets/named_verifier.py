"""The verifier of data whose rows name theirs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar

from palestra.envs.datasets.example import verifier_of
from palestra.verifiers import Verdict, Verifier
from palestra.verifiers.reference import parse_object
from palestra.verifiers.traits import Traits


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedReference:
    """A verifier, and what it made of its reference."""

    verifier: Verifier[Any]
    reference: Any


class NamedVerifier(Verifier[NamedReference]):
    """Asks the verifier that the reference names: JSON `{"verifier": "math", "reference": "1/2"}`.

    >>> NamedVerifier().verify("It is 0.5.", named_reference("math", "1/2")).outcome
    <Outcome.PASS: 'PASS'>
    """

    name: ClassVar[str] = "named"
    traits: ClassVar[Traits] = Traits(can_abstain=True, is_graded=True, runs_code=True)

    def parse_reference(self, reference: str) -> NamedReference:
        """Read the name, and the reference by the verifier of that name."""
        row = parse_object(reference)
        name, inner = row.get("verifier"), row.get("reference")
        if not (isinstance(name, str) and isinstance(inner, str)):
            raise ValueError("a named reference needs the texts `verifier` and `reference`")
        verifier = verifier_of(name)
        return NamedReference(verifier=verifier, reference=verifier.parse_reference(inner))

    def judge(self, response: str, reference: NamedReference) -> Verdict:
        """Judge as the named verifier does."""
        return reference.verifier.judge(response, reference.reference)

    async def ajudge(self, response: str, reference: NamedReference) -> Verdict:
        """Judge as the named verifier does."""
        return await reference.verifier.ajudge(response, reference.reference)

    def lint_reference(self, reference: str) -> tuple[str, ...]:
        """What the named verifier doubts."""
        if problems := super().lint_reference(reference):
            return problems
        row = parse_object(reference)
        return verifier_of(str(row["verifier"])).lint_reference(str(row["reference"]))


def named_reference(verifier: str, reference: str) -> str:
    """The reference that names its verifier."""
    return json.dumps({"verifier": verifier, "reference": reference})
