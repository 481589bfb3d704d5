"""Curves as inline SVG: no script, no file beside, colours from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

NUM_COLOURS = 6
"""Lines whose colours the style sheet tells apart; further lines begin again with the first."""

_WIDTH, _HEIGHT = 460, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 10, 10, 28
_MOST_POINTS = 400
_MOST_MARKERS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a step, perhaps with an interval."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both bounds, where they can be drawn."""
        if self.low is None or self.high is None or not (_is_drawable(self.low) and _is_drawable(self.high)):
            return None
        return self.low, self.high


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """One line; values that are not finite are left out and break it."""

    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a line is drawn."""

    colour: str
    width: float = 1.6


@dataclass(frozen=True, slots=True)
class Note:
    """A line of a legend."""

    text: str
    colour: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """A chart with one or more lines over the same steps."""

    title: str
    caption: str
    series: tuple[Series, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(_finite(series.points) for series in self.series)

    def svg(self) -> Markup:
        """The chart; empty when there is nothing to draw."""
        return Markup("") if self.is_empty else Markup("\n").join(_draw(self))

    def file(self, strokes: Sequence[Stroke], legend: Sequence[Note]) -> str:
        """The chart as the text of an SVG file that needs no style sheet.

        Args:
            strokes: Of its series, in their order.
            legend: Lines of text in the plot, from above.
        """
        lines = "".join(
            f".s{i}{{stroke:{stroke.colour};stroke-width:{stroke.width:.1f}}}" for i, stroke in enumerate(strokes)
        )
        notes = "".join(
            f'<text x="{_WIDTH - 20}" y="{y}" fill="{note.colour}" text-anchor="end">{escape(note.text)}</text>'
            for y, note in ((120 + 16 * i, note) for i, note in enumerate(legend))
        )
        style = f"<style>text{{font:11px sans-serif}}.grid{{stroke:#ddd}}.line{{fill:none}}{lines}</style>"
        opened = str(self.svg()).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        start = opened.index(">") + 1
        ground = "<rect width='100%' height='100%' fill='white'/>"
        return opened[:start] + style + ground + opened[start:].replace("</svg>", notes + "</svg>") + "\n"


@dataclass(frozen=True, slots=True)
class _Frame:
    """Maps data to the drawing."""

    x_ticks: tuple[float, ...]
    y_ticks: tuple[float, ...]

    def x(self, value: float) -> float:
        return _LEFT + _share(value, self.x_ticks) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _HEIGHT - _BOTTOM - _share(value, self.y_ticks) * (_HEIGHT - _TOP - _BOTTOM)


def ticks(low: float, high: float, count: int = 4) -> tuple[float, ...]:
    """Round numbers, evenly spaced, from `low` or below to `high` or above."""
    if high - low <= max(1e-9 * max(abs(low), abs(high)), 1e-100):
        spread = abs(low) / 2 or 0.5
        low, high = low - spread, high + spread
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(step * i for i in range(first, last + 1))


def _draw(curve: Curve) -> Iterator[Markup]:
    shown = [(i % NUM_COLOURS, series.label, _thin(series.points)) for i, series in enumerate(curve.series)]
    finite = [point for _, _, points in shown for point in _finite(points)]
    values = [value for point in finite for value in (point.y, *(point.interval or ()))]
    steps = [point.x for point in finite]
    frame = _Frame(ticks(min(steps), max(steps)), ticks(min(values), max(values)))
    yield Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(_WIDTH, _HEIGHT, curve.title)
    yield from _axes(frame)
    for i, _, points in shown:
        yield from _bands(frame, points, i)
    for i, label, points in shown:
        yield from _lines(frame, points, i)
        yield from _markers(frame, points, label, i)
    yield Markup("</svg>")


def _axes(frame: _Frame) -> Iterator[Markup]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for tick in frame.y_ticks:
        y = _round(frame.y(tick))
        yield Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(_LEFT, right, y, y)
        yield Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(_LEFT - 6, y + 4, number(tick))
    for tick in frame.x_ticks:
        x = _round(frame.x(tick))
        yield Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(x, bottom + 18, number(tick))


def _bands(frame: _Frame, points: Sequence[Point], index: int) -> Iterator[Markup]:
    for run in _runs(points):
        banded = [(frame.x(p.x), *map(frame.y, p.interval)) for p in run if p.interval]
        if len(banded) > 1:
            outline = [(x, low) for x, low, _ in banded] + [(x, high) for x, _, high in reversed(banded)]
            yield Markup('<polygon class="band s{}" points="{}"/>').format(index, _path(outline))
        for x, low, high in banded:
            yield Markup('<line class="bar s{}" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
                index, _round(x), _round(x), _round(low), _round(high)
            )


def _lines(frame: _Frame, points: Sequence[Point], index: int) -> Iterator[Markup]:
    for run in _runs(points):
        path = _path([(frame.x(point.x), frame.y(point.y)) for point in run])
        yield Markup('<polyline class="line s{}" points="{}"/>').format(index, path)


def _markers(frame: _Frame, points: Sequence[Point], label: str, index: int) -> Iterator[Markup]:
    finite = _finite(points)
    if len(finite) > _MOST_MARKERS:
        return
    for p in finite:
        interval = f" [{', '.join(map(number, p.interval))}]" if p.interval else ""
        hover = f"{label}, step {number(p.x)}: {number(p.y)}{interval}"
        yield Markup('<circle class="s{}" cx="{}" cy="{}" r="3"><title>{}</title></circle>').format(
            index, _round(frame.x(p.x)), _round(frame.y(p.y)), escape(hover)
        )


def number(value: float) -> str:
    """At most four significant digits."""
    return f"{value:.4g}"


def _thin(points: Sequence[Point]) -> tuple[Point, ...]:
    """Means of neighbours where there are more points than a screen has pixels for."""
    size = math.ceil(len(points) / _MOST_POINTS)
    if size <= 1:
        return tuple(points)
    chunks = (_finite(points[i : i + size]) for i in range(0, len(points), size))
    return tuple(Point(chunk[-1].x, sum(p.y for p in chunk) / len(chunk)) for chunk in chunks if chunk)


def _runs(points: Iterable[Point]) -> Iterator[list[Point]]:
    run: list[Point] = []
    for point in points:
        if _is_drawable(point.y):
            run.append(point)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _finite(points: Iterable[Point]) -> list[Point]:
    return [point for point in points if _is_drawable(point.y)]


def _is_drawable(value: float) -> bool:
    return abs(value) < 1e100  # neither NaN nor so large that a difference could overflow


def _share(value: float, around: Sequence[float]) -> float:
    return min(max((value - around[0]) / (around[-1] - around[0]), 0.0), 1.0)


def _round(value: float) -> float:
    return round(value, 1)


def _path(points: Iterable[tuple[float, float]]) -> str:
    return " ".join(f"{_round(x)},{_round(y)}" for x, y in points)
