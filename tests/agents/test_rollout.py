from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palestra.agents import (
    FinishReason,
    Rollout,
    RolloutError,
    Segment,
    TurnRow,
    VersionSpan,
    read_rollouts,
    write_rollouts,
)
from palestra.envs import SPLITS, EndReason, Task, TaskId
from palestra.verifiers import Verdict

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
texts = st.text(st.characters(categories=("L", "N", "P", "Z", "S", "C")), max_size=40).filter(
    lambda text: not _PAIR.search(text)
)
finite = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.one_of(st.booleans(), st.integers(), finite, texts)

tasks = st.builds(
    Task,
    id=st.builds(
        TaskId,
        source=st.sampled_from(["palestra/Countdown-v1", "test/Echo-v1"]),
        split=st.sampled_from(SPLITS),
        seed=st.integers(0, 2**64),
        index=st.integers(0, 2**64),
        config=st.dictionaries(st.sampled_from(["difficulty", "mode", "share"]), st.one_of(st.integers(), finite)),
    ),
    prompt=texts,
    reference=texts,
    meta=st.dictionaries(texts, scalars, max_size=3),
)
parts = st.dictionaries(texts, finite, max_size=3)
verdicts = st.one_of(
    st.builds(Verdict.passed, texts, parts),
    st.builds(Verdict.failed, texts, parts),
    st.builds(Verdict.partial, st.floats(0, 1), texts, parts),
    st.builds(Verdict.unknown, st.floats(0, 1), texts),
    st.builds(Verdict.unparsed, texts),
    st.builds(Verdict.timeout, texts),
    st.builds(Verdict.error, texts),
)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    token_ids = draw(st.lists(st.integers(0, 200_000), min_size=1, max_size=5))
    prompt_length = len(token_ids)
    mask: list[int] = []
    logprobs: list[float] = []
    versions: list[VersionSpan] = []
    for version, policy, observed in draw(
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4), st.integers(0, 3)), max_size=4)
    ):
        versions.append(VersionSpan(version=version, start=len(mask), end=len(mask) + policy))
        mask += [1] * policy + [0] * observed
        logprobs += draw(st.lists(st.floats(-1e6, 0), min_size=policy, max_size=policy)) + [0.0] * observed
    token_ids += draw(st.lists(st.integers(0, 200_000), min_size=len(mask), max_size=len(mask)))
    return Segment(
        token_ids=tuple(token_ids),
        prompt_length=prompt_length,
        mask=tuple(mask),
        logprobs=tuple(logprobs),
        versions=tuple(versions),
        id=draw(st.integers(0, 3)),
        parent=draw(st.none() | st.integers(0, 3)),
    )


turn_rows = st.builds(
    TurnRow,
    segment=st.integers(0, 3),
    start=st.integers(0, 99),
    tokens_in=st.integers(0, 99),
    tokens_out=st.integers(0, 99),
    reply=texts,
    components=st.dictionaries(texts, st.floats(0, 1), max_size=2),
    cut_chars=st.integers(0, 9),
)
rollouts = st.builds(
    Rollout,
    key=texts,
    task=tasks,
    segments=st.lists(segments(), max_size=2).map(tuple),
    responses=st.lists(texts, max_size=3).map(tuple),
    verdict=verdicts,
    finish_reason=st.sampled_from(FinishReason),
    attempts=st.integers(1, 2),
    turns=st.lists(turn_rows, max_size=2).map(tuple),
    end=st.none() | st.sampled_from(EndReason),
    system=texts,
    trunk=texts,
    timings=st.dictionaries(texts, finite, max_size=2),
)

SEGMENT = Segment(
    token_ids=(1, 2, 3),
    prompt_length=1,
    mask=(1, 0),
    logprobs=(-0.5, 0.0),
    versions=(VersionSpan(version=0, start=0, end=1),),
)
ROLLOUT = Rollout(
    key="0/1",
    task=Task(id=TaskId(source="test/Echo-v1", split="test", seed=0, index=0), prompt="?", reference="!"),
    segments=(SEGMENT,),
    responses=("a",),
    verdict=Verdict.passed("a = a"),
    finish_reason=FinishReason.STOP,
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(rollouts)
def test_json_gives_the_same_rollout_back(rollout: Rollout) -> None:
    line = rollout.to_json()
    assert "\n" not in line
    assert Rollout.from_json(line) == rollout
    assert Rollout.from_json(line).to_json() == line


def test_a_file_appends_and_gives_all_rollouts_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    write_rollouts(path, [ROLLOUT])
    write_rollouts(path, [ROLLOUT, ROLLOUT])
    assert list(read_rollouts(path)) == [ROLLOUT] * 3


def test_a_half_written_last_line_is_named_after_the_whole_ones_were_read(tmp_path: Path) -> None:
    path = tmp_path / "rollouts.jsonl"
    write_rollouts(path, [ROLLOUT])
    with path.open("ab") as file:
        file.write(ROLLOUT.to_json().encode()[:40] + b"\xff\xfe")
    reader = read_rollouts(path)
    assert next(reader) == ROLLOUT
    with pytest.raises(RolloutError, match=r"rollouts\.jsonl, line 2: not a rollout"):
        next(reader)


@pytest.mark.parametrize(
    "line",
    ["", "null", "[]", "7", "{}", '{"key": 1}', "[" * 100_000],
)
def test_a_line_that_is_no_rollout_raises_one_error(line: str) -> None:
    with pytest.raises(RolloutError, match="not a rollout"):
        Rollout.from_json(line)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("task", "a text"),
        ("segments", [{}]),
        ("verdict", None),
        ("verdict", {"outcome": "PERHAPS"}),
        ("verdict", {"outcome": "PASS", "score": 0.0}),
        ("finish_reason", "tired"),
        ("segments", [{"token_ids": ["a"], "mask": [], "logprobs": [], "versions": []}]),
    ],
)
def test_a_row_with_a_broken_field_raises_one_error(field: str, value: object) -> None:
    row = json.loads(ROLLOUT.to_json()) | {field: value}
    with pytest.raises(RolloutError, match="not a rollout"):
        Rollout.from_json(json.dumps(row))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mask": (1,)}, "1 mask values"),
        ({"prompt_length": 0, "mask": (1, 0, 0), "logprobs": (0.0,) * 3}, "prompt of 0"),
        ({"logprobs": (float("nan"), 0.0)}, "not finite"),
        ({"logprobs": (-0.5, -0.5)}, "observation token"),
        ({"versions": ()}, "version spans"),
        ({"versions": (VersionSpan(version=0, start=0, end=2),)}, "version spans"),
        ({"versions": (VersionSpan(version=0, start=0, end=1), VersionSpan(version=1, start=0, end=1))}, "overlaps"),
        ({"versions": (VersionSpan(version=0, start=0, end=3),)}, "past 2"),
        ({"versions": (VersionSpan(version=0, start=2, end=1),)}, "backwards"),
        ({"mask": (0, 1), "logprobs": (0.0, -0.5)}, "version spans"),
    ],
)
def test_a_segment_whose_rows_disagree_is_refused(changes: dict[str, object], message: str) -> None:
    values = {name: getattr(SEGMENT, name) for name in ("token_ids", "prompt_length", "mask", "logprobs", "versions")}
    with pytest.raises(RolloutError, match=message):
        Segment(**values | changes)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_turn_cannot_earn_more_than_its_bound(value: float) -> None:
    with pytest.raises(RolloutError, match="component `format`"):
        TurnRow(segment=0, start=0, tokens_in=1, tokens_out=1, components={"format": value})


def test_a_file_of_a_version_without_turns_is_still_read() -> None:
    row = json.loads(ROLLOUT.to_json())
    for name in ("turns", "end", "system", "trunk"):
        del row[name]
    assert Rollout.from_json(json.dumps(row)) == ROLLOUT


def test_counts_of_a_rollout() -> None:
    assert ROLLOUT.policy_tokens == 1
    assert not ROLLOUT.is_truncated
