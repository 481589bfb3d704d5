from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.trainer.report import write_report
from palestra.trainer.report.curves import Curve, Note, Point, Series, Stroke, ticks
from view_cases import training_run


def test_the_report_of_a_run_is_the_page_of_the_viewer(tmp_path: Path) -> None:
    run = training_run(tmp_path / "run", steps=2, prompts=2, size=2)
    path = write_report(run)
    assert path == run / "report.html"
    page = path.read_text(encoding="ascii")
    assert "<title>run</title>" in page and 'id="block-tokens/0/0"' in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "") and "https://" not in page
    assert not list(run.glob(".partial*"))


def test_a_run_that_left_nothing_but_its_configuration_has_a_report_too(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("steps = ")
    assert 'id="block-manifest"' in write_report(tmp_path).read_text(encoding="ascii")


numbers = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf])


@settings(deadline=None)
@given(points=st.lists(st.tuples(st.integers(0, 10**6), numbers, numbers, numbers), max_size=30))
def test_any_numbers_make_a_well_formed_chart(points: list[tuple[int, float, float, float]]) -> None:
    series = Series(label="<&\"'>", points=tuple(Point(x, y, low, high) for x, y, low, high in points))
    curve = Curve(title="<&\"'>", caption="", series=(series, series))
    text = curve.svg()
    assert curve.is_empty == (text == "")
    if text:
        ElementTree.fromstring(text)
        assert "nan" not in text and "inf" not in text


def test_a_long_run_is_drawn_with_few_points() -> None:
    points = tuple(Point(i, math.sin(i)) for i in range(100_000))
    assert len(Curve(title="", caption="", series=(Series(label="", points=points),)).svg()) < 20_000


@given(low=st.floats(-1e9, 1e9), spread=st.floats(0, 1e9))
def test_ticks_are_few_round_and_cover_the_range(low: float, spread: float) -> None:
    marks = ticks(low, low + spread)
    slack = 1e-6 * max(1.0, abs(low), spread)
    assert marks[0] <= low + slack and low + spread <= marks[-1] + slack
    assert 2 <= len(marks) <= 8


def test_a_chart_as_a_file_of_its_own_is_whole_xml_with_its_strokes_and_its_legend() -> None:
    curve = Curve(title="A & B", caption="", series=(Series(label="a", points=(Point(0, 0.0), Point(1, 1.0))),))
    root = ElementTree.fromstring(curve.file([Stroke("#123456", width=2.0)], [Note("less < more", "#123456")]))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert ".s0{stroke:#123456;stroke-width:2.0}" in "".join(root.itertext())
    assert "less < more" in [element.text for element in root]
