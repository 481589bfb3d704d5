"""Two methods that act on a whole run show their effect in a small real one; `benchmarks/methods` has the records."""

from __future__ import annotations

from palestra.trainer.lab.small_runs import ratio_run, toggle_run


def test_thinking_is_done_as_the_system_prompt_says_after_it_was_paid() -> None:
    points = toggle_run(0, 60, 12)
    taught = {each.name: each for each in points if each.step == 60}
    paid = {each.name: each for each in points if each.step == 72}
    assert set(taught) == set(paid) == {"heldout-thinking", "heldout-direct"}
    before, after = (sum(each.obeyed or 0.0 for each in rows.values()) / 2 for rows in (taught, paid))
    assert after > before + 0.15
    right_before, right_after = (sum(each.mean for each in rows.values()) for rows in (taught, paid))
    assert right_after > right_before - 0.1  # the noise of one seed


def test_without_demonstrations_verdicts_alone_never_find_the_form() -> None:
    assert {each.mean for each in ratio_run(0, 0, 8)} == {0.0}
