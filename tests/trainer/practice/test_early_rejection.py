from __future__ import annotations

from dataclasses import replace

import pytest
from transformers import PreTrainedModel

from palestra.agents import Completion, FinishReason, GenerationRequest
from palestra.trainer.generation.in_process import InProcessGenerator
from palestra.trainer.generation.plain import PlainGenerator
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.policy import Policy
from palestra.trainer.practice.early_rejection import EarlyRejection, LostOpening, Rejected, RepetitionLoop, Watch
from policy_cases import STOP, generate, largest_difference, request
from tiny_model import PLAIN_ARCHITECTURE, byte_tokenizer, tiny_model

HOPELESS = LostOpening(opening="no random model writes this")


def _model(kind: type[InProcessGenerator] | type[PlainGenerator]) -> PreTrainedModel:
    """One that the generator is for."""
    return tiny_model() if kind is InProcessGenerator else tiny_model(PLAIN_ARCHITECTURE)


def _completions(
    kind: type[InProcessGenerator] | type[PlainGenerator], rule: EarlyRejection | None, *, count: int = 60
) -> tuple[list[GenerationRequest], list[Completion]]:
    text = HfChatTokenizer(byte_tokenizer()).text
    watch = None if rule is None else Watch(rule, text)
    generator = kind(Policy.of(_model(kind)), [STOP], max_concurrent=7, watch=watch)
    requests = [request(f"0/{number}", tokens=12) for number in range(count)]
    requests = [replace(each, sampling=replace(each.sampling, may_reject=True)) for each in requests]
    return requests, generate(generator, requests)


@pytest.mark.parametrize("kind", [InProcessGenerator, PlainGenerator])
def test_hopeless_completions_end_early_and_those_that_are_spared_stand_for_them(
    kind: type[InProcessGenerator] | type[PlainGenerator],
) -> None:
    rule = EarlyRejection(score=HOPELESS, every=4, spare=0.25)
    requests, done = _completions(kind, rule)
    _, untouched = _completions(kind, None)
    rejected = [each for each in done if each.finish_reason is FinishReason.REJECTED]
    assert 30 < len(rejected) < 58
    assert {(len(each.token_ids), each.weight) for each in rejected} == {(4, 0.0)}
    for mine, whole in zip(done, untouched, strict=True):
        assert whole.token_ids[: len(mine.token_ids)] == mine.token_ids, "what is written is not changed"
        if mine not in rejected:
            assert mine.token_ids == whole.token_ids
            assert mine.weight == (4.0 if len(mine.token_ids) > 4 else 1.0)
    assert largest_difference(_model(kind), requests, done) < 1e-4


def test_sums_over_completions_keep_their_expectation() -> None:
    # Of each completion the weight is 1 on average over its coin: the estimate of any sum is unbiased.
    rule = EarlyRejection(score=HOPELESS, every=4, spare=0.25)
    watch = Watch(rule, lambda tokens: "x")
    count = 4000
    spared = [watch.spares(request(f"coin/{number}")) for number in range(count)]
    mean = sum(watch.weight(is_spared=coin) for coin in spared) / count
    assert mean == pytest.approx(1.0, abs=4 * (1 / rule.spare - 1) ** 0.5 / count**0.5)


def test_nobody_is_rejected_who_did_not_allow_it() -> None:
    watch = Watch(EarlyRejection(score=HOPELESS, every=1), lambda tokens: "x")
    asked = request("0/1")
    assert not watch.is_hopeless(asked, [1, 2])
    allowed = replace(asked, sampling=replace(asked.sampling, may_reject=True))
    assert watch.is_hopeless(allowed, [1, 2]) and not watch.is_hopeless(allowed, [])


def test_judged_completions_are_worth_what_they_are() -> None:
    watch = Watch(EarlyRejection(rejected=Rejected.JUDGED, spare=0.0), str)
    assert (watch.weight(is_spared=False), watch.weight(is_spared=True)) == (1.0, 1.0)
    with pytest.raises(ValueError, match="nothing would stand"):
        EarlyRejection(spare=0.0)


@pytest.mark.parametrize(
    ("text", "chance"),
    [
        ("and so on, and so on, and so on, and so on, ", 0.0),
        ("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12", None),
        ("-" * 400, 0.0),
        ("-" * 20, None),
        ("Wait. Wait. Wait.", None),
        ("", None),
    ],
)
def test_loops_are_seen(text: str, chance: float | None) -> None:
    assert RepetitionLoop()(text) == chance


@pytest.mark.parametrize(
    ("text", "chance"), [("", None), ("  <thi", None), ("<think>well", None), ("<thought", 0.0), ("The", 0.0)]
)
def test_a_lost_opening_is_seen_and_one_that_may_come_is_not(text: str, chance: float | None) -> None:
    assert LostOpening()(text) == chance


def test_wrong_settings_are_refused() -> None:
    for wrong in ({"every": 0}, {"threshold": 1.1}, {"spare": 1.5}):
        with pytest.raises(ValueError, match="must be"):
            EarlyRejection(**wrong)
    with pytest.raises(ValueError, match="at least 2 times"):
        RepetitionLoop(times=1)
