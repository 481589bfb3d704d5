from __future__ import annotations

import pytest

from palestra.envs.families.tool_domains.retail.family import RetailDesk
from palestra.envs.families.tool_domains.retail.refusals import REFUSALS
from palestra.envs.families.tool_domains.retail.wishes import WISHES
from palestra.envs.stateful import Recipe, Scenario, Sitting, called
from palestra.envs.tools import Toolbox
from palestra.verifiers.tools.call import ToolCall

DESK = RetailDesk()


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
        found = scenario(kind, "ask_stock" if kind != "ask_stock" else "redirect", "cancel_shipped", seed=seed)
        verify, *rest = found.plan
        assert DESK.settle(after(found, verify, *rest)).score == 1
        assert DESK.settle(after(found, verify, *reversed(rest))).score == 1


def test_nothing_works_before_the_customer_is_verified() -> None:
    found = scenario("cancel", "ask_total")
    assert after(found, *found.plan[1:]) == after(found)
    wrong = called("verify", email=found.plan[0].arguments["email"], postcode="00000")
    assert after(found, wrong, *found.plan[1:]) == after(found)


def test_a_return_in_two_calls_is_as_good_as_in_one() -> None:
    for seed in range(9):
        found = scenario("give_back", "ask_stock", seed=seed)
        verify, give_back, tell = found.plan
        lines = give_back.arguments["line_ids"]
        assert isinstance(lines, list)
        single = [called("return_items", **{**give_back.arguments, "line_ids": [line]}) for line in lines]
        assert DESK.settle(after(found, verify, *single, tell)).score == 1


def test_a_change_that_is_taken_back_still_fails_the_episode() -> None:
    found = scenario("redirect", "modify_again")
    verify, *rest = found.plan
    untouched = str(found.tempting[0].arguments["order_id"])
    desk = DESK.desk(after(found, verify))
    ((address,),) = desk.database.query("SELECT address FROM shop_order WHERE id = ?", untouched)
    there = called("change_address", order_id=untouched, address="1 Elm Road, Arden")
    back = called("change_address", order_id=untouched, address=address)
    verdict = DESK.settle(after(found, verify, *rest, there, back))
    assert verdict.score == 0
    assert (verdict.parts["diff"], verdict.parts["extra_writes"]) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("return_late", "return_window"),
        ("refund_elsewhere", "refund_place"),
        ("modify_again", "one_modification"),
        ("cancel_large", "large_cancellation"),
        ("pay_with_little", "gift_card_cover"),
    ],
)
def test_a_tool_obeys_where_a_rule_forbids_and_the_episode_is_lost(kind: str, rule: str) -> None:
    found = scenario(kind, "ask_stock")
    end = after(found, *found.plan, *found.tempting)
    assert end.broken == (rule,)
    assert DESK.settle(end).score == 0


def test_figures_are_told_once() -> None:
    found = scenario("ask_total", "ask_stock")
    verify, first, second = found.plan
    wrong = called("tell", **{**first.arguments, "value": 1})
    assert DESK.settle(after(found, verify, wrong, first, second)).score == 0
    assert DESK.settle(after(found, verify, first, wrong, second)).score == 1


def test_an_address_counts_whatever_its_spaces_and_its_full_stop() -> None:
    found = scenario("redirect", "ask_stock")
    verify, redirect, tell = found.plan
    address = str(redirect.arguments["address"]).replace(", ", ",  ") + "."
    loose = called("change_address", order_id=redirect.arguments["order_id"], address=address)
    assert DESK.settle(after(found, verify, loose, tell)).score == 1


def test_a_wrong_subject_is_an_error_of_the_call_and_leaves_no_trace() -> None:
    found = scenario("ask_stock", "cancel_shipped")
    verify, decline, tell = found.plan
    wrong = [
        called("tell", what="units_in_stock", subject="No Such Thing", value=1),
        called("tell", what="order_total", subject="P1", value=1),
        called("decline", subject="the order", reason="not_pending"),
    ]
    assert DESK.settle(after(found, verify, *wrong, decline, tell)).score == 1
