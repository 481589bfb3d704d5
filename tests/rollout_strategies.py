"""Rollouts of any shape that a driver can make, with any text in them, for properties of formats."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from palestra.agents import FinishReason, Rollout, Segment, TurnRow, VersionSpan
from palestra.envs import EndReason, Task, TaskId
from palestra.verifiers import Verdict

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
texts = st.text(st.characters(categories=("L", "N", "P", "Z", "S", "C")), max_size=20).filter(
    lambda text: not _PAIR.search(text)
) | st.sampled_from(["\x00", "\ud800", "\\ud800", "\\\\u0041\udfff", "<|im_end|>", "a\u2028b\r\nc", '{"from": "gpt"}'])
finite = st.floats(allow_nan=False, allow_infinity=False)
seconds = st.floats(0, 9)
parts = st.dictionaries(texts, finite, max_size=2)
verdicts = st.one_of(
    st.builds(Verdict.passed, texts, parts),
    st.builds(Verdict.failed, texts, parts),
    st.builds(Verdict.partial, st.floats(0, 1), texts, parts),
    st.builds(Verdict.unknown, st.floats(0, 1), texts),
    st.builds(Verdict.error, texts),
)
tasks = st.builds(
    Task,
    id=st.builds(TaskId, source=st.just("test/Echo-v1"), split=st.just("test"), seed=st.just(0), index=st.integers(0)),
    prompt=texts,
    reference=texts,
    meta=st.dictionaries(texts, st.one_of(st.booleans(), st.integers(), finite, texts), max_size=2),
    puzzle=texts,
)


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    """A rollout of turns that go on from each other, or begin a new segment, or were never kept."""
    responses = draw(st.lists(texts, max_size=4))
    turns: list[TurnRow] = []
    segments: list[Segment] = []
    for _ in responses:
        if not segments or draw(st.booleans()):
            prompt = draw(st.lists(st.integers(0, 9), min_size=1, max_size=3))
            parent = segments[-1].id if segments else None
            first = segments[-1].id + 1 if segments else draw(st.integers(0, 2))
            segments.append(_segment((*prompt,), len(prompt), (), (), first, parent))
        turns.append(_grow(draw, segments))
    is_observed = draw(st.booleans())
    if segments and is_observed:
        _observe(draw, segments)
    return Rollout(
        key=draw(texts),
        task=draw(tasks),
        segments=tuple(segments),
        responses=tuple(responses),
        verdict=draw(verdicts),
        finish_reason=draw(st.sampled_from(FinishReason)),
        attempts=draw(st.integers(1, 2)),
        turns=tuple(turns) if draw(st.booleans()) else (),
        end=draw(st.none() | st.sampled_from(EndReason)),
        system=draw(texts),
        weight=draw(st.floats(0, 4)),
        trunk=draw(texts),
        timings=draw(st.dictionaries(texts, seconds, max_size=2)),
    )


def _observe(draw: st.DrawFn, segments: list[Segment]) -> None:
    last = segments[-1]
    seen = draw(st.lists(st.integers(0, 9), max_size=2))
    segments[-1] = _segment(
        (*last.token_ids, *seen),
        last.prompt_length,
        (*last.logprobs, *[0.0] * len(seen)),
        last.versions,
        last.id,
        last.parent,
    )


def _grow(draw: st.DrawFn, segments: list[Segment]) -> TurnRow:
    if segments[-1].versions:
        _observe(draw, segments)
    last = segments[-1]
    written = draw(st.lists(st.tuples(st.integers(0, 9), st.floats(-9, 0)), max_size=3))
    start = len(last.mask)
    spans = (VersionSpan(version=draw(st.integers(0, 3)), start=start, end=start + len(written)),) if written else ()
    segments[-1] = _segment(
        (*last.token_ids, *(token for token, _ in written)),
        last.prompt_length,
        (*last.logprobs, *(logprob for _, logprob in written)),
        (*last.versions, *spans),
        last.id,
        last.parent,
    )
    return TurnRow(
        segment=last.id,
        start=start,
        tokens_in=len(last.token_ids),
        tokens_out=len(written),
        reply=draw(texts | st.just("")),
        components=draw(st.dictionaries(texts, st.floats(0, 1), max_size=1)),
        cut_chars=draw(st.integers(0, 9)),
        tool_s=draw(seconds),
    )


def _segment(
    token_ids: tuple[int, ...],
    prompt_length: int,
    logprobs: tuple[float, ...],
    versions: tuple[VersionSpan, ...],
    number: int,
    parent: int | None,
) -> Segment:
    mask = [0] * (len(token_ids) - prompt_length)
    for span in versions:
        mask[span.start : span.end] = [1] * (span.end - span.start)
    return Segment(
        token_ids=token_ids,
        prompt_length=prompt_length,
        mask=tuple(mask),
        logprobs=logprobs,
        versions=versions,
        id=number,
        parent=parent,
    )
