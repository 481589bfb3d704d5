"""The pages of docs/envs: every environment with samples, options, difficulty and audit. Written by `make docs`."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from palestra.cli.field_docs import field_docs
from palestra.cli.text import printable
from palestra.envs import ENVS, ConfigError, Family, Kind, Row
from palestra.envs.audit import Card, read_card

SAMPLE_DIFFICULTIES = (0.0, 0.5)
_MAX_SHOWN_CHARS = 1600
_MAX_SHOWN_TURNS = 3
_KINDS = {Kind.GAME: "A game of several turns", Kind.TOOLS: "Worked on by tool calls over several turns"}
_GENERATED = "Written by `make docs` from the table of environments and its cards."


def groups() -> dict[str, list[Row]]:
    """The rows of this package's procedural environments by group, in alphabetical order."""
    found: dict[str, list[Row]] = {}
    for row in ENVS.values():
        if row.kind.is_generated and row.id.startswith("palestra/"):
            found.setdefault(row.group, []).append(row)
    return dict(sorted(found.items()))


def pages() -> Iterator[tuple[str, str]]:
    """Name and text of every page."""
    yield "README.md", index_page()
    for group in groups():
        yield f"{group}.md", group_page(group)


def index_page() -> str:
    """The table of all environments."""
    by_group = groups()
    num_rows = sum(map(len, by_group.values()))
    lines = [
        "# Environments",
        "",
        f"{_GENERATED} {num_rows} environments in {len(by_group)} groups; [what holds for all](../environments.md).",
        "",
        "`floor` is what the best constant answer is declared to earn, `guess` what random well-formed answers earn at"
        " difficulty 0 / 0.5 / 1. Games have several turns.",
    ]
    for group, rows in by_group.items():
        lines += ["", f"## [{_title(group)}]({group}.md)", "", _intro(group), ""]
        lines += [
            "| environment | task | verifier | grows with the difficulty | floor | guess |",
            "|---|---|---|---|---|---|",
        ]
        lines += [_index_line(group, row) for row in rows]
    return "\n".join(lines) + "\n"


def group_page(group: str) -> str:
    """One section for each environment of a group."""
    parts = [f"# {_title(group)}\n\n{_intro(group)} {_GENERATED}"]
    parts += ["\n\n".join(_section(row)) for row in groups()[group]]
    return "\n\n".join(parts) + "\n"


def _index_line(group: str, row: Row) -> str:
    card = read_card(row.id)
    name = row.id.removeprefix("palestra/")
    cells = [f"[`{name}`]({group}.md#{name.lower()})", row.summary, _judge(row), row.difficulty]
    cells += [f"{card.report['floor']:g}", _guesses(card)] if card else ["-", "-"]
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _section(row: Row) -> Iterator[str]:
    card = read_card(row.id)
    yield f"## {row.id.removeprefix('palestra/')}"
    kind = _KINDS.get(row.kind) or f"Judged by {_judge(row)}"
    yield f"{row.summary} `{row.id}`. {kind}. With the difficulty grow: {row.difficulty}."
    source = ENVS.make(row.id).source
    if isinstance(source, Family):
        yield _options(type(source).Config)
    for difficulty in SAMPLE_DIFFICULTIES:
        yield from _sample(row, difficulty)
    if card is None:
        yield f"Not audited yet: `palestra audit {row.id} --write`."
        return
    yield _audit_line(card)
    yield from _chart(card)
    yield from _policies(card)


def _options(config: type[Any]) -> str:
    docs = field_docs(config)
    axes = config.axes()
    lines = ["| option | at 0 | at 1 | |", "|---|---|---|---|"]
    for field in dataclasses.fields(config):
        if field.name == "difficulty":
            continue
        axis = axes.get(field.name)
        ends = [axis.at(0.0), axis.at(1.0)] if axis else [field.default] * 2
        text = " ".join(docs.get(field.name, "").split()).replace("|", "\\|")
        lines.append(f"| `{field.name}` | {_value(ends[0])} | {_value(ends[1])} | {text} |")
    return "\n".join(lines) if len(lines) > 2 else "It has no options but the difficulty."


def _sample(row: Row, difficulty: float) -> Iterator[str]:
    """The first training task at a difficulty, and what the oracle says."""
    try:
        env = ENVS.make(row.id, config={"difficulty": difficulty})
    except ConfigError:
        return
    prompt, _ = env.reset(seed=0)
    yield f"Difficulty {difficulty:g}:"
    yield _block(prompt)
    is_over = False
    for turn in range(_MAX_SHOWN_TURNS):
        if is_over:
            return
        response = env.oracle()
        reply, _, terminated, truncated, _ = env.step(response)
        is_over = terminated or truncated
        yield "A right response:" if turn == 0 and is_over else f"Turn {turn + 1} of the oracle:"
        yield _block(response)
        if reply and not is_over:
            yield _block(reply)


def _audit_line(card: Card) -> str:
    checks: Mapping[str, Mapping[str, Any]] = card.report["checks"]
    failed = [name for name, finding in checks.items() if finding["status"] == "failed"]
    num_done = sum(finding["status"] != "not applicable" for finding in checks.values())
    cheat = checks.get("statistical.adversarial_floor", {}).get("figure", 0)
    verdict = f"failed {', '.join(failed)}" if failed else "all passed"
    return (
        f"Audit: {num_done} checks, {verdict}; the best cheat or guess earns {cheat:.2f}, the declared floor is "
        f"{card.report['floor']:g}; guesses earn {_guesses(card)}."
    )


def _chart(card: Card) -> Iterator[str]:
    levels = [level for level in card.report["difficulty"] if level["effort"] is not None]
    if len(levels) < 2:
        return
    marks = ", ".join(f"{level['difficulty']:g}" for level in levels)
    heights = ", ".join(f"{level['effort']:g}" for level in levels)
    yield (
        "```mermaid\nxychart-beta\n"
        f'    title "effort"\n    x-axis "difficulty" [{marks}]\n    y-axis "mean effort"\n    line [{heights}]\n```'
    )


def _policies(card: Card) -> Iterator[str]:
    if not card.policies:
        return
    difficulties = sorted({d for rates in card.policies.values() for d in rates}, key=float)
    lines = [f"| pass rate | {' | '.join(difficulties)} |", f"|---|{'---|' * len(difficulties)}"]
    for name, rates in sorted(card.policies.items()):
        cells = (f"{rates[d]:.2f}" if d in rates else "-" for d in difficulties)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    yield "\n".join(lines)


def _judge(row: Row) -> str:
    verifier = getattr(row.load(), "verifier", None)
    return "its rules" if verifier is None else f"`{verifier.name}`"


def _guesses(card: Card) -> str:
    levels: Sequence[Mapping[str, Any]] = card.report["difficulty"]
    return " / ".join(f"{level['guess']:.2f}" for level in levels if level["guess"] is not None)


def _block(text: str) -> str:
    """The text in a fence that is longer than any in it."""
    shown = printable(text)
    if len(shown) > _MAX_SHOWN_CHARS:
        shown = f"{shown[:_MAX_SHOWN_CHARS]}\n[{len(shown) - _MAX_SHOWN_CHARS} more characters]"
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", shown)), default=0))
    return f"{fence}text\n{shown}\n{fence}"


def _value(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return f"`{text}`".replace("|", "\\|") if text else "-"


def _title(group: str) -> str:
    return group.replace("_", " ").capitalize()


def _intro(group: str) -> str:
    """The first line of the docstring of a group's package, after its name."""
    package = importlib.import_module(f"palestra.envs.families.{group}")
    first = (inspect.getdoc(package) or "").partition("\n")[0]
    _, colon, rest = first.partition(": ")
    text = rest if colon else first
    return f"{text[:1].upper()}{text[1:]}"
