import re
from datetime import date, datetime, timedelta

from palestra.envs.families.arithmetic.calendar_arithmetic import CalendarArithmetic, CalendarKey
from palestra.envs.families.arithmetic.days_between import DaysBetween
from palestra.envs.families.arithmetic.gregorian import MONTHS, WEEKDAYS, Date, DateAnswer, date_of
from palestra.envs.families.arithmetic.time_intervals import DurationAnswer, TimeIntervals

_DATE = re.compile(rf"(\d+) ({'|'.join(MONTHS)}) (\d{{4}})")


def dates_in(text: str) -> list[date]:
    return [date(int(year), MONTHS.index(month) + 1, int(day)) for day, month, year in _DATE.findall(text)]


def test_the_calendar_is_that_of_the_standard_library() -> None:
    for ordinal in [*range(1, 800), *range(36_000, 800_000, 97), *range(693_500, 694_500)]:
        ours, theirs = date_of(ordinal - 1), date.fromordinal(ordinal)
        assert (ours.year, ours.month, ours.day) == (theirs.year, theirs.month, theirs.day)
        assert (ours.number(), ours.weekday()) == (ordinal - 1, WEEKDAYS[theirs.weekday()])


def test_dates_are_the_asked_number_of_days_away() -> None:
    seen = set()
    for difficulty in (0.0, 0.4, 0.8):
        family = CalendarArithmetic.configured({"difficulty": difficulty})
        for index in range(60):
            task = family.task("train", 3, index)
            answer, given = date.fromisoformat(task.reference), dates_in(task.prompt)[0]
            if found := re.search(r"(\d+) days? (before|after)", task.prompt):
                sign = -1 if found[2] == "before" else 1
                assert answer == given + sign * timedelta(days=int(found[1]))
                seen.add(found[2])
                continue
            seen.add("weekday")
            named = re.search(r"is a (\w+)\..* the (first|second|third|fourth) (\w+) of (\w+) (\d{4})", task.prompt)
            assert named is not None
            assert named[1] == WEEKDAYS[given.weekday()]
            assert (WEEKDAYS[answer.weekday()], MONTHS[answer.month - 1], str(answer.year)) == named.groups()[2:]
            assert ("first", "second", "third", "fourth")[(answer.day - 1) // 7] == named[2]
    assert seen == {"before", "after", "weekday"}


def test_a_weekday_is_one_puzzle_however_it_was_reached() -> None:
    family, given = CalendarArithmetic(), Date(2024, 5, 10).number()
    keys = [CalendarKey(kind="weekday", given=given, days=days) for days in (12, 19, 26)]
    assert [date_of(given + key.days).day for key in keys] == [22, 29, 5]
    assert family.canonical(keys[0]) == family.canonical(keys[1]) != family.canonical(keys[2])


def test_days_between_are_counted_right() -> None:
    for difficulty in (0.0, 0.5, 1.0):
        family = DaysBetween.configured({"difficulty": difficulty})
        for index in range(40):
            task = family.task("train", 1, index)
            start, end = dates_in(task.prompt)
            assert (end - start).days == int(task.reference) > 0


def test_intervals_add_up() -> None:
    moment = re.compile(r"from ([\d:]+) to ([\d:]+)(?: on the (next) day| (\d+) days later)?")
    for difficulty in (0.0, 0.3, 0.6, 1.0):
        family = TimeIntervals.configured({"difficulty": difficulty})
        for index in range(40):
            task = family.task("train", 2, index)
            total = timedelta()
            for start, end, following, days in moment.findall(task.prompt):
                shape = "%H:%M:%S" if start.count(":") == 2 else "%H:%M"
                gap = timedelta(days=1 if following else int(days or 0))
                total += datetime.strptime(end, shape) - datetime.strptime(start, shape) + gap
            hours, minutes, seconds = map(int, task.reference.split(":"))
            assert timedelta(hours=hours, minutes=minutes, seconds=seconds) == total > timedelta()


def test_dates_and_durations_are_read_strictly() -> None:
    dates, durations = DateAnswer(), DurationAnswer()
    for right in ("2031-04-07", "So:\n**2031-4-7**.", "<answer>2031-04-07</answer>", "Answer: 2031-04-07"):
        assert dates.verify(right, "2031-04-07").score == 1, right
    for wrong in ("2031-07-04", "2031-04-07 or 2031-04-08", "7 April 2031", "04-07-2031", ""):
        assert dates.verify(wrong, "2031-04-07").score == 0, wrong
    for right in ("7:27:00", "7:27", "07:27", "The answer is 7:27:00."):
        assert durations.verify(right, "7:27:00").score == 1, right
    for wrong in ("7:27:01", "7.45 hours", "19:27", "7:27 7:28", "6:87"):
        assert durations.verify(wrong, "7:27:00").score == 0, wrong
