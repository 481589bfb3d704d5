"""The contract of every verifier, and the one place where a broken grader becomes a value."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from palestra.verifiers.errors import NoAnswerError
from palestra.verifiers.verdict import Verdict

ReferenceT = TypeVar("ReferenceT")

MAX_RESPONSE_CHARS = 1 << 20
"""Longer responses are UNPARSED unread: no family needs more, and reading them would be the attack."""


class Verifier(ABC, Generic[ReferenceT]):
    """Judges a response against a reference: total on model text, deterministic, safe in threads.

    A subclass says how a reference is read (`parse_reference`) and how a response is judged (`judge`).
    Callers use `verify`, `averify` or `verify_many`.

    Covered: a response of any size, with control characters or lone surrogates, gives a verdict and
    never an exception. Not covered: isolation; model code runs in a `palestra.sandboxes` sandbox only.
    """

    name: ClassVar[str]
    """The key in the table of verifiers, e.g. `countdown`."""
    version: ClassVar[int] = 1
    """Raised with every change of behaviour."""

    @abstractmethod
    def parse_reference(self, reference: str) -> ReferenceT:
        """Read the reference text; each verifier documents its schema.

        Raises:
            ValueError: The text is no reference of this verifier.
        """

    @abstractmethod
    def judge(self, response: str, reference: ReferenceT) -> Verdict:
        """Judge a response of at most `MAX_RESPONSE_CHARS` characters.

        Raises:
            NoAnswerError: It holds no answer in the demanded form; `verify` makes that UNPARSED.
        """

    def verify(self, response: str, reference: str) -> Verdict:
        """Judge `response` against `reference`.

        Raises:
            ValueError: The reference (ours, not the model's) is malformed.
        """
        parsed = self.parse_reference(reference)
        if len(response) > MAX_RESPONSE_CHARS:
            return Verdict.unparsed(f"response of {len(response)} characters; the limit is {MAX_RESPONSE_CHARS}")
        try:
            return self.judge(response, parsed)
        except NoAnswerError as error:
            return Verdict.unparsed(str(error))
        except Exception as error:  # noqa: BLE001  the boundary: a bug of ours must not score as a wrong answer
            return Verdict.error(f"{type(error).__name__} in verifier `{self.name}`: {error}")

    async def averify(self, response: str, reference: str) -> Verdict:
        """`verify` for event loops; verifiers that wait for a sandbox or a judge override it."""
        return await asyncio.to_thread(self.verify, response, reference)

    def verify_many(self, pairs: Iterable[tuple[str, str]]) -> list[Verdict]:
        """Verdicts of (response, reference) pairs, in their order."""
        return [self.verify(response, reference) for response, reference in pairs]
