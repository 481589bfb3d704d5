"""Two methods that act on a whole run show their effect in a small real one; `benchmarks/methods` has the records."""

from __future__ import annotations

from palestra.trainer.lab.small_runs import ratio_run, toggle_run


def test_thinking_is_done_as_the_system_prompt_says_after_it_was_paid() -> None:
    points = toggle_run(0, 60, 24)
    taught = {each.name: each for each in points if each.step == 60}
    paid = {each.name: each for each in points if each.step == 84}
    assert set(taught) == set(paid) == {"heldout-thinking", "heldout-direct"}
    before, after = (sum(each.obeyed or 0.0 for each in rows.values()) / 2 for rows in (taught, paid))
    assert after > before + 0.15
    assert sum(each.mean for each in paid.values()) >= sum(each.mean for each in taught.values())


def test_without_demonstrations_verdicts_alone_never_find_the_form() -> None:
    assert {each.mean for each in ratio_run(0, 0, 8)} == {0.0}
