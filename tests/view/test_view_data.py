from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.agents import write_rollouts
from palestra.trainer.errors import ViewError
from palestra.trainer.metrics import FloorMetrics, to_line
from palestra.trainer.run_folder.vocabulary import pieces_of, read_vocabulary, write_vocabulary
from palestra.trainer.view import Exhibitor
from palestra.trainer.view.charts import charts_of
from palestra.trainer.view.entries import Json
from palestra.trainer.view.overview import method_of
from palestra.trainer.view.page import page_text
from palestra.trainer.view.reward_chain import reward_steps
from palestra.trainer.view.rollout_files import rollout_files, spread
from palestra.trainer.view.run_folder import RunFolder
from palestra.trainer.view.terminal import sparkline
from palestra.trainer.view.tool_calls import calls_of
from palestra.verifiers import Verdict
from tiny_model import byte_tokenizer
from view_cases import HOSTILE, PIECES, rollout, training_run

numbers = st.floats(-1e3, 1e3)


@given(first=numbers, stages=st.lists(st.tuples(st.booleans(), numbers), max_size=6))
def test_the_stages_of_a_logged_reward_end_in_the_reward(first: float, stages: list[tuple[bool, float]]) -> None:
    value, parts = first, {"verdict": first}
    for place, (is_term, x) in enumerate(stages):
        value = value + x if is_term else x
        parts[f"stage {place}"] = x
    row: dict[str, Json] = {"parts": dict(parts), "reward": value}
    steps = reward_steps(row)
    pairs = [step for step in steps if isinstance(step, list)]
    assert [name for name, _ in pairs] == list(parts)
    last = pairs[-1][1]
    assert isinstance(last, float) and math.isclose(last, value, rel_tol=1e-5, abs_tol=1e-6)


def test_a_masked_reward_has_no_stages() -> None:
    assert reward_steps({"key": "a", "valid": False}) == []


def test_files_are_spread_evenly_and_keep_the_first_and_the_last(tmp_path: Path) -> None:
    files = rollout_files(training_run(tmp_path / "run", steps=11, prompts=1, size=2))
    assert spread(files, 22) == files
    kept = [file.step for file in spread(files, 12)]
    assert kept == [1, 3, 5, 7, 9, 11]
    assert [file.step for file in spread(files, 1)] == [1, 11]


def test_a_page_of_few_rollouts_says_how_many_it_leaves_out(tmp_path: Path) -> None:
    run = training_run(tmp_path / "run", steps=5, prompts=1, size=2)
    exhibition = Exhibitor(run, most=4).exhibition()
    assert exhibition.left_out == 6
    assert "6 rollouts are not shown" in str(exhibition.manifest([], is_live=False)["remarks"])


def test_broken_lines_are_left_out_with_a_remark_and_a_line_that_is_being_written_without(tmp_path: Path) -> None:
    run = training_run(tmp_path / "run", steps=1, prompts=1, size=2)
    file = run / "rollouts" / "step-00001.jsonl"
    text = file.read_text()
    file.write_text("junk\n" + text + text.splitlines()[0][:-5])
    metrics = run / "metrics.jsonl"
    metrics.write_text(metrics.read_text() + 'junk\n{"kind": "st')
    exhibition = Exhibitor(run, most=100).exhibition()
    assert len(exhibition.contents[0].entries) == 2
    assert "1 lines cannot be read, first line 1" in exhibition.contents[0].remark
    assert exhibition.run is not None and "1 lines are left out" in exhibition.run.remarks[0]


@pytest.mark.parametrize("content", ["", "{}\n", "[[[[\n", "\ud800"])
def test_a_file_without_a_rollout_is_refused_by_name(content: str, tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text(content, errors="surrogatepass")
    with pytest.raises(ViewError, match=r"some.jsonl` holds no rollout"):
        Exhibitor(path, most=10).exhibition()


def test_a_folder_that_is_no_run_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ViewError, match="holds no run"):
        Exhibitor(tmp_path, most=10)
    with pytest.raises(ViewError, match="there is no"):
        Exhibitor(tmp_path / "nowhere", most=10)


def test_numbers_that_json_does_not_know_are_no_obstacle(tmp_path: Path) -> None:
    write_rollouts(tmp_path / "rollouts.jsonl", [rollout("a", 0, "x", Verdict.passed("y"))])
    (tmp_path / "summary.json").write_text('{"mean": NaN, "deep": {"er": Infinity, "list": [1, 2]}, "none": null}')
    run = RunFolder.read(tmp_path)
    assert run.summary == {"mean": "nan", "deep.er": "inf", "deep.list": "1, 2"}
    assert page_text(Exhibitor(tmp_path, most=10).exhibition())


def test_the_page_is_the_same_for_the_same_files_and_holds_no_text_of_a_rollout_as_it_is(tmp_path: Path) -> None:
    write_rollouts(tmp_path / "rollouts.jsonl", [rollout(HOSTILE, 0, HOSTILE, Verdict.failed(HOSTILE))])
    first, second = (page_text(Exhibitor(tmp_path, most=10).exhibition()) for _ in range(2))
    assert first == second and "owned" not in first and first.isascii()


def test_tool_calls_are_found_in_their_formats_and_nowhere_else() -> None:
    assert calls_of('<tool_call>\n{"name": "f", "arguments": {"x": 1}}\n</tool_call>') == [["f", '{\n "x": 1\n}']]
    assert calls_of("```bash\nls\n```") == [["bash", "ls"]]
    for text in ("plain", "<tool_call>{", "```python\nx\n```", "x" * 300_000):
        assert calls_of(text) == []


def test_the_distance_from_the_limit_and_the_largest_costs_are_drawn(tmp_path: Path) -> None:
    run = training_run(tmp_path / "run", steps=2, prompts=1, size=2)
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        for step, costs in ((1, {"padding": 0.5, "extra passes": 0.2}), (2, {"padding": 0.1, "extra passes": 0.3})):
            row = FloorMetrics(
                step=step,
                learn_floor_s=1.0,
                learn_s=4.0,
                generate_s=2.0,
                costs=costs,
                learn_reached=0.25,
                largest_cost=max(costs, key=costs.__getitem__),
            )
            file.write(to_line(row) + "\n")
    charts = {chart.title: chart for chart in charts_of(RunFolder.read(run))}
    limit = charts["Distance from the limit"]
    assert limit.caption == "floor as a share of the seconds: learning"
    assert [(point.x, point.y) for line in limit.lines for point in line.points] == [(1, 0.25), (2, 0.25)]
    costs_chart = charts["Largest avoidable costs"]
    assert [(line.label, [point.y for point in line.points]) for line in costs_chart.lines] == [
        ("padding", [0.5, 0.1]),
        ("extra passes", [0.2, 0.3]),
    ]


def test_the_method_is_read_from_the_kinds_of_a_configuration() -> None:
    text = '[advantage]\nkind = "grpo"\n[loss]\nkind = "clipped"\n[[shaping]]\nkind = "overlong"\n'
    assert method_of(text) == "shaping overlong -> advantage grpo -> loss clipped"
    assert method_of("[[[") == ""


def test_a_vocabulary_is_read_back_and_spells_every_text_of_its_tokenizer(tmp_path: Path) -> None:
    tokenizer = byte_tokenizer()
    pieces = pieces_of(tokenizer.backend_tokenizer)
    write_vocabulary(tmp_path / "v.gz", pieces)
    assert read_vocabulary(tmp_path / "v.gz") == pieces
    text = "a b\n\u2192 \u00e9"
    spelled = b"".join(
        piece.encode() if isinstance(piece, str) else bytes(piece)
        for piece in (pieces[token] for token in tokenizer(text, add_special_tokens=False).input_ids)
    )
    assert spelled.decode() == text


@given(st.lists(st.floats(-1e6, 1e6), max_size=200))
def test_a_sparkline_is_no_wider_than_it_may_be(values: list[float]) -> None:
    assert len(sparkline(values, 20)) <= 20
    assert bool(values) == bool(sparkline(values, 20))


def test_looking_loads_neither_torch_nor_transformers(tmp_path: Path) -> None:
    run = training_run(tmp_path / "run", steps=1, prompts=1, size=2)
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; from palestra.cli import main; code = main(['view', {str(run)!r}]); "
        "print([name for name in ('torch', 'transformers', 'safetensors', 'jinja2') if name in sys.modules], code)"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert finished.stdout.splitlines() == [str(run / "view.html"), "[] 0"], finished.stderr


def test_the_vocabulary_of_a_run_beside_a_file_is_found(tmp_path: Path) -> None:
    run = training_run(tmp_path / "run", steps=1, prompts=1, size=2)
    exhibition = Exhibitor(run / "rollouts" / "step-00001.jsonl", most=10).exhibition()
    assert exhibition.run is None and exhibition.pieces == json.loads(json.dumps(PIECES))
