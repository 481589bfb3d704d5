"""`VERIFIERS`: the one table of verifiers, ours and those of installed packages."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from palestra.verifiers.errors import DuplicateVerifierError, UnknownVerifierError
from palestra.verifiers.nearest import did_you_mean
from palestra.verifiers.row import Row
from palestra.verifiers.suite import ROWS
from palestra.verifiers.verifier import Verifier

if TYPE_CHECKING:
    from palestra.verifiers.card import Card
    from palestra.verifiers.corpus import Corpus

GROUP = "palestra.verifiers"
"""Entry-point group: each entry point names an iterable of `Row`."""


class VerifierTable(Mapping[str, Row]):
    """Rows by name; with `group`, also those of installed packages under that group of entry points.

    Packages are asked when the table is first used: that takes longer than to import all that a verdict needs.

    Raises:
        DuplicateVerifierError: Two rows have one name; for rows of other packages when the table is first used.
    """

    def __init__(self, rows: Iterable[Row], *, group: str | None = None) -> None:
        self._given = _by_name(rows)
        self._group = group

    @cached_property
    def _rows(self) -> dict[str, Row]:
        return self._given if self._group is None else _by_name([*self._given.values(), *_installed(self._group)])

    def __getitem__(self, name: str) -> Row:
        """The row of a name.

        Raises:
            UnknownVerifierError: There is none; the message names the nearest.
        """
        try:
            return self._rows[name]
        except KeyError:
            guess = did_you_mean(name, self._rows)
            names = ", ".join(self._rows)
            raise UnknownVerifierError(f"no verifier `{name}`{guess}\n\nhint: there are {names}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._rows))

    def __len__(self) -> int:
        return len(self._rows)

    def make(self, name: str) -> Verifier[Any]:
        """Build a verifier.

        Raises:
            UnknownVerifierError: There is no such name.
        """
        module, _, attribute = self[name].verifier.partition(":")
        verifier: Verifier[Any] = getattr(importlib.import_module(module), attribute)()
        return verifier

    def corpus(self, name: str) -> Corpus:
        """The labelled cases that come with a verifier.

        Raises:
            UnknownVerifierError: There is no such name.
            CorpusError: Its package comes without the file.
        """
        from palestra.verifiers.corpus import read_corpus  # here, since a verifier is used without it

        return read_corpus(self[name].corpus)

    def card(self, name: str) -> Card:
        """The error rates of a verifier on its own corpus: a stress test, not the error rates of a policy.

        Raises:
            UnknownVerifierError: There is no such name.
            CorpusError: Its package comes without the file.
        """
        from palestra.verifiers.card import read_card  # here, since a verifier is used without it

        return read_card(self[name].card)


def _by_name(rows: Iterable[Row]) -> dict[str, Row]:
    named: dict[str, Row] = {}
    for row in rows:
        if row.name in named:
            raise DuplicateVerifierError(f"two verifiers claim the name `{row.name}`")
        named[row.name] = row
    return named


def _installed(group: str) -> Iterator[Row]:
    from importlib.metadata import entry_points  # here, since it takes longer to load than this folder

    for entry_point in sorted(entry_points(group=group), key=lambda entry_point: entry_point.name):
        yield from entry_point.load()


VERIFIERS = VerifierTable(ROWS, group=GROUP)
"""Every verifier that is installed."""
