"""`palestra verifiers list`, `show`, `measure` and `compare`."""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import write, write_columns, write_json

if TYPE_CHECKING:
    from palestra.verifiers.card import Card, Tally
    from palestra.verifiers.statistics import Estimate

_WHAT_A_CARD_IS = (
    "Error rates on the verifier's own corpus, with Wilson's 95% intervals: a stress test, not the rates of a policy.\n"
    "fpr: share of wrong cases, hacks and bombs that is accepted; fnr: share of honest cases that is not, undecided\n"
    "ones among them."
)


@dataclass(frozen=True, kw_only=True)
class VerifiersList:
    """List the verifiers that are installed, with 95% bounds of their error rates on their own corpora.

    FPR is the share of wrong answers that is accepted, FNR that of right answers that is not.
    """

    json: bool = False
    """Print one JSON object per verifier."""

    def run(self) -> int:
        """Print the table."""
        from palestra.verifiers import VERIFIERS

        cards = {name: _card(name) for name in VERIFIERS}
        if self.json:
            for row in VERIFIERS.values():
                card = cards[row.name]
                rates = card.total.to_json() if card else {}
                write_json({**dataclasses.asdict(row), "fpr": rates.get("fpr"), "fnr": rates.get("fnr")})
            return EXIT_OK
        table = [("NAME", "FPR", "FNR", "CHECKS")]
        for row in VERIFIERS.values():
            card = cards[row.name]
            rates_shown = (_bounds(card.total.fpr), _bounds(card.total.fnr)) if card else ("-", "-")
            table.append((row.name, *rates_shown, row.summary))
        write_columns(table)
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class VerifiersShow:
    """Show one verifier: what it checks, how its references read, and its card of error rates."""

    name: Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]
    """Name of the verifier, e.g. countdown."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Print the facts, the description and the card."""
        from palestra.verifiers import VERIFIERS

        row = VERIFIERS[self.name]
        verifier = VERIFIERS.make(self.name)
        card = _card(self.name)
        description = inspect.getdoc(type(verifier)) or ""
        facts = {**dataclasses.asdict(row), "version": verifier.version, **dataclasses.asdict(verifier.traits)}
        if self.json:
            write_json({**facts, "card": card.to_json() if card else None, "description": description})
            return EXIT_OK
        write(f"{row.name}\n{row.summary}\n")
        write_columns((name, str(value)) for name, value in facts.items() if name not in ("name", "summary"))
        write(f"\n{description}\n")
        if card is not None:
            _write_card(card)
        return EXIT_OK


@dataclass(frozen=True, kw_only=True)
class VerifiersMeasure:
    """Measure verifiers on their own corpora and print their cards.

    Exit code 1 if a case is misjudged; standard error names it.
    """

    names: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="NAME ...")] = ()
    """Which verifiers."""
    all: bool = False
    """Measure every verifier that is installed."""
    write: bool = False
    """Write the card into the package, where its file can be written; one that says the same keeps its date."""
    date: Annotated[str | None, tyro.conf.arg(metavar="YYYY-MM-DD", help_behavior_hint="(default: today)")] = None
    """The day that the card names."""
    json: bool = False
    """Print one JSON object per verifier."""

    def run(self) -> int:
        """Measure, print and write."""
        from palestra.verifiers import VERIFIERS
        from palestra.verifiers.card import measure

        if bool(self.names) == self.all:
            raise UsageError("which verifiers?\n\nhint: name some, or give `--all`")
        day = _day(self.date)
        num_misjudged = 0
        for name in VERIFIERS if self.all else self.names:
            card = measure(VERIFIERS.make(name), VERIFIERS.corpus(name), day)
            path = self._save(card) if self.write else None
            if self.json:
                write_json(card.to_json())
            elif path is not None:
                write(f"{name}  fpr {_bounds(card.total.fpr)}  fnr {_bounds(card.total.fnr)}  {path}")
            else:
                write(f"{name} version {card.version}")
                _write_card(card)
            for message in _misjudged(card):
                num_misjudged += 1
                sys.stderr.write(f"{name}: {message}\n")
        return EXIT_FAILED if num_misjudged else EXIT_OK

    def _save(self, card: Card) -> Path | None:
        """Where the card stands now; None if its file cannot be written."""
        from palestra.verifiers import VERIFIERS

        package, _, place = VERIFIERS[card.verifier].card.partition(":")
        path = files(package).joinpath(place)
        if not isinstance(path, Path):  # a package in an archive
            return None
        old = _card(card.verifier)
        if old is None or old.undated() != card.undated():
            try:
                path.parent.mkdir(exist_ok=True)
                path.write_text(card.to_text(), encoding="utf-8")
            except OSError as error:
                sys.stderr.write(f"{card.verifier}: not written: {error}\n")
                return None
        return path


@dataclass(frozen=True, kw_only=True)
class VerifiersCompare:
    """Compare verifiers and judges: is the one right answer told from many wrong ones?

    Cases are lines {"id", "reference", "right", "wrong": [...]}. The key of a judge's endpoint is read from the
    environment variable PALESTRA_JUDGE_KEY.
    """

    names: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="NAME ...")] = ()
    """Which verifiers."""
    cases: Annotated[Path | None, tyro.conf.arg(metavar="FILE", help_behavior_hint="")] = None
    """The cases, JSON lines."""
    corpus: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = None
    """Or those that a verifier's own corpus holds: its honest cases, each against all others of the same reference."""
    judge_url: Annotated[str | None, tyro.conf.arg(metavar="URL", help_behavior_hint="")] = None
    """An OpenAI-compatible endpoint that judges as well, e.g. http://127.0.0.1:8000/v1; its references are those of
    the cases."""
    judge_model: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = None
    """The model's name at the endpoint."""
    json: bool = False
    """Print one JSON object per verifier."""

    def run(self) -> int:
        """Judge all cases and print a line for each verifier."""
        from palestra.cli.verifier_ranking import rank_all

        if (self.cases is None) == (self.corpus is None):
            raise UsageError("which cases?\n\nhint: one of `--cases FILE` and `--corpus NAME`")
        if (self.judge_url is None) != (self.judge_model is None) or not (self.names or self.judge_url):
            raise UsageError("who is compared?\n\nhint: name verifiers, or give `--judge-url` and `--judge-model`")
        rankings = rank_all(self.names, self.cases, self.corpus, self.judge_url, self.judge_model)
        if self.json:
            for ranking in rankings:
                write_json(ranking.to_json())
            return EXIT_OK
        table: list[tuple[str, ...]] = [("NAME", "RIGHT FIRST", "RECIPROCAL RANK", "PAIRWISE", "CASES", "LOST")]
        for each in rankings:
            rates = [f"{e.value:.4f} [{e.low:.4f}, {e.high:.4f}]" for e in each.estimates]
            table.append((each.verifier, *rates, str(len(each.cases)), str(each.lost)))
        write_columns(table)
        return EXIT_OK


_command = tyro.conf.subcommand
Verifiers = (
    Annotated[VerifiersList, _command("list")]
    | Annotated[VerifiersShow, _command("show")]
    | Annotated[VerifiersMeasure, _command("measure")]
    | Annotated[VerifiersCompare, _command("compare")]
)


def _card(name: str) -> Card | None:
    """The card that comes with a verifier, or None where there is none yet."""
    from palestra.verifiers import VERIFIERS
    from palestra.verifiers.errors import CorpusError

    try:
        return VERIFIERS.card(name)
    except CorpusError:
        return None


def _day(text: str | None) -> date:
    try:
        return date.today() if text is None else date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"`--date {text}` is no day\n\nhint: write it as 2026-01-31") from None


def _misjudged(card: Card) -> Iterator[str]:
    for case_id in card.false_accepts:
        yield f"accepts `{case_id}`, which is not right"
    for case_id in card.false_rejects:
        yield f"refuses `{case_id}`, which is right"


def _write_card(card: Card) -> None:
    day = f", measured on {card.measured}" if card.measured else ""
    write(f"corpus {card.corpus} version {card.corpus_version}, sha256 {card.corpus_digest[:16]}{day}\n")
    rows = [("STRATUM", "ACCEPTED", "FPR", "REFUSED", "FNR", "UNDECIDED")]
    rows += [_cells(name, tally) for name, tally in card.strata.items()]
    write_columns([*rows, _cells("total", card.total)])
    write(f"\n{_WHAT_A_CARD_IS}")


def _cells(name: str, tally: Tally) -> tuple[str, str, str, str, str, str]:
    accepted, refused = f"{tally.accepted} of {tally.others}", f"{tally.refused} of {tally.honest}"
    undecided = f"{tally.honest_undecided} right, {tally.others_undecided} wrong"
    return name, accepted, _bounds(tally.fpr), refused, _bounds(tally.fnr), undecided


def _bounds(rate: Estimate) -> str:
    """The 95% interval in percent; the upper end is rounded up."""
    from math import ceil, isnan

    if isnan(rate.value):
        return "-"
    return f"{100 * rate.low:.1f}-{ceil(1000 * rate.high) / 10:.1f}%"
