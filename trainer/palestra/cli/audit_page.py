"""The page of an audit: one HTML file that loads nothing and runs no script.

It is built as a tree of elements, so whatever an environment or a response says is shown as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, tostring

from palestra.cli.text import printable
from palestra.envs.audit import MEANINGS

if TYPE_CHECKING:
    from palestra.envs.audit import Card

_STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .15rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
summary { cursor: pointer; padding: .2rem 0; }
code { overflow-wrap: anywhere; }
.passed { color: #1a7f37; } .failed { color: #cf222e; font-weight: bold; } .noted { color: #777; }
svg { vertical-align: middle; }
"""
_WIDTH, _HEIGHT = 90, 24


def page(cards: Sequence[Card]) -> str:
    """The page, failures first."""
    html = Element("html", lang="en")
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "title").text = "Audit of environments"
    SubElement(head, "style").text = _STYLE
    body = SubElement(html, "body")
    SubElement(body, "h1").text = "Audit of environments"
    num_failed = sum(not card.report["passed"] for card in cards)
    SubElement(
        body, "p"
    ).text = f"{len(cards)} environments, {num_failed} failed. The curve is the effort over the difficulty."
    for card in sorted(cards, key=lambda card: (card.report["passed"], card.id)):
        _add_card(body, card)
    return "<!doctype html>\n" + tostring(html, encoding="unicode", method="html") + "\n"


def _add_card(body: Element, card: Card) -> None:
    report = card.report
    details = SubElement(body, "details")
    summary = SubElement(details, "summary")
    verdict = "passed" if report["passed"] else "failed"
    SubElement(summary, "span", {"class": verdict}).text = verdict
    SubElement(summary, "code").text = f" {card.id} "
    _add_curve(summary, [level["effort"] for level in report["difficulty"]])
    facts = SubElement(details, "p")
    facts.text = (
        f"{report['kind']}, verifier {report['verifier'] or 'the rules of the game'}, floor {report['floor']:g}"
    )
    if card.measured is not None:
        facts.tail = f"Measured on {card.measured.date}: {card.measured.machine}."
    _add_table(
        details,
        ("difficulty", "effort", "prompt chars", "answer chars", "guesses earn"),
        [tuple(_shown(value) for value in level.values()) for level in report["difficulty"]],
    )
    figures = card.measured.figures if card.measured else {}
    table = _add_table(details, ("check", "result", "figure", "bound", "proves", "note"), [])
    for name, finding in report["checks"].items():
        _add_finding(table, name, finding, figures.get(name))


def _add_finding(table: Element, name: str, finding: Mapping[str, Any], measured: float | None) -> None:
    line = SubElement(table, "tr")
    SubElement(SubElement(line, "td"), "code").text = name
    SubElement(line, "td", {"class": finding["status"]}).text = finding["status"]
    for value in (finding.get("figure", measured), finding.get("bound")):
        SubElement(line, "td", {"class": "number"}).text = _shown(value)
    SubElement(line, "td").text = MEANINGS.get(name, "")
    note = SubElement(line, "td")
    note.text = printable(finding.get("note", ""))
    for one in finding.get("evidence", ()):
        SubElement(note, "br")
        SubElement(note, "code").text = printable(f"{one['task']}: {one['response']}")


def _add_table(parent: Element, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Element:
    table = SubElement(parent, "table")
    line = SubElement(table, "tr")
    for name in names:
        SubElement(line, "th").text = name
    for row in rows:
        line = SubElement(table, "tr")
        for cell in row:
            SubElement(line, "td", {"class": "number"}).text = cell
    return table


def _add_curve(parent: Element, values: Sequence[float | None]) -> None:
    numbers = [value for value in values if value is not None]
    if len(numbers) < 2 or max(numbers) <= 0:
        return
    points = [
        f"{_WIDTH * i / (len(numbers) - 1):.1f},{_HEIGHT - (_HEIGHT - 2) * value / max(numbers):.1f}"
        for i, value in enumerate(numbers)
    ]
    curve = SubElement(parent, "svg", width=str(_WIDTH), height=str(_HEIGHT), role="img")
    SubElement(curve, "title").text = f"effort {', '.join(f'{value:g}' for value in numbers)}"
    SubElement(curve, "polyline", points=" ".join(points), fill="none", stroke="currentColor")


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "-"
