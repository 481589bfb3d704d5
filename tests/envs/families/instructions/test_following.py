import json
from itertools import pairwise

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.instructions.composing import compose
from palestra.envs.families.instructions.constraints import KINDS, draw_constraints, keywords, least_words
from palestra.envs.families.instructions.followed import FollowedShareVerifier, FollowedVerifier, InstructionSet
from palestra.envs.families.instructions.instruction_following import InstructionFollowing
from palestra.envs.families.instructions.instruction_following_graded import InstructionFollowingGraded
from palestra.envs.record import encode

GIVEN = encode(
    InstructionSet(
        ids=("keywords:existence", "length_constraints:number_words", "punctuation:no_comma", "startend:end_checker"),
        arguments=(
            '{"keywords": ["candle", "violin"]}',
            '{"relation": "at least", "num_words": 10}',
            "{}",
            '{"end_phrase": "That is all."}',
        ),
        sentences=("Use the words candle and violin.", "Do not use any commas."),
    )
)
GOOD = "A candle burns while the violin plays in the small room. That is all."


def test_all_instructions_have_to_be_followed() -> None:
    verifier = FollowedVerifier()
    assert verifier.verify(GOOD, GIVEN).score == 1.0
    assert verifier.verify(f"<think>hm, well</think>{GOOD}", GIVEN).score == 1.0
    for wrong in (
        GOOD.replace("candle", "lamp"),
        GOOD.replace(" while", ", while"),
        GOOD + " Bye.",
        "",
        "candle violin",
    ):
        assert verifier.verify(wrong, GIVEN).score == 0.0, wrong


def test_a_share_is_paid_only_with_keywords_and_length() -> None:
    verifier = FollowedShareVerifier()
    assert verifier.verify(GOOD, GIVEN).score == 1.0
    assert verifier.verify(GOOD + " Bye.", GIVEN).score == 0.75
    for junk in ("", "a" * 1000, "That is all.", "word " * 50 + "That is all.", GOOD.replace("candle", "lamp")):
        assert verifier.verify(junk, GIVEN).score == 0.0, junk


def test_repeating_the_instructions_pays_nothing() -> None:
    for verifier in (FollowedVerifier(), FollowedShareVerifier()):
        assert verifier.verify(f"Use the words candle and violin. {GOOD}", GIVEN).score == 0.0
    for family in (InstructionFollowing, InstructionFollowingGraded):
        for index in range(30):
            task = family().task("train", 0, index)
            assert family.verifier.verify(task.prompt, task.reference).score == 0.0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_kind_of_constraint_is_satisfied_by_the_composed_text(kind: object) -> None:
    rng = KeyedRandom("kinds")
    for _ in range(12):
        arguments, text = kind.draw(rng)  # type: ignore[attr-defined]
        gate = (keywords(rng), least_words(30))
        ids = [*(one.id for one in gate), kind.id]  # type: ignore[attr-defined]
        rows = [json.loads(json.dumps(dict(one))) for one in (*(g.arguments for g in gate), arguments)]
        given = InstructionSet(ids=tuple(ids), arguments=tuple(map(json.dumps, rows)), sentences=(text,))
        verdict = FollowedVerifier().verify(compose(ids, rows), encode(given))
        assert verdict.score == 1.0 or "times" in verdict.detail, verdict.detail  # a keyword inside a filler word


def test_most_drawn_sets_of_constraints_are_used() -> None:
    family, rng = InstructionFollowing.configured({"difficulty": 1.0}), KeyedRandom("sets")
    assert sum(family.build(family.draw(rng), rng) is not None for _ in range(100)) >= 60


def test_no_prompt_asks_for_what_a_reader_finds_at_odds() -> None:
    rng = KeyedRandom("clashes")
    for _ in range(400):
        ids = {constraint.id for constraint in draw_constraints(6, rng)}
        assert not {"startend:end_checker", "startend:quotation"} <= ids
        assert not {"change_case:english_lowercase", "detectable_content:postscript"} <= ids
        assert not {"length_constraints:nth_paragraph_first_word", "detectable_format:title"} <= ids


def test_no_text_of_one_task_is_right_for_another() -> None:
    tasks = [InstructionFollowingGraded().task("train", 0, index) for index in range(40)]
    family = InstructionFollowingGraded()
    for one, two in pairwise(tasks):
        assert family.verifier.verify(family.oracle(one), two.reference).score == 0.0


def test_both_families_share_their_puzzles() -> None:
    assert InstructionFollowing.puzzle_set() == InstructionFollowingGraded.puzzle_set()
