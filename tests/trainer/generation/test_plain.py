"""The fallback generator ends rows where the one with a cache of its own ends them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from palestra.agents import Completion, FinishReason, GenerationRequest
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.generation.plain import PlainGenerator
from palestra.trainer.model.policy import Policy
from palestra.trainer.practice.early_rejection import EarlyRejection, LostOpening, Rejected, Watch
from policy_cases import STOP, generate, request
from tiny_model import ARCHITECTURES, tiny_model

POSITIONS = 512
"""Of the tiny models."""
BOTH = pytest.mark.parametrize("architecture", ["llama", "gpt2-learned-positions"])
"""A model that goes on behind its last position, and one that has no numbers there."""


def _done(architecture: str, requests: Sequence[GenerationRequest], watch: Watch | None = None) -> list[Completion]:
    policy = Policy(model=tiny_model(ARCHITECTURES[architecture]), takes_plans=False)
    return generate(PlainGenerator(policy, [STOP], max_concurrent=3, watch=watch), requests)


def _expected(architecture: str, requests: Sequence[GenerationRequest], watch: Watch | None = None) -> list[Completion]:
    policy = Policy.of(tiny_model(ARCHITECTURES[architecture]))
    return generate(InProcessGenerator(policy, [STOP], watch=watch), requests)


@BOTH
def test_a_row_ends_where_the_models_positions_end(architecture: str) -> None:
    asked = request("a", POSITIONS - 7, tokens=20)
    [done] = _done(architecture, [asked])
    assert (len(done.token_ids), done.finish_reason) == (7, FinishReason.LENGTH)
    assert done.token_ids == _expected(architecture, [asked])[0].token_ids


@BOTH
def test_a_row_that_has_room_is_not_cut_short_by_one_that_has_none(architecture: str) -> None:
    lengths = (5, POSITIONS - 3, 9, POSITIONS - 1, 200, POSITIONS - 30, 6)
    requests = [request(str(number), length, tokens=20) for number, length in enumerate(lengths)]
    done, expected = _done(architecture, requests), _expected(architecture, requests)
    assert [len(each.token_ids) for each in done] == [20, 3, 20, 1, 20, 20, 20]
    assert [each.token_ids for each in done] == [each.token_ids for each in expected]
    assert [each.finish_reason for each in done] == [each.finish_reason for each in expected]


def test_a_row_without_room_for_more_is_whole_and_not_hopeless() -> None:
    rule = EarlyRejection(score=LostOpening(), every=4, spare=0.0, rejected=Rejected.JUDGED)
    watch = Watch(rule, lambda token_ids: "no opening")
    asked = [request(str(number), length, tokens=20) for number, length in enumerate((5, POSITIONS - 4, POSITIONS - 5))]
    requests = [replace(each, sampling=replace(each.sampling, may_reject=True)) for each in asked]
    done, expected = _done("llama", requests, watch), _expected("llama", requests, watch)
    assert [str(each.finish_reason) for each in done] == ["rejected", "length", "rejected"]
    assert [len(each.token_ids) for each in done] == [4, 4, 4]
    assert [each.token_ids for each in done] == [each.token_ids for each in expected]
    assert [each.finish_reason for each in done] == [each.finish_reason for each in expected]
