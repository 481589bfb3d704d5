"""The watch over a run: keeps what alarms need, and says each of them once."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import cast

from palestra.trainer.alarms.history import Alarm, History
from palestra.trainer.metrics import AlarmMetrics, RateMetrics, StepMetrics, from_line, to_line

_QUIET = 5
"""Steps without an alarm after which it is over; one that flickers is one alarm."""


class AlarmWatch:
    """Asks all alarms after each step."""

    def __init__(self, alarms: Sequence[Alarm]) -> None:
        """Watch from a run's first step."""
        self._alarms = tuple(alarms)
        self._window = max((alarm.window for alarm in alarms), default=0)
        self._first: list[StepMetrics] = []
        self._last: deque[StepMetrics] = deque(maxlen=self._window)
        self._rates: deque[list[RateMetrics]] = deque(maxlen=self._window + 1)
        self._seen: dict[str, int] = {}

    def look(self, metrics: StepMetrics, rates: Sequence[RateMetrics] = ()) -> list[AlarmMetrics]:
        """Take in a step.

        Returns:
            The alarms that begin with it.
        """
        if len(self._first) < self._window:
            self._first.append(metrics)
        self._last.append(metrics)
        if rates:
            self._rates.append(list(rates))
        history = History(
            first=self._first,
            last=list(self._last),
            rates=[{row.stratum: row for row in rows} for rows in self._rates],
        )
        begun: list[AlarmMetrics] = []
        for alarm in self._alarms:
            if text := alarm(history):
                if metrics.step - self._seen.get(alarm.kind, -_QUIET - 1) > _QUIET:
                    begun.append(AlarmMetrics(step=metrics.step, name=alarm.kind, text=text))
                self._seen[alarm.kind] = metrics.step
        return begun

    def state(self) -> dict[str, object]:
        """The rows that are kept and the alarms that last, in JSON."""
        return {
            "first": [to_line(row) for row in self._first],
            "last": [to_line(row) for row in self._last],
            "rates": [[to_line(row) for row in rows] for rows in self._rates],
            "seen": dict(self._seen),
        }

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from `state`."""
        first, last = (cast("list[str]", state[name]) for name in ("first", "last"))
        self._first = [cast("StepMetrics", from_line(line)) for line in first]
        self._last = deque((cast("StepMetrics", from_line(line)) for line in last), maxlen=self._window)
        rates = cast("list[list[str]]", state["rates"])
        self._rates = deque(
            ([cast("RateMetrics", from_line(line)) for line in lines] for lines in rates), maxlen=self._window + 1
        )
        self._seen = dict(cast("dict[str, int]", state["seen"]))
