from __future__ import annotations

import pytest

from palestra.envs.families.tool_domains.calendar.desk import CalendarTools
from palestra.envs.families.tool_domains.calendar.family import CalendarDesk
from palestra.envs.families.tool_domains.calendar.goals import WISHES
from palestra.envs.families.tool_domains.calendar.records import Event, Person, Room, Session
from palestra.envs.families.tool_domains.calendar.refusals import REFUSALS
from palestra.envs.families.tool_domains.calendar.rules import Reason, Topic
from palestra.envs.stateful import Recipe, Scenario, Sitting, called
from palestra.envs.tools import Toolbox, ToolError
from palestra.verifiers.tools.call import ToolCall

DESK = CalendarDesk()


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


def office() -> CalendarTools:
    """Two people, one of them three hours ahead, and an event of the first at ten."""
    people = [Person("ann", "Ann", 0), Person("bob", "Bob", 3)]
    event = Event("E1", "Talk", "ann", "ann,bob", "Fern", "2031-03-05 10:00", "2031-03-05 11:00", "")
    rooms = [Room("Fern", 2), Room("Nook", 1)]
    snapshot = CalendarTools.schema.filled([*people, *rooms, event, Session("customer", "ann")])
    return CalendarTools(Sitting(scenario=Scenario(snapshot=snapshot, request=""), snapshot=snapshot))


@pytest.mark.parametrize("kind", [*WISHES, *REFUSALS])
def test_every_goal_can_be_reached_in_any_order(kind: str) -> None:
    for seed in range(4):
        found = scenario(kind, "ask_size" if kind != "ask_size" else "cancel", "move_past", seed=seed)
        assert DESK.settle(after(found, *found.plan)).score == 1
        assert DESK.settle(after(found, *reversed(found.plan))).score == 1


@pytest.mark.parametrize(("kind", "rule"), [("book_lunch", "lunch"), ("book_late", "hours"), ("book_long", "length")])
def test_a_tool_obeys_where_a_rule_forbids_and_the_episode_is_lost(kind: str, rule: str) -> None:
    for seed in range(4):
        found = scenario(kind, "ask_size", seed=seed)
        end = after(found, *found.plan, *found.tempting)
        assert end.broken == (rule,)
        assert DESK.settle(end).score == 0


@pytest.mark.parametrize("kind", ["book_busy", "cancel_foreign", "move_past", "room_small"])
def test_a_tool_refuses_what_cannot_be(kind: str) -> None:
    found = scenario(kind, "ask_size")
    assert after(found, *found.plan, *found.tempting) == after(found, *found.plan)


@pytest.mark.parametrize(
    ("start", "minutes", "is_free"),
    [
        ("2031-03-05 09:00", 60, True),
        ("2031-03-05 11:00", 60, True),
        ("2031-03-05 10:30", 10, False),
        ("2031-03-05 09:00", 61, False),
        ("2031-03-05 09:00", 400, False),
        ("2031-03-02 09:00", 60, False),
    ],
)
def test_nobody_is_in_two_events_at_once(start: str, minutes: int, is_free: bool) -> None:
    desk = office()
    if is_free:
        assert desk.create_event(title="New", start=start, minutes=minutes, people=("bob",)) == "N1"
        return
    with pytest.raises(ToolError):
        desk.create_event(title="New", start=start, minutes=minutes, people=("bob",))


@pytest.mark.parametrize(
    ("start", "broken"),
    [
        ("2031-03-05 14:30", ()),
        ("2031-03-05 14:31", ("hours",)),
        ("2031-03-05 08:00", ()),
        ("2031-03-05 07:59", ("hours",)),
        ("2031-03-05 23:45", ("hours",)),
        ("2031-03-05 11:30", ()),
        ("2031-03-05 11:31", ("lunch",)),
        ("2031-03-05 13:00", ()),
    ],
)
def test_hours_go_by_the_clock_of_everybody_who_comes(start: str, broken: tuple[str, ...]) -> None:
    desk = office()
    desk.create_event(title="New", start=start, minutes=30, people=("bob",))
    assert desk.world().broken == broken


def test_rooms_are_large_enough_and_free() -> None:
    desk = office()
    with pytest.raises(ToolError, match="seats"):
        desk.set_room(event_id="E1", room="Nook")
    with pytest.raises(ToolError, match=r"taken|is in event"):
        desk.create_event(title="New", start="2031-03-05 10:00", minutes=30, people=(), room="Fern")
    assert desk.move_event(event_id="E1", start="2031-03-06 10:00").endswith("2031-03-06 10:00 UTC.")
    assert desk.create_event(title="New", start="2031-03-05 10:00", minutes=30, people=(), room="Fern") == "N1"


def test_a_series_is_made_and_cut_as_a_whole() -> None:
    desk = office()
    with pytest.raises(ToolError):  # its second event meets another: none is made
        desk.create_series(title="Weekly", start="2031-02-26 10:00", minutes=30, people=(), weeks=2)
    name = desk.create_series(title="Weekly", start="2031-03-04 10:00", minutes=30, people=("bob",), weeks=3)
    assert len(desk.find_events(title="Weekly")) == 3
    desk.cancel_series(series=name, from_day="2031-03-11")
    assert [event.start for event in desk.find_events(title="Weekly")] == ["2031-03-04 10:00"]


def test_a_moved_event_that_is_moved_back_still_fails_the_episode() -> None:
    found = scenario("ask_size", "ask_room")
    subject = next(call.arguments["subject"] for call in found.plan if call.arguments["what"] == "number_of_people")
    desk = DESK.desk(DESK.opened(found))
    ((start,),) = desk.database.query("SELECT start FROM event WHERE id = ?", str(subject))
    moves = [called("move_event", event_id=subject, start=when) for when in ("2031-04-01 09:00", start)]
    assert DESK.settle(after(found, *found.plan, *moves)).parts["extra_writes"] == 1


def test_called_values_may_be_numbers_or_texts() -> None:
    found = scenario("ask_size", "ask_room")
    plan = [called("tell", **{**call.arguments, "value": str(call.arguments["value"])}) for call in found.plan]
    assert DESK.settle(after(found, *plan)).score == 1


@pytest.mark.parametrize("start", ["9999-12-31 23:59", "0999-01-01 10:00", "1999-12-31 09:00"])
def test_a_time_outside_of_the_calendar_is_an_error_of_the_call(start: str) -> None:
    with pytest.raises(ToolError, match="years"):
        office().create_event(title="Talk", start=start, minutes=60, people=[])


def test_more_digits_than_a_number_has_are_a_text() -> None:
    desk = office()
    desk.tell(what=Topic.ROOM_OF_EVENT, subject="E1", value="9" * 5000)
    assert [answer.value for answer in desk.world().answers] == ["9" * 5000]


def test_only_events_that_are_there_can_be_spoken_of_by_their_ids_alone() -> None:
    desk = office()
    with pytest.raises(ToolError, match="there is no"):
        desk.tell(what=Topic.ROOM_OF_EVENT, subject="Talk", value="Fern")
    with pytest.raises(ToolError, match="by its id"):
        desk.decline(subject="Talk", reason=Reason.LUNCH)
