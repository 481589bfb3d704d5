from __future__ import annotations

import pytest

from palestra.envs.families.tool_domains.bank.family import BankDesk
from palestra.envs.families.tool_domains.bank.goals import WISHES
from palestra.envs.families.tool_domains.bank.refusals import REFUSALS
from palestra.envs.stateful import Recipe, Scenario, Sitting, called
from palestra.envs.tools import Toolbox
from palestra.verifiers.tools.call import ToolCall

DESK = BankDesk()


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
    for seed in range(4):
        found = scenario(kind, "ask_limit" if kind != "ask_limit" else "save", "stranger", seed=seed)
        verify, *rest = found.plan
        assert DESK.settle(after(found, verify, *rest)).score == 1
        assert DESK.settle(after(found, verify, *reversed(rest))).score == 1


def test_nothing_works_before_the_customer_is_verified() -> None:
    found = scenario("pay_much", "lose_card")
    assert after(found, *found.plan[1:]) == after(found)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("without_code", "code"),
        ("pay_blocked", "blocked_payee"),
        ("monthly_blocked", "blocked_payee"),
        ("pay_from_savings", "savings"),
        ("dispute_late", "dispute_window"),
        ("limit_too_high", "card_limit"),
    ],
)
def test_a_tool_obeys_where_a_rule_forbids_and_the_episode_is_lost(kind: str, rule: str) -> None:
    found = scenario(kind, "ask_limit")
    end = after(found, *found.plan, *found.tempting)
    assert end.broken == (rule,)
    assert DESK.settle(end).score == 0


@pytest.mark.parametrize("kind", ["overdraw", "limit_lost", "stranger"])
def test_a_tool_refuses_what_cannot_be(kind: str) -> None:
    found = scenario(kind, "ask_limit")
    assert after(found, *found.plan, *found.tempting) == after(found, *found.plan)


def test_a_wrong_code_and_impossible_amounts_are_refused() -> None:
    found = scenario("pay_much", "ask_limit")
    verify, pay, _ = found.plan
    for change in ({"code": "1"}, {"amount": 0}, {"amount": -5}, {"target_id": pay.arguments["account_id"]}):
        assert after(found, verify, called("transfer", **{**pay.arguments, **change})) == after(found, verify)
    start = called("start_standing_order", payee_id=pay.arguments["target_id"], amount=5, day=29)
    assert after(found, verify, start) == after(found, verify)


def test_money_that_is_sent_and_sent_back_is_still_a_write() -> None:
    found = scenario("ask_limit", "ask_balance")
    verify, *rest = found.plan
    desk = DESK.desk(after(found, verify))
    sql = "SELECT kind, account.id FROM account JOIN session ON value = holder"
    ids = {str(kind): account for kind, account in desk.database.query(sql)}
    there = called("transfer", account_id=ids["savings"], target_id=ids["current"], amount=1)
    back = called("transfer", account_id=ids["current"], target_id=ids["savings"], amount=1)
    verdict = DESK.settle(after(found, verify, *rest, there, back))
    assert verdict.score == 0
    assert verdict.parts["extra_writes"] == 4
