from __future__ import annotations

import dataclasses
import math
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.agents import FinishReason, Rollout, Segment, VersionSpan, write_rollouts
from palestra.envs import Task, TaskId
from palestra.trainer.config import ModelConfig, TrainConfig
from palestra.trainer.config_writer import to_toml
from palestra.trainer.metrics import EvalMetrics, StepMetrics
from palestra.trainer.metrics_log import MetricsLog
from palestra.trainer.practice import EnvConfig
from palestra.trainer.report import write_report
from palestra.trainer.report.contents import composition_of, curves, headlines
from palestra.trainer.report.curves import Curve, Point, Series, ticks
from palestra.trainer.report.page import clipped, visible
from palestra.verifiers import Verdict

HOSTILE = "</pre><script>alert(1)</script>\x00\x1b[31m\ud800\u202e{{ 7 * 7 }}<!-- &amp; ' \" \r\n"


def rollout(index: int, response: str, verdict: Verdict) -> Rollout:
    task_id = TaskId(source="palestra/Test-v1", split="test", seed=0, index=index)
    segment = Segment(
        token_ids=(1, 2),
        prompt_length=1,
        mask=(1,),
        logprobs=(-0.5,),
        versions=(VersionSpan(version=0, start=0, end=1),),
    )
    return Rollout(
        key=f"eval/{index}",
        task=Task(id=task_id, prompt=f"question {index}", reference="secret"),
        segments=(segment,),
        responses=(response,),
        verdict=verdict,
        finish_reason=FinishReason.STOP,
    )


def step_row(step: int, **changes: float) -> StepMetrics:
    values = {field.name: 0.5 for field in dataclasses.fields(StepMetrics) if field.type == "float"}
    counts = {field.name: 3 for field in dataclasses.fields(StepMetrics) if field.type == "int"}
    return StepMetrics(**values | counts | {"step": step} | changes)  # type: ignore[arg-type]


def eval_row(step: int, mean: float, name: str = "heldout") -> EvalMetrics:
    return EvalMetrics(
        step=step,
        name=name,
        tasks=500,
        samples=500,
        mean=mean,
        ci95=(mean - 0.04, mean + 0.04),
        pass_at={1: mean, 8: 0.9},
        invalid=0,
        seconds=1.0,
    )


def run_folder(folder: Path, hostile: str = "hello") -> Path:
    folder.mkdir()
    config = TrainConfig(name=folder.name, steps=3, env=EnvConfig(id="palestra/Test-v1"), model=ModelConfig(path="m"))
    (folder / "config.toml").write_text(to_toml(config), encoding="utf-8")
    (folder / "summary.json").write_text('{"delta": 0.55, "note": "<b>", "nested": []}', encoding="utf-8")
    with MetricsLog(folder / "metrics.jsonl") as log:
        log.append(eval_row(0, 0.1))
        for step in range(1, 4):
            log.append(step_row(step, reward_mean=0.2 * step, gradient_norm=math.nan if step == 2 else 1.0))
        log.append(eval_row(3, 0.65))
        log.append(eval_row(3, 0.3, "ood <i>"))
    (folder / "evaluations").mkdir()
    before = [rollout(i, hostile, Verdict.failed(hostile)) for i in range(5)]
    after = [rollout(i, f"<answer {i}>", Verdict.passed("right")) for i in range(4)]
    write_rollouts(folder / "evaluations" / "heldout-step-00000.jsonl", before)
    write_rollouts(folder / "evaluations" / "heldout-step-00003.jsonl", after)
    return folder


class Balance(HTMLParser):
    void = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parse(page: str) -> Balance:
    parser = Balance()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    return parser


def test_the_report_of_a_run_shows_headlines_curves_samples_and_config(tmp_path: Path) -> None:
    path = write_report(run_folder(tmp_path / "sums"))
    assert path == tmp_path / "sums" / "report.html"
    page = path.read_text(encoding="utf-8")
    parser = parse(page)
    assert page.count("<svg") >= 8
    assert "<b>0.1</b> [0.06, 0.14]" in page
    assert "<b>0.65</b> [0.61, 0.69]" in page
    assert "+0.55" in page
    assert "4 improved, 0 got worse, 0 stayed the same" in page
    assert "question 0" in page and "question 4" not in page
    assert "&lt;answer 3&gt;" in page
    assert "advantage dr-grpo -&gt; loss clipped -&gt; aggregation token-mean" in page
    assert "secret" not in page
    assert "prefers-color-scheme: dark" in page
    assert "ood &lt;i&gt;" in page and "<i>Test" not in page
    assert not parser.attributes & {"src", "href", "onload", "onclick"}
    assert not parser.seen & {"script", "link", "img", "iframe"}
    assert "http://" not in page and "https://" not in page
    assert not list((tmp_path / "sums").glob("*.new"))


def test_what_the_model_wrote_is_shown_and_never_interpreted(tmp_path: Path) -> None:
    page = write_report(run_folder(tmp_path / "run", HOSTILE)).read_text(encoding="utf-8")
    parser = parse(page)
    assert "script" not in parser.seen
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;U+0000&gt;&lt;U+001B&gt;[31m&lt;U+D800&gt;&lt;U+202E&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert not any(character in page for character in "\x00\x1b\u202e")


@settings(deadline=None)
@given(text=st.text(st.characters()))
def test_visible_text_can_be_written_and_hides_nothing(text: str) -> None:
    shown = visible(text)
    shown.encode("utf-8")
    assert all(c.isprintable() or c.isspace() for c in shown)
    assert visible(shown) == shown


def test_a_huge_response_is_cut_in_the_middle(tmp_path: Path) -> None:
    assert clipped("x" * 10_000_000).startswith("x" * 2000 + "\n[... 9996000 characters ...]\n")
    assert clipped("x" * 4000) == "x" * 4000
    path = write_report(run_folder(tmp_path / "run", "x" * 10_000_000))
    assert path.stat().st_size < 200_000


def test_a_run_that_left_nothing_has_a_report_too(tmp_path: Path) -> None:
    page = write_report(tmp_path).read_text(encoding="utf-8")
    parse(page)
    assert "There is no config.toml" in page
    assert "<svg" not in page


def test_broken_files_are_left_out_with_a_remark(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "run")
    (folder / "summary.json").write_text("{", encoding="utf-8")
    (folder / "config.toml").write_bytes(b"steps = \xff")
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write("junk\n")
    with (folder / "evaluations" / "heldout-step-00003.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"key": ')
    page = write_report(folder).read_text(encoding="utf-8")
    parse(page)
    assert "The metrics end early: line 7" in page
    assert "summary.json cannot be read" in page
    assert "4 improved" in page


def test_headlines_take_the_first_and_the_last_evaluation_of_each_name() -> None:
    rows = [eval_row(10, 0.4), eval_row(0, 0.1), eval_row(0, 0.2, "ood"), eval_row(20, 0.6)]
    heldout, ood = headlines(rows)
    assert (heldout.before.step, heldout.after.step) == (0, 20)
    assert heldout.gain == pytest.approx(0.5)
    assert (ood.name, ood.gain) == ("ood", 0.0)


def test_the_composition_of_an_unreadable_configuration_is_empty() -> None:
    assert composition_of("no toml") == ""


def test_every_curve_is_well_formed_and_without_values_there_is_none() -> None:
    assert curves([], []) == []
    drawn = curves([step_row(1, loss=math.inf)], [eval_row(0, 0.1)])
    for curve in drawn:
        ElementTree.fromstring(curve.svg())
    assert "Entropy" not in [curve.title for curve in drawn]


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
