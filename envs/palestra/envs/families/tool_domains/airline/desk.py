"""What an agent of the airline can do."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from palestra.envs.families.tool_domains.airline.records import (
    BOOKED,
    CALLED_OFF,
    CANCELLED,
    SCHEMA,
    TODAY,
    Flight,
    Payout,
    Reservation,
    Seat,
    Session,
    Traveller,
)
from palestra.envs.families.tool_domains.airline.rules import BAG_PRICE, NOTICE_DAYS, RULES, Reason, Topic
from palestra.envs.stateful import DomainDesk, Rule, Schema, read, write
from palestra.envs.tools import ToolError


class AirlineTools(DomainDesk):
    """The tools of the airline."""

    schema: ClassVar[Schema] = SCHEMA
    rules: ClassVar[tuple[Rule, ...]] = RULES

    @write
    def verify(self, email: str, born: str) -> Traveller:
        """Verify who the customer is, once and before anything else.

        Args:
            email: The e-mail address of the account.
            born: The date of birth, as 1990-12-31.
        """
        found = [one for one in self.database.where(Traveller, "email", email) if one.born == born]
        if not found:
            raise ToolError("no account has this e-mail address and date of birth")
        if self.database.get(Session, "traveller") is not None:
            raise ToolError("a traveller is verified already")
        self.database.add(Session("traveller", found[0].id))
        return found[0]

    @read
    def list_reservations(self) -> list[dict[str, object]]:
        """The reservations of the verified traveller."""
        found = self.database.where(Reservation, "traveller", self._traveller())
        return [self._shown(reservation) for reservation in found]

    @read
    def show_reservation(self, reservation_id: str) -> dict[str, object]:
        """All about a reservation of the verified traveller.

        Args:
            reservation_id: The reservation.
        """
        reservation = self._own(reservation_id)
        seats = self.database.where(Seat, "reservation", reservation.id)
        return self._shown(reservation) | {
            "booked": reservation.booked,
            "bags": reservation.bags,
            "insured": reservation.insured,
            "paid": reservation.paid,
            "seats": [f"{seat.id} ({seat.place})" for seat in seats],
        }

    @read
    def search_flights(self, destination: str) -> tuple[Flight, ...]:
        """The flights to a town.

        Args:
            destination: The town.
        """
        return self.database.where(Flight, "destination", destination)

    @read
    def free_seats(self, flight_id: str) -> list[dict[str, str]]:
        """The seats of a flight that nobody has.

        Args:
            flight_id: The flight.
        """
        seats = self.database.where(Seat, "flight", self.need(Flight, flight_id).id)
        return [{"seat_id": seat.id, "place": seat.place} for seat in seats if not seat.reservation]

    @write
    def cancel_reservation(self, reservation_id: str) -> str:
        """Cancel a reservation: its seats become free, and what was paid goes back.

        Args:
            reservation_id: The reservation.
        """
        reservation = self._booked(reservation_id)
        self._leave_seats(reservation)
        self.database.change(replace(reservation, status=CANCELLED))
        self._pay_out(reservation, "refund", reservation.paid)
        return f"Reservation {reservation.id} is cancelled."

    @write
    def change_flight(self, reservation_id: str, flight_id: str) -> str:
        """Move a reservation to another flight to the same destination; the traveller pays, or gets, the difference.

        Args:
            reservation_id: The reservation.
            flight_id: The new flight.
        """
        reservation, new = self._booked(reservation_id), self.need(Flight, flight_id)
        old = self.need(Flight, reservation.flight)
        if new.destination != old.destination or new.id == old.id:
            raise ToolError(f"`{new.id}` is no other flight to {old.destination}")
        if new.status == CALLED_OFF:
            raise ToolError(f"`{new.id}` is called off")
        if self._days_ahead(old) <= NOTICE_DAYS:
            raise ToolError(f"`{old.id}` leaves in {NOTICE_DAYS} days or less")
        self._leave_seats(reservation)
        difference = new.price - old.price
        self.database.change(replace(reservation, flight=new.id, paid=reservation.paid + difference))
        self._pay_out(reservation, "change", -difference)
        return f"Reservation {reservation.id} is on {new.id} now; no seat is chosen."

    @write
    def choose_seat(self, reservation_id: str, seat_id: str) -> str:
        """Take a free seat on the flight of a reservation; the seat that it had becomes free.

        Args:
            reservation_id: The reservation.
            seat_id: The seat.
        """
        reservation, seat = self._booked(reservation_id), self.need(Seat, seat_id)
        if seat.flight != reservation.flight or seat.reservation:
            raise ToolError(f"`{seat.id}` is no free seat of this flight")
        self._leave_seats(reservation)
        self.database.change(replace(seat, reservation=reservation.id))
        return f"Reservation {reservation.id} has {seat.id}."

    @write
    def add_bags(self, reservation_id: str, bags: int) -> str:
        """Add bags to a reservation.

        Args:
            reservation_id: The reservation.
            bags: How many more, 1 to 5.
        """
        reservation = self._booked(reservation_id)
        if not 1 <= bags <= 5:
            raise ToolError("1 to 5 bags can be added")
        paid = reservation.paid + BAG_PRICE * bags
        self.database.change(replace(reservation, bags=reservation.bags + bags, paid=paid))
        return f"Reservation {reservation.id} has {reservation.bags + bags} bags."

    @write
    def give_voucher(self, reservation_id: str, amount: int) -> str:
        """Give the traveller a voucher for what went wrong with a reservation.

        Args:
            reservation_id: The reservation.
            amount: What it is worth.
        """
        reservation = self._own(reservation_id)
        self._pay_out(reservation, "voucher", amount)
        return f"A voucher for {amount} is on its way."

    @write
    def tell(self, what: Topic, subject: str, value: int) -> str:
        """Tell the traveller a figure that was asked for; it can be told once.

        Args:
            what: What the figure is.
            subject: The id of the reservation; for `cheapest_fare`, the lowest price of its flights, the town.
            value: The figure.
        """
        self._traveller()
        if what is not Topic.CHEAPEST_FARE:
            self._own(subject)
        elif not self.database.where(Flight, "destination", subject):
            raise ToolError(f"there is no flight to `{subject[:80]}`")
        self.note_answer(what, subject, value)
        return "The traveller was told."

    @write
    def decline(self, subject: str, reason: Reason) -> str:
        """Decline a wish that the rules forbid.

        Args:
            subject: The id of the reservation that it is about.
            reason: Why.
        """
        self._traveller()
        self.note_refusal(self.need(Reservation, subject).id, reason)
        return "The traveller was told that this cannot be done."

    def _traveller(self) -> str:
        session = self.database.get(Session, "traveller")
        if session is None:
            raise ToolError("the traveller is not verified yet")
        return session.value

    def _own(self, reservation_id: str) -> Reservation:
        traveller = self._traveller()
        reservation = self.need(Reservation, reservation_id)
        if reservation.traveller != traveller:
            raise ToolError(f"reservation `{reservation.id}` is not the traveller's")
        return reservation

    def _booked(self, reservation_id: str) -> Reservation:
        reservation = self._own(reservation_id)
        if reservation.status != BOOKED:
            raise ToolError(f"reservation `{reservation.id}` is {reservation.status}")
        return reservation

    def _shown(self, reservation: Reservation) -> dict[str, object]:
        flight = self.need(Flight, reservation.flight)
        return {
            "reservation_id": reservation.id,
            "status": reservation.status,
            "fare": reservation.fare,
            "flight": flight,
        }

    def _days_ahead(self, flight: Flight) -> int:
        days = self.database.query(f"SELECT CAST(julianday(?) - julianday('{TODAY}') AS INTEGER)", flight.day)[0][0]
        return int(days or 0)

    def _leave_seats(self, reservation: Reservation) -> None:
        for seat in self.database.where(Seat, "reservation", reservation.id):
            self.database.change(replace(seat, reservation=""))

    def _pay_out(self, reservation: Reservation, kind: str, amount: int) -> None:
        count = len(self.database.query("SELECT id FROM payout"))
        self.database.add(Payout(f"O{count + 1}", reservation.id, kind, amount))
