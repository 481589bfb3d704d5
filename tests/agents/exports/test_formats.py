from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palestra.agents import ExportError, Rollout, RolloutError
from palestra.agents.exports import ExportFormat, StoredRollout, messages_only, read_export, write_export
from palestra.agents.exports.lone_surrogates import has_lone_surrogates, spelled, unspelled
from palestra.verifiers import Verdict
from rollout_cases import rollout, segment, unknown
from rollout_strategies import rollouts, texts

WHOLE = (ExportFormat.JSONL, ExportFormat.ATIF, ExportFormat.PARQUET)
quick = settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=60)


def written(path: Path, to: ExportFormat, *found: Rollout) -> list[Any]:
    path.unlink(missing_ok=True)
    write_export(path, to, [StoredRollout(rollout=each, source="train", step=3) for each in found])
    return [] if to is ExportFormat.PARQUET else [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("to", ExportFormat)
@quick
@given(found=st.lists(rollouts(), min_size=1, max_size=3))
def test_what_the_format_holds_comes_back(
    to: ExportFormat, found: list[Rollout], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("round") / f"file{to.suffix}"
    written(path, to, *found)
    back = list(read_export(path))
    if to in WHOLE:
        assert back == found
        assert [each.to_row() for each in back] == [each.to_row() for each in found], "seconds and mappings too"
    else:
        assert back == [messages_only(each) for each in found]


@pytest.mark.parametrize("to", [ExportFormat.ATIF, ExportFormat.SHAREGPT])
@quick
@given(found=rollouts())
def test_files_for_others_hold_unicode_alone(
    to: ExportFormat, found: Rollout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    [row] = written(tmp_path_factory.mktemp("unicode") / "file.jsonl", to, found)
    assert not has_lone_surrogates(row)
    assert (row.get("escaped") or row.get("extra", {}).get("escaped")) == has_lone_surrogates(
        json.loads(found.to_json())
    ) or to is ExportFormat.SHAREGPT


@quick
@given(st.recursive(texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner), max_leaves=9))
def test_spelled_text_reads_back(value: Any) -> None:
    assert not has_lone_surrogates(spelled(value))
    assert unspelled(spelled(value)) == value


@pytest.mark.parametrize("verdict", [Verdict.error("the sandbox is gone"), unknown()])
@pytest.mark.parametrize("to", [ExportFormat.ATIF, ExportFormat.SHAREGPT])
def test_a_rollout_without_a_verdict_is_marked_and_has_no_score(
    to: ExportFormat, verdict: Verdict, tmp_path: Path
) -> None:
    [row] = written(tmp_path / "file", to, rollout("k", verdict, segment([1], [2])))
    facts = row["extra"] if to is ExportFormat.ATIF else row
    assert (facts["masked"], facts["score"], facts["outcome"]) == (True, None, str(verdict.outcome))
    assert (facts["source"], facts["step"]) == ("train", 3)


def test_parquet_files_are_tables_of_datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    path = tmp_path / "rollouts.parquet"
    passed = rollout("a", Verdict.passed("right"), segment([1, 2], [3, 4], [1, 0]))
    written(path, ExportFormat.PARQUET, passed, rollout("\ud800\\", Verdict.error("gone")))
    table = datasets.load_dataset("parquet", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    assert table["score"] == [1.0, None] and table["masked"] == [False, True] and table["escaped"] == [False, True]
    assert table[0]["messages"] == [{"role": "user", "content": "?"}, {"role": "assistant", "content": "answer"}]
    assert table[0]["segments"][0]["token_ids"] == [1, 2, 3, 4]
    assert table[1]["key"] == "\\ud800\\\\"


def test_a_huge_text_survives(tmp_path: Path) -> None:
    base = rollout("k", Verdict.failed("\0" * 3_000_000), segment([1], [2]))
    for to in WHOLE:
        path = tmp_path / f"{to}{to.suffix}"
        written(path, to, base)
        assert list(read_export(path)) == [base]


def test_nothing_is_overwritten_and_nothing_half_written_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    path.write_text("mine")
    with pytest.raises(ExportError, match=r"exists\n\nhint: "):
        write_export(path, ExportFormat.PARQUET, [])
    broken = StoredRollout(rollout=rollout("k", Verdict.failed()))

    def failing() -> Any:
        yield broken
        raise RolloutError("line 2")

    for to in ExportFormat:
        with pytest.raises(RolloutError):
            write_export(tmp_path / "new", to, failing())
    assert [each.name for each in tmp_path.iterdir()] == ["out.parquet"] and path.read_text() == "mine"


SHAREGPT = {
    "conversations": [
        {"from": "system", "value": "Be brief."},
        {"from": "human", "value": "2 + 2?"},
        {"from": "gpt", "value": "4"},
        {"from": "human", "value": "Sure?"},
        {"from": "gpt", "value": "Yes."},
    ]
}


@pytest.mark.parametrize("layout", ["lines", "list", "pretty"])
def test_conversations_of_others_are_read_and_nobody_has_judged_them(layout: str, tmp_path: Path) -> None:
    path = tmp_path / "others.json"
    rows = [SHAREGPT, {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "5"}]}]
    path.write_text("\n".join(map(json.dumps, rows)) if layout == "lines" else json.dumps(rows, indent=2))
    if layout == "pretty":
        path.write_text(json.dumps(SHAREGPT, indent=2))
    first, *rest = read_export(path)
    assert (first.system, first.responses, first.turns[0].reply) == ("Be brief.", ("4", "Yes."), "Sure?")
    assert not first.verdict.valid and first.segments == ()
    for each in rest:
        assert each.task == first.task and each.key != first.key, "equal prompts are one task"


ATIF: dict[str, Any] = {
    "schema_version": "ATIF-v1.6",
    "session_id": "s",
    "agent": {"name": "other", "version": "2"},
    "steps": [
        {"step_id": 1, "source": "user", "message": "List the files."},
        {
            "step_id": 2,
            "source": "agent",
            "message": "Looking.",
            "reasoning_content": "ls does it",
            "tool_calls": [{"tool_call_id": "1", "function_name": "bash", "arguments": {"command": "ls"}}],
            "observation": {"results": [{"source_call_id": "1", "content": "a.txt"}]},
            "metrics": {"prompt_token_ids": [1, 2], "completion_token_ids": [3], "logprobs": [-0.5]},
        },
        {
            "step_id": 3,
            "source": "agent",
            "message": [{"type": "text", "text": "One file."}],
            "metrics": {"prompt_token_ids": [1, 2, 3, 4], "completion_token_ids": [5, 6], "logprobs": [-0.1, -0.2]},
        },
    ],
}


def test_a_trajectory_of_another_agent_keeps_its_words_calls_and_tokens(tmp_path: Path) -> None:
    path = tmp_path / "trajectory.json"
    path.write_text(json.dumps(ATIF, indent=1))
    [found] = read_export(path)
    call = '{"name": "bash", "arguments": {"command": "ls"}}'
    assert found.responses == (f"<think>\nls does it\n</think>\nLooking.\n{call}", "One file.")
    assert found.turns[0].reply == "a.txt"
    [only] = found.segments
    assert (only.token_ids, only.mask, only.prompt_length) == ((1, 2, 3, 4, 5, 6), (1, 0, 1, 1), 2)
    assert found.is_foreign and not found.verdict.valid


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"PAR1" + b"x" * 40, "cannot be read"),
        (b'{"rows": 1}\n', "no known format"),
        (b"[1]", "no known format"),
        (b"[" * 100_000, "no JSON"),
        (b'{"conversations": [{"from": "narrator", "value": ""}]}\n', "row 1: not a conversation"),
        (b'{"conversations": []}\n', "row 1: "),
        (b'{"schema_version": "ATIF-v1.4", "steps": [{"source": "agent"}]}\n', "row 1: not a trajectory"),
        (b'{"schema_version": "2"}\n', "row 1: "),
        (b'{"segments": []}\n', "row 1: not a rollout"),
        (json.dumps({**ATIF, "steps": ATIF["steps"] * 2 + [7]}).encode(), "row 1: not a trajectory"),
    ],
)
def test_what_is_no_file_of_rollouts_is_one_clear_sentence(content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises((ExportError, RolloutError), match=sentence):
        list(read_export(path))
