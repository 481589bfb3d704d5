"""Puts the report together. All that the model wrote is hostile: it is shown, never interpreted."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from palestra.trainer.report.contents import composition_of, curves, headlines, samples
from palestra.trainer.report.curves import NUM_COLOURS, number
from palestra.trainer.report.noise_curves import noise_curves
from palestra.trainer.report.run_folder import RunFolder
from palestra.trainer.report.stage_table import stage_table

_MOST_CHARACTERS = 4000
_TEMPLATE = Path(__file__).with_name("report.html.jinja")


def write_report(run_dir: Path) -> Path:
    """Write `report.html` into a run folder and return its path.

    The page loads nothing and runs no script. Parts of the run that are missing or broken are left out,
    with a remark, so a run that was killed has a report too.
    """
    run = RunFolder.read(run_dir)
    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_finalize, trim_blocks=True)
    environment.filters |= {"clipped": clipped, "number": shown_number}
    page = environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        run=run,
        num_colours=NUM_COLOURS,
        headlines=headlines(run.evaluations),
        composition=composition_of(run.config_text),
        stages=stage_table(run.config_text, run.evaluations),
        curves=[*curves(run.steps, run.evaluations, run.lessons), *noise_curves(run.steps, run.rates)],
        samples=samples(run),
    )
    path = run_dir / "report.html"
    fresh = path.with_name("report.html.new")
    fresh.write_text(page, encoding="utf-8", errors="backslashreplace")
    fresh.replace(path)
    return path


def visible(text: str) -> str:
    """The text with every character that could hide or reorder something replaced by its code.

    That is control characters other than tabulator and line feed, lone surrogates, zero-width characters
    and those that change the direction of writing.
    """
    return "".join(character if _is_plain(character) else f"<U+{ord(character):04X}>" for character in text)


def clipped(text: str) -> str:
    """The text, its middle left out when it is very long."""
    if len(text) <= _MOST_CHARACTERS:
        return text
    half = _MOST_CHARACTERS // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters ...]\n{text[-half:]}"


def shown_number(value: float) -> str:
    """Few digits; a dash where there is no number."""
    return number(value) if math.isfinite(value) else "-"


def _finalize(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def _is_plain(character: str) -> bool:
    return character.isprintable() or character in "\t\n" or (character.isspace() and ord(character) >= 0xA0)
