"""Verifiers whose references are records."""

from __future__ import annotations

from typing import Any, ClassVar, Generic, TypeVar

from palestra.envs.record import decode
from palestra.verifiers.verifier import Verifier

RecordT = TypeVar("RecordT")


class RecordVerifier(Verifier[RecordT], Generic[RecordT]):
    """A verifier whose reference is a record, as `palestra.envs.record.encode` writes it; a subclass judges."""

    record_type: ClassVar[type[Any]]
    """The dataclass of the record: the same that `judge` takes."""

    def parse_reference(self, reference: str) -> RecordT:
        """Read the record."""
        record: RecordT = decode(self.record_type, reference)
        return record
