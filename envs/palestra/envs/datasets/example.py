"""A row that can be asked, and how rows become that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from palestra.envs.datasets.columns import BadRowError, Expression, NoColumnError, Row, read_filter, value_at
from palestra.envs.datasets.config import DatasetConfig
from palestra.envs.errors import ConfigError
from palestra.envs.task import Scalar
from palestra.verifiers import VERIFIERS, UnknownVerifierError, Verifier
from palestra.verifiers.audit.dataset import normalise_prompt
from palestra.verifiers.keyed_random import stable_hash

Prepare = Callable[[Row], Row]
"""Adds columns to a row, for data whose columns alone do not make a task; raises `BadRowError`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """A row as a task without its place in a stream."""

    prompt: str
    reference: str
    verifier: str
    answer: str | None
    """A response that is right; None where the data holds none."""
    question: int
    """Hash of the question without the template's wording: the same question has one split, whatever the wording."""
    digest: str
    """Of prompt, reference and verifier: what a task id remembers."""
    meta: dict[str, Scalar] = field(default_factory=dict)


@cache
def verifier_of(name: str) -> Verifier[Any]:
    """The verifier of a name, made once."""
    return VERIFIERS.make(name)


class ExampleReader:
    """Makes examples of rows, as a configuration says."""

    def __init__(self, config: DatasetConfig, prepare: Prepare | None) -> None:
        self._prepare = prepare
        self._is_strict = config.doubtful == "bad"
        self._fits = read_filter(config.where)
        self._prompt = Expression(config.prompt)
        self._reference = Expression(config.reference)
        self._verifier = Expression(config.verifier)
        self._answer = Expression(config.answer) if config.answer else None
        self._meta = [column.strip() for column in config.meta.split(",") if column.strip()]
        if not self._verifier.is_template and config.verifier not in VERIFIERS:
            VERIFIERS.make(config.verifier)  # raises, and names the nearest

    def read(self, row: Row) -> tuple[Example, str] | None:
        """The example of a row and the text of its question; None where the row is not asked for.

        Raises:
            BadRowError: The row makes no task.
            ConfigError: The row has not the columns.
        """
        try:
            row = row if self._prepare is None else self._prepare(row)
            if not self._fits(row):
                return None
            prompt, reference = self._prompt.render(row), self._reference.render(row).text
            name = self._verifier.render(row).text if self._verifier.is_template else self._verifier.source
            meta = {column: value for column in self._meta if isinstance(value := value_at(row, column), Scalar)}
        except NoColumnError as error:
            raise ConfigError(str(error)) from None
        _check_reference(name, reference)
        if self._is_strict and (doubts := verifier_of(name).lint_reference(reference)):
            raise BadRowError(f"verifier `{name}`: {'; '.join(doubts)}")
        digest = hashlib.blake2b(json.dumps([prompt.text, reference, name]).encode(), digest_size=8).hexdigest()
        example = Example(
            prompt=prompt.text,
            reference=reference,
            verifier=name,
            answer=self._right_answer(row, reference),
            question=stable_hash("question", normalise_prompt(prompt.own)),
            digest=digest,
            meta=meta,
        )
        return example, prompt.own

    def _right_answer(self, row: Row, reference: str) -> str | None:
        if self._answer is None:
            return None if _is_object(reference) else reference
        try:
            return self._answer.render(row).text
        except (BadRowError, NoColumnError):
            return None


def _is_object(reference: str) -> bool:
    """Whether a reference is a record for a verifier, and so no answer that anybody would write."""
    try:
        return reference.lstrip().startswith("{") and isinstance(json.loads(reference), dict)
    except (ValueError, RecursionError):
        return False


def _check_reference(verifier: str, reference: str) -> None:
    try:
        verifier_of(verifier).parse_reference(reference)
    except UnknownVerifierError as error:
        raise BadRowError(str(error).partition("\n")[0]) from None
    except ValueError as error:
        raise BadRowError(f"verifier `{verifier}`: {str(error).partition(chr(10))[0]}") from None
