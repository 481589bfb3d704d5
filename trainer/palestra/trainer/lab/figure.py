"""Learning curves with bands as one SVG picture: a panel for each setting."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from html import escape

from palestra.trainer.lab.experiment import Series

_WIDTH, _HEIGHT = 300, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 8, 24, 22
_COLUMNS = 3
_LEGEND = 26
_COLOURS = (
    "#222222",
    "#c0392b",
    "#1f6fb2",
    "#2e8b57",
    "#e08e0b",
    "#7d3c98",
    "#17a2b8",
    "#8d6e63",
    "#e377c2",
    "#999999",
)


def figure(settings: Mapping[str, Mapping[str, Series]]) -> str:
    """The picture: probability of a right response to a held-out problem over steps, 95% bands over seeds."""
    names = list(dict.fromkeys(arm for arms in settings.values() for arm in arms))
    colours = {arm: _COLOURS[number % len(_COLOURS)] for number, arm in enumerate(names)}
    columns = min(_COLUMNS, max(1, len(settings)))
    rows = math.ceil(len(settings) / columns)
    width, height = max(columns * _WIDTH, 90 * len(names)), rows * _HEIGHT + _LEGEND
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">',
        "<style>text{font:10px sans-serif}.t{font-weight:bold}.g{stroke:#ddd}.l{fill:none;stroke-width:1.5}"
        ".b{opacity:.13;stroke:none}</style>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for number, arm in enumerate(names):
        x = 10 + number * (width - 20) / len(names)
        parts.append(f'<rect x="{x:.0f}" y="9" width="12" height="4" fill="{colours[arm]}"/>')
        parts.append(f'<text x="{x + 16:.0f}" y="15">{escape(arm)}</text>')
    for number, (setting, arms) in enumerate(settings.items()):
        x, y = number % columns * _WIDTH, _LEGEND + number // columns * _HEIGHT
        parts.append(f'<g transform="translate({x},{y})">')
        parts += _panel(setting, arms, colours)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(setting: str, arms: Mapping[str, Series], colours: Mapping[str, str]) -> Iterator[str]:
    bands = {arm: each.over_seeds(lambda point: point.held_out) for arm, each in arms.items()}
    last = max((step for points in bands.values() for step, _ in points), default=1) or 1
    yield f'<text class="t" x="{_LEFT}" y="14">{escape(setting)}</text>'
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _y(tick)
        yield f'<line class="g" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{_LEFT - 4}" y="{y + 3}" text-anchor="end">{tick:g}</text>'
    for step in (0, last):
        yield f'<text x="{_x(step, last)}" y="{_HEIGHT - 8}" text-anchor="middle">{step}</text>'
    for arm, points in bands.items():
        if all(math.isfinite(each.low) for _, each in points):
            edge = [(step, each.low) for step, each in points] + [(step, each.high) for step, each in reversed(points)]
            yield f'<polygon class="b" fill="{colours[arm]}" points="{_path(edge, last)}"/>'
    for arm, points in bands.items():
        line = _path([(step, each.value) for step, each in points], last)
        yield f'<polyline class="l" stroke="{colours[arm]}" points="{line}"><title>{escape(arm)}</title></polyline>'


def _path(points: list[tuple[int, float]], last: int) -> str:
    return " ".join(f"{_x(step, last)},{_y(value)}" for step, value in points)


def _x(step: int, last: int) -> float:
    return round(_LEFT + step / last * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(value: float) -> float:
    return round(_HEIGHT - _BOTTOM - min(max(value, 0.0), 1.0) * (_HEIGHT - _TOP - _BOTTOM), 1)
