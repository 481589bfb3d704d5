from __future__ import annotations

import pytest

from lab_cases import small_world
from palestra.trainer.lab.texts import PLEASING, Closing
from palestra.trainer.lab.world import STRICT, MentionVerifier
from palestra.verifiers import VERIFIERS, Outcome


def test_the_strict_verifier_decides_every_text_and_accepts_nothing_that_only_pleases() -> None:
    world, strict = small_world(), VERIFIERS.make(STRICT)
    for row, problem in enumerate(world.problems):
        for place, response in enumerate(problem.pool):
            verdict = strict.verify(response.text, problem.reference)
            assert verdict.outcome in (Outcome.PASS, Outcome.FAIL), response.text
            assert bool(world.right_PK[row, place]) == (verdict.outcome is Outcome.PASS)
            assert not (response.closing in PLEASING and verdict.score)


@pytest.mark.parametrize("name", ["last-number", "mention"])
def test_weak_verifiers_err_on_both_sides_of_real_texts(name: str) -> None:
    world = small_world()
    weak_PK = world.weak_PK[name]
    assert (weak_PK & ~world.right_PK).any()
    assert (~weak_PK & world.right_PK).any()


def test_plain_boxes_are_judged_alike_by_all() -> None:
    world = small_world()
    for row, problem in enumerate(world.problems):
        for place, response in enumerate(problem.pool):
            if response.closing is Closing.MARKED:
                assert world.weak_PK["last-number"][row, place] == world.right_PK[row, place]


def test_training_and_held_out_problems_differ_and_see_the_same_features() -> None:
    world = small_world()
    assert len(world.problems) == 2 * world.num_train
    trained = {problem.text for problem in world.problems[: world.num_train]}
    assert len(trained & {problem.text for problem in world.problems[world.num_train :]}) < 3
    assert world.features_PKF.shape[-1] == world.start_F().shape[0]


def test_a_mention_needs_a_reference() -> None:
    assert MentionVerifier().verify("it is 17", "7").outcome is Outcome.PASS
    assert MentionVerifier().verify("it is 16", "7").outcome is Outcome.FAIL
    with pytest.raises(ValueError, match="empty"):
        MentionVerifier().verify("it is 16", "")
