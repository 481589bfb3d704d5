from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from palestra.agents import FinishReason, GenerationRequest, Sampling
from palestra.agents.token_replies import Expected
from palestra.agents.vllm.client import Serving, VersionLabels, read_generate
from vllm_server import VOCABULARY, FakeVllm

REQUEST = GenerationRequest(prompt_ids=(5, 6), sampling=Sampling(max_new_tokens=8), key="k")
EXPECTED = Expected(stop_ids=frozenset({2}), num_tokens=VOCABULARY)
SERVING = Serving(version=4, labels=VersionLabels.SERVER)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def good() -> dict[str, Any]:
    return FakeVllm(version="4").choice([5, 6], {"max_tokens": 8, "temperature": 1.0, "stop_token_ids": [2]})


def read(body: bytes) -> FinishReason:
    """The end of a completion, which is whole if it is no error."""
    found = read_generate(body, REQUEST, EXPECTED, SERVING)
    if found.finish_reason is not FinishReason.ERROR:
        assert 1 <= len(found.token_ids) == len(found.logprobs) <= 8
        assert all(0 <= token < VOCABULARY for token in found.token_ids)
        assert all(-1e9 < logprob <= 1e-3 for logprob in found.logprobs)
        assert found.versions[0].start == 0 and found.versions[-1].end == len(found.token_ids)
    else:
        assert found.detail
    return found.finish_reason


def test_a_good_reply_is_read() -> None:
    assert read(json.dumps({"choices": [good()]}).encode()) is not FinishReason.ERROR


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_whole_or_an_error_with_a_reason(body: bytes) -> None:
    assert read(body) is FinishReason.ERROR


@given(st.sampled_from([*good(), "logprobs.content"]), JSON)
def test_a_reply_with_one_wrong_part_is_whole_or_an_error(name: str, value: object) -> None:
    choice = good()
    if name == "logprobs.content":
        choice["logprobs"]["content"][0] = value
    else:
        choice[name] = value
    read(json.dumps({"choices": [choice]}).encode())


@given(st.integers(0, 7), st.sampled_from(["logprob", "token_id"]), JSON)
def test_a_token_with_a_wrong_part_is_whole_or_an_error(place: int, name: str, value: object) -> None:
    choice = good()
    content = choice["logprobs"]["content"]
    content[place % len(content)][name] = value
    read(json.dumps({"choices": [choice]}).encode())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 9), st.integers(-1, 9)), max_size=4))
def test_spans_are_taken_only_if_they_cover_all_tokens_one_after_the_other(
    spans: list[tuple[int, int, int]],
) -> None:
    choice = good()
    count = len(choice["token_ids"])
    choice["weight_versions"] = [{"version": str(v), "start": a, "end": b} for v, a, b in spans]
    edges = [0, *(end for _, _, end in spans)]
    covers = (
        bool(spans)
        and edges[-1] == count
        and all(start == before < end for before, (_, start, end) in zip(edges, spans, strict=False))
    )
    is_read = read(json.dumps({"choices": [choice]}).encode()) is not FinishReason.ERROR
    assert is_read == covers
