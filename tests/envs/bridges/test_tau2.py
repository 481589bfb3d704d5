import pickle
from collections.abc import Callable
from typing import Any

import pytest

from palestra.envs import ConfigError, KeyedRandom, TextEnv
from palestra.envs.bridges.tau2_airline import AirlineDesk
from palestra.envs.bridges.tau2_desk import Tau2Desk
from palestra.envs.bridges.tau2_journey import Leg, Payment
from palestra.envs.bridges.tau2_retail import RetailDesk
from palestra.envs.bridges.tau2_tasks import Tau2, is_solved_by_nothing
from palestra.envs.task import TaskId
from palestra.envs.tools.tool import ToolError
from palestra.envs.tools.toolbox import Toolbox
from palestra.verifiers.tools.call import ToolCall

SHOP: dict[str, dict[str, Any]] = {
    "users": {
        "ann": {
            "name": {"first_name": "Ann", "last_name": "Lee"},
            "address": {"zip": "12345"},
            "email": "ann@example.com",
            "payment_methods": {
                "card": {"source": "credit_card", "id": "card"},
                "gift": {"source": "gift_card", "id": "gift", "balance": 10.0},
            },
        }
    },
    "orders": {
        "#1": {
            "order_id": "#1",
            "user_id": "ann",
            "status": "pending",
            "items": [{"product_id": "p", "item_id": "a", "price": 5.0, "options": {}}],
            "payment_history": [{"transaction_type": "payment", "amount": 5.0, "payment_method_id": "gift"}],
        }
    },
    "products": {
        "p": {
            "name": "Cup",
            "variants": {
                "a": {"item_id": "a", "price": 5.0, "options": {}, "available": True},
                "b": {"item_id": "b", "price": 25.0, "options": {"size": "L"}, "available": True},
                "c": {"item_id": "c", "price": 6.0, "options": {}, "available": False},
            },
        }
    },
}
FLIGHT: dict[str, Any] = {
    "flight_number": "F1",
    "origin": "JFK",
    "destination": "LAX",
    "scheduled_departure_time_est": "08:00:00",
    "scheduled_arrival_time_est": "11:00:00",
    "dates": {
        "2024-05-16": {"status": "available", "available_seats": {"economy": 1}, "prices": {"economy": 100}},
        "2024-05-17": {"status": "cancelled"},
    },
}
AIR: dict[str, dict[str, Any]] = {
    "users": {
        "bo": {
            "payment_methods": {
                "gift": {"source": "gift_card", "id": "gift", "amount": 150},
                "paper": {"source": "certificate", "id": "paper", "amount": 500},
            },
            "reservations": [],
        }
    },
    "flights": {"F1": FLIGHT},
    "reservations": {},
}
TRIP: dict[str, Any] = {
    **{"user_id": "bo", "origin": "JFK", "destination": "LAX", "flight_type": "one_way", "cabin": "economy"},
    "flights": [{"flight_number": "F1", "date": "2024-05-16"}],
    "passengers": [{"first_name": "Bo", "last_name": "Ek", "dob": "1990-01-01"}],
    **{"total_baggages": 1, "nonfree_baggages": 1, "insurance": "no"},
}


def test_a_cancelled_order_pays_back_to_the_gift_card() -> None:
    desk = RetailDesk(SHOP)
    desk.cancel_pending_order("#1", "no longer needed")
    assert desk.record("users", "ann")["payment_methods"]["gift"]["balance"] == 15.0
    assert desk.record("orders", "#1")["status"] == "cancelled"
    assert SHOP["orders"]["#1"]["status"] == "pending"
    again = RetailDesk(SHOP, desk.changes())
    assert again.changes() == desk.changes()
    with pytest.raises(ToolError, match="cancelled, not pending"):
        again.cancel_pending_order("#1", "no longer needed")


@pytest.mark.parametrize(("new", "method"), [("b", "gift"), ("c", "card"), ("a", "card"), ("b", "cash"), ("z", "card")])
def test_a_refused_exchange_changes_nothing(new: str, method: str) -> None:
    desk = RetailDesk(SHOP)
    with pytest.raises(ToolError):
        desk.modify_pending_order_items("#1", ["a"], [new], method)
    with pytest.raises(ToolError):
        desk.modify_pending_order_items("#1", ["a", "a"], ["b", "b"], "card")
    assert desk.changes() == ()


def test_what_is_undone_is_no_change() -> None:
    desk = RetailDesk(SHOP)
    desk.modify_user_address("ann", "1", "2", "c", "s", "n", "z")
    assert [change.key for change in desk.changes()] == ["ann"]
    user = desk.change("users", "ann")
    user["address"] = SHOP["users"]["ann"]["address"]
    desk.keep("users", "ann", user)
    assert desk.changes() == ()


def test_a_booking_must_be_paid_to_the_cent_and_takes_seats() -> None:
    desk = AirlineDesk(AIR)
    box = Toolbox.of(desk)
    short = box.call(ToolCall(name="book_reservation", arguments={**TRIP, "payment_methods": [_paid("gift", 100)]}))
    assert not short.ok
    assert desk.changes() == ()
    paid = [_paid("gift", 50), _paid("paper", 100)]
    assert box.call(ToolCall(name="book_reservation", arguments={**TRIP, "payment_methods": paid})).ok
    assert {change.key for change in desk.changes()} == {"bo", "F1", "HATHAT"}
    methods = desk.record("users", "bo")["payment_methods"]
    assert methods == {"gift": {"source": "gift_card", "id": "gift", "amount": 100}}
    again = box.call(ToolCall(name="book_reservation", arguments={**TRIP, "payment_methods": paid}))
    assert "seats" in again.content


def test_flights_that_do_not_go_cannot_be_booked() -> None:
    desk = AirlineDesk(AIR)
    with pytest.raises(ToolError, match="seats"):
        desk.book_reservation(
            **{**TRIP, "flights": [Leg("F1", "2024-05-17")], "payment_methods": [Payment("gift", 150)]}
        )
    assert desk.get_flight_status("F1", "2024-05-17") == "cancelled"
    assert desk.search_direct_flight("JFK", "LAX", "2024-05-17") == []


@pytest.mark.parametrize(("text", "value"), [("2 * (3 + 4.5)", "15"), ("-1/3", "-0.33")])
def test_arithmetic_is_worked_out(text: str, value: str) -> None:
    assert Tau2Desk(SHOP).calculate(text) == value


@pytest.mark.parametrize("text", ["9**9**9", "__import__('os')", "1/0", "(" * 150, "True + 1", "1e999 - 1e999", ""])
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(ToolError):
        Tau2Desk(SHOP).calculate(text)


def _paid(method: str, amount: float) -> dict[str, str | float]:
    return {"payment_id": method, "amount": amount}


def play(env: TextEnv, policy: Callable[[TextEnv], str]) -> float:
    while True:
        _, reward, terminated, truncated, _ = env.step(policy(env))
        if terminated or truncated:
            return reward


def _needs_the_data() -> None:
    import importlib.util

    if importlib.util.find_spec("inspect_evals") is None:
        pytest.skip("inspect-evals is not installed")


@pytest.mark.parametrize("domain", ["airline", "retail"])
def test_the_right_calls_earn_all_and_cheats_nothing(domain: str) -> None:
    _needs_the_data()
    source = Tau2.configured({"name": domain, "test_share": 100})
    env = source.env(split="test")
    for index in range(len(source.row_names())):
        task = source.task("test", 0, index)
        env.enter(task)
        assert play(env, lambda env: env.oracle()) == 1.0, task.id
        rng = KeyedRandom("random", index)
        for name, texts in {"silence": [""], **env.cheats(task)}.items():
            env.enter(task)
            waiting = iter(texts)
            assert play(env, lambda env, waiting=waiting: next(waiting, "")) == 0.0, name  # type: ignore[misc]
        env.enter(task)
        assert play(env, lambda env, rng=rng: env.guess(rng)) == 0.0  # type: ignore[misc]


@pytest.mark.parametrize(("domain", "count", "gated"), [("airline", 50, 19), ("retail", 114, 7)])
def test_tasks_that_doing_nothing_solves_are_left_out(domain: str, count: int, gated: int) -> None:
    _needs_the_data()
    every = Tau2.configured({"name": domain, "gated": False}).row_names()
    assert len(every) == count
    assert sum(map(is_solved_by_nothing, every)) == gated
    assert len(Tau2.configured({"name": domain}).row_names()) == count - gated


def test_an_episode_goes_on_from_a_snapshot_and_a_task_from_its_id() -> None:
    _needs_the_data()
    source = Tau2.configured({"name": "retail"})
    env, twin = source.env(), source.env()
    env.reset(seed=0)
    assert source.regenerate(TaskId.parse(str(env.task.id))) == env.task
    env.step(env.oracle())
    twin.restore(pickle.loads(pickle.dumps(env.state())))
    twin.step(twin.guess(KeyedRandom("stray")))
    assert play(env, lambda env: env.oracle()) == 1.0


def test_a_stray_write_costs_everything() -> None:
    _needs_the_data()
    source = Tau2.configured({"name": "airline"})
    env = source.env()
    env.reset(seed=0)
    gift: dict[str, Any] = {"user_id": "mia_li_3668", "amount": 100}
    env.step(env.codec.render_calls([ToolCall(name="send_certificate", arguments=gift)]))
    for call in source.row(env.task).actions:
        env.step(env.codec.render_calls([call]))
    _, reward, _, _, info = env.step(env.codec.render_calls([ToolCall(name="done")]))
    assert reward == 0.0
    assert "1 records differ" in info["detail"]


def test_an_unknown_domain_is_refused() -> None:
    _needs_the_data()
    with pytest.raises(ConfigError, match="airline, retail"):
        Tau2.configured({"name": "telecom"})
