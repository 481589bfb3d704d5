"""The tools of tau2's airline domain, over its database: our own code, by the rules of its policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Literal

from palestra.envs.bridges.tau2_desk import Tau2Desk
from palestra.envs.bridges.tau2_journey import CITIES, Leg, Passenger, Payment, pay
from palestra.envs.tools.tool import Effect, ToolError, tool

Cabin = Literal["basic_economy", "economy", "business"]
_NOW = "2024-05-15T15:00:00"
_NEW_RESERVATIONS = ("HATHAT", "HATHAU", "HATHAV")
_NEW_CERTIFICATES = ("certificate_3221322", "certificate_3221323", "certificate_3221324")
_BAG, _INSURANCE = 50, 30


class AirlineDesk(Tau2Desk):
    """Customers, reservations and flights of an airline."""

    @tool(Effect.READ)
    def get_user_details(self, user_id: str) -> Mapping[str, object]:
        """A customer with ways to pay and reservations.

        Args:
            user_id: Of the customer.
        """
        return dict(self.record("users", user_id))

    @tool(Effect.READ)
    def get_reservation_details(self, reservation_id: str) -> Mapping[str, object]:
        """A reservation.

        Args:
            reservation_id: Six letters and digits.
        """
        return dict(self.record("reservations", reservation_id))

    @tool(Effect.READ)
    def list_all_airports(self) -> Mapping[str, str]:
        """The cities of all airports by their codes."""
        return CITIES

    @tool(Effect.READ)
    def get_flight_status(self, flight_number: str, date: str) -> str:
        """How a flight is.

        Args:
            flight_number: Of the flight.
            date: Year, month and day with hyphens.
        """
        return str(self._day(flight_number, date)["status"])

    @tool(Effect.READ)
    def search_direct_flight(self, origin: str, destination: str, date: str) -> Sequence[Mapping[str, object]]:
        """Flights from one airport to another on a day.

        Args:
            origin: Code of the airport.
            destination: Code of the airport.
            date: Year, month and day with hyphens.
        """
        return self._flights(origin, destination, date)

    @tool(Effect.READ)
    def search_onestop_flight(
        self, origin: str, destination: str, date: str
    ) -> Sequence[Sequence[Mapping[str, object]]]:
        """Journeys of two flights from one airport to another.

        Args:
            origin: Code of the airport.
            destination: Code of the airport.
            date: Year, month and day with hyphens.
        """
        found = []
        for first in self._flights(origin, None, date):
            arrival = str(first["scheduled_arrival_time_est"])
            later = f"{date[:-2]}{int(date[-2:]) + 1:02d}" if "+1" in arrival else date
            for second in self._flights(str(first["destination"]), destination, later):
                if str(second["scheduled_departure_time_est"]) >= arrival:
                    found.append([{**first, "date": date}, {**second, "date": later}])
        return found

    @tool(Effect.WRITE)
    def book_reservation(  # noqa: PLR0913  as the tasks say
        self,
        user_id: str,
        origin: str,
        destination: str,
        flight_type: Literal["one_way", "round_trip"],
        cabin: Cabin,
        flights: Sequence[Leg],
        passengers: Sequence[Passenger],
        payment_methods: Sequence[Payment],
        total_baggages: int,
        nonfree_baggages: int,
        insurance: Literal["yes", "no"],
    ) -> Mapping[str, object]:
        """Book a journey; the payments must add up to its price.

        Args:
            user_id: Of the customer.
            origin: Code of the airport.
            destination: Code of the airport.
            flight_type: There, or there and back.
            cabin: For all passengers and flights.
            flights: All flights, those back too.
            passengers: Everybody who flies.
            payment_methods: What is paid, and how.
            total_baggages: Bags.
            nonfree_baggages: Bags that are paid for.
            insurance: Whether the journey is insured.
        """
        user = self.change("users", user_id)
        number = next((one for one in _NEW_RESERVATIONS if one not in self.keys("reservations")), None)
        if number is None:
            raise ToolError("too many reservations")
        booked = [self._booked(leg, cabin, len(passengers)) for leg in flights]
        price = sum(leg["price"] for leg in booked) * len(passengers) + _BAG * nonfree_baggages
        price += _INSURANCE * len(passengers) if insurance == "yes" else 0
        pay(user, payment_methods, price)
        for leg in flights:
            flight = self.change("flights", leg.flight_number)
            flight["dates"][leg.date]["available_seats"][cabin] -= len(passengers)
            self.keep("flights", leg.flight_number, flight)
        user["reservations"].append(number)
        self.keep("users", user_id, user)
        return self._kept(
            {
                **{"reservation_id": number, "user_id": user_id, "origin": origin, "destination": destination},
                **{"flight_type": flight_type, "cabin": cabin, "flights": booked},
                "passengers": [asdict(one) for one in passengers],
                "payment_history": [asdict(one) for one in payment_methods],
                **{"created_at": _NOW, "total_baggages": total_baggages, "nonfree_baggages": nonfree_baggages},
                "insurance": insurance,
            }
        )

    @tool(Effect.WRITE)
    def cancel_reservation(self, reservation_id: str) -> Mapping[str, object]:
        """Cancel a whole reservation; payments go back.

        Args:
            reservation_id: Six letters and digits.
        """
        reservation = self.change("reservations", reservation_id)
        history = reservation["payment_history"]
        history += [{"payment_id": one["payment_id"], "amount": -one["amount"]} for one in history]
        reservation["status"] = "cancelled"
        return self._kept(reservation)

    @tool(Effect.WRITE)
    def send_certificate(self, user_id: str, amount: int) -> str:
        """Give a customer a certificate.

        Args:
            user_id: Of the customer.
            amount: Its value.
        """
        user = self.change("users", user_id)
        name = next((one for one in _NEW_CERTIFICATES if one not in user["payment_methods"]), None)
        if name is None:
            raise ToolError("too many certificates")
        user["payment_methods"][name] = {"source": "certificate", "id": name, "amount": amount}
        self.keep("users", user_id, user)
        return f"`{name}` over {amount} is given to `{user_id}`."

    @tool(Effect.WRITE)
    def update_reservation_baggages(
        self, reservation_id: str, total_baggages: int, nonfree_baggages: int, payment_id: str
    ) -> Mapping[str, object]:
        """Change the bags of a reservation.

        Args:
            reservation_id: Six letters and digits.
            total_baggages: Bags from now on.
            nonfree_baggages: Bags that are paid for from now on.
            payment_id: For those that are new.
        """
        reservation = self.change("reservations", reservation_id)
        self._charge(reservation, payment_id, _BAG * max(0, nonfree_baggages - reservation["nonfree_baggages"]))
        reservation |= {"total_baggages": total_baggages, "nonfree_baggages": nonfree_baggages}
        return self._kept(reservation)

    @tool(Effect.WRITE)
    def update_reservation_flights(
        self, reservation_id: str, cabin: Cabin, flights: Sequence[Leg], payment_id: str
    ) -> Mapping[str, object]:
        """Change the flights or the cabin of a reservation.

        Args:
            reservation_id: Six letters and digits.
            cabin: From now on.
            flights: All flights of the journey, those that stay too.
            payment_id: For the difference in price.
        """
        reservation = self.change("reservations", reservation_id)
        count = len(reservation["passengers"])
        old = {(leg["flight_number"], leg["date"]): leg for leg in reservation["flights"]}
        is_same_cabin = cabin == reservation["cabin"]
        chosen = []
        for leg in flights:
            kept = old.get((leg.flight_number, leg.date)) if is_same_cabin else None
            chosen.append(kept or self._booked(leg, cabin, count))
        before = sum(leg["price"] for leg in reservation["flights"])
        self._charge(reservation, payment_id, (sum(leg["price"] for leg in chosen) - before) * count)
        reservation |= {"flights": chosen, "cabin": cabin}
        return self._kept(reservation)

    @tool(Effect.WRITE)
    def update_reservation_passengers(
        self, reservation_id: str, passengers: Sequence[Passenger]
    ) -> Mapping[str, object]:
        """Change who flies, not how many.

        Args:
            reservation_id: Six letters and digits.
            passengers: Everybody who flies.
        """
        reservation = self.change("reservations", reservation_id)
        if len(passengers) != len(reservation["passengers"]):
            raise ToolError("the number of passengers cannot be changed")
        reservation["passengers"] = [asdict(one) for one in passengers]
        return self._kept(reservation)

    def _day(self, flight_number: str, date: str) -> Any:
        days = self.record("flights", flight_number)["dates"]
        if date not in days:
            raise ToolError(f"`{flight_number}` does not fly on `{date[:20]}`")
        return days[date]

    def _flights(self, origin: str, destination: str | None, date: str) -> list[dict[str, object]]:
        found = []
        for number in self.keys("flights"):
            flight = self.record("flights", number)
            day = flight["dates"].get(date)
            is_there = flight["origin"] == origin and destination in (None, flight["destination"])
            if is_there and day is not None and day["status"] == "available":
                shown = {name: value for name, value in flight.items() if name != "dates"}
                found.append({**shown, **day})
        return found

    def _booked(self, leg: Leg, cabin: str, count: int) -> dict[str, Any]:
        day = self._day(leg.flight_number, leg.date)
        if day["status"] != "available" or day["available_seats"][cabin] < count:
            raise ToolError(f"`{leg.flight_number}` has not enough seats on `{leg.date}`")
        flight = self.record("flights", leg.flight_number)
        ends = {"origin": flight["origin"], "destination": flight["destination"]}
        return {**ends, "flight_number": leg.flight_number, "date": leg.date, "price": day["prices"][cabin]}

    def _charge(self, reservation: Any, payment_id: str, amount: float) -> None:
        """Note a payment, negative ones too; a gift card is charged."""
        user = self.change("users", reservation["user_id"])
        method = user["payment_methods"].get(payment_id)
        if method is None or method["source"] == "certificate":
            raise ToolError("a reservation is changed at the cost of a card of the customer")
        if method["source"] == "gift_card":
            if method["amount"] < amount:
                raise ToolError("the gift card does not hold enough")
            method["amount"] -= amount
            self.keep("users", reservation["user_id"], user)
        if amount:
            reservation["payment_history"].append({"payment_id": payment_id, "amount": amount})

    def _kept(self, reservation: Any) -> Mapping[str, object]:
        self.keep("reservations", reservation["reservation_id"], reservation)
        return dict(reservation)
