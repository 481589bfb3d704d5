from __future__ import annotations

import pytest

from palestra.envs.families.tool_domains.airline.family import AirlineDesk
from palestra.envs.families.tool_domains.airline.refusals import REFUSALS
from palestra.envs.families.tool_domains.airline.wishes import WISHES
from palestra.envs.stateful import Recipe, Scenario, Sitting, called
from palestra.envs.tools import Toolbox
from palestra.verifiers.tools.call import ToolCall

DESK = AirlineDesk()


def scenario(*kinds: str, seed: int = 1) -> Scenario:
    recipe = Recipe(seed=seed, kinds=kinds, num_distractors=12, num_withheld=0, num_corrections=0)
    found = DESK.make_scenario(recipe)
    assert found is not None
    return found


def after(start: Scenario, *calls: ToolCall) -> Sitting:
    desk = DESK.desk(DESK.opened(start))
    for call in calls:
        Toolbox.of(desk).call(call)
    return desk.world()


@pytest.mark.parametrize("kind", [*WISHES, *REFUSALS])
def test_every_goal_can_be_reached_in_any_order(kind: str) -> None:
    for seed in range(5):
        found = scenario(kind, "ask_cheapest" if kind != "ask_cheapest" else "add_bags", "too_many_bags", seed=seed)
        verify, *rest = found.plan
        assert DESK.settle(after(found, verify, *rest)).score == 1
        assert DESK.settle(after(found, verify, *reversed(rest))).score == 1


def test_any_seat_of_the_wanted_kind_will_do_and_no_other() -> None:
    found = scenario("change_seat", "ask_cheapest")
    verify, choose, tell = found.plan
    reservation, seat = choose.arguments["reservation_id"], str(choose.arguments["seat_id"])
    flight, _, place = seat.rpartition("-")
    passed = {
        row + letter
        for row in ("7", "12")
        for letter in "ABC"
        if DESK.settle(
            after(
                found,
                verify,
                called("choose_seat", reservation_id=reservation, seat_id=f"{flight}-{row}{letter}"),
                tell,
            )
        ).score
    }
    assert passed == {"7" + place[-1], "12" + place[-1]}


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("cancel_fixed", "cancellation"),
        ("change_light", "flight_change"),
        ("claim_without_tier", "compensation"),
        ("claim_short_delay", "compensation"),
        ("too_many_bags", "baggage"),
    ],
)
def test_a_tool_obeys_where_a_rule_forbids_and_the_episode_is_lost(kind: str, rule: str) -> None:
    found = scenario(kind, "ask_cheapest")
    end = after(found, *found.plan, *found.tempting)
    assert end.broken == (rule,)
    assert DESK.settle(end).score == 0


def test_a_second_voucher_breaks_the_rules() -> None:
    found = scenario("claim", "ask_cheapest")
    voucher = next(call for call in found.plan if call.name == "give_voucher")
    assert after(found, *found.plan).broken == ()
    assert after(found, *found.plan, voucher).broken == ("compensation",)


def test_nothing_works_before_the_traveller_is_verified() -> None:
    found = scenario("cancel", "ask_paid")
    assert after(found, *found.plan[1:]) == after(found)
