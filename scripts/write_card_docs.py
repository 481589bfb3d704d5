"""Writes the page of the verifiers' cards: `make docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from math import ceil, isnan
from pathlib import Path

from palestra.verifiers import VERIFIERS
from palestra.verifiers.card import Card, Tally
from palestra.verifiers.statistics import Estimate

_HEAD = """# Cards of the verifiers

Written by `make docs` from the cards that come with the package; `palestra verifiers measure NAME` measures one again.

A card is a stress test on cases that we wrote: honest answers in odd forms, wrong ones, hacks that ask to be paid, and
bombs. It is not the error rate on your model's responses: `palestra rates` [estimates that](noise.md#rates).

`fpr` is the share of wrong cases, hacks and bombs that is accepted; `fnr` the share of honest cases that is not,
undecided ones among them. Intervals are Wilson's, 95%, rounded outwards: with few cases they are wide, and no error
seen is no proof of none."""


def page() -> str:
    """The page: a table of all, and the strata of each."""
    cards = {name: VERIFIERS.card(name) for name in VERIFIERS}
    names = ("verifier", "version", "honest", "others", "fpr", "fnr", "undecided", "measured")
    rows = [f"| {' | '.join(names)} |", "|---" * len(names) + "|"]
    rows += [_row(card) for card in cards.values()]
    return "\n\n".join([_HEAD, "\n".join(rows), *map(_section, cards.values())]) + "\n"


def _row(card: Card) -> str:
    total = card.total
    undecided = total.honest_undecided + total.others_undecided
    return (
        f"| [`{card.verifier}`](#{card.verifier}) | {card.version} | {total.honest} | {total.others} | {_rates(total)} "
        f"| {undecided} | {card.measured or ''} |"
    )


def _section(card: Card) -> str:
    facts = (
        f"{VERIFIERS[card.verifier].summary} Corpus `{card.corpus}` version {card.corpus_version}, "
        f"sha256 `{card.corpus_digest[:16]}`."
    )
    rows = ["| stratum | honest | others | fpr | fnr |", "|---|---|---|---|---|"]
    rows += [f"| {name} | {tally.honest} | {tally.others} | {_rates(tally)} |" for name, tally in card.strata.items()]
    return "\n\n".join([f"## {card.verifier}", facts, "\n".join(rows), *_misjudged(card)])


def _misjudged(card: Card) -> Iterator[str]:
    for what, cases in (("Accepted though wrong", card.false_accepts), ("Refused though right", card.false_rejects)):
        if cases:
            yield f"{what}: {', '.join(f'`{case}`' for case in cases)}."


def _rates(tally: Tally) -> str:
    return f"{_percent(tally.fpr)} | {_percent(tally.fnr)}"


def _percent(rate: Estimate) -> str:
    if isnan(rate.value):
        return "-"
    return f"{100 * rate.value:.1f}% [{int(1000 * rate.low) / 10:.1f}, {ceil(1000 * rate.high) / 10:.1f}]"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
