"""What a clerk of the bank can do."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from palestra.envs.families.tool_domains.bank.records import (
    ACTIVE,
    BOOKED,
    CURRENT,
    DISPUTED,
    LOST,
    RUNNING,
    SCHEMA,
    STOPPED,
    Account,
    Card,
    Charge,
    Holder,
    Payee,
    Session,
    StandingOrder,
    Transfer,
)
from palestra.envs.families.tool_domains.bank.rules import RULES, Reason, Topic
from palestra.envs.stateful import DomainDesk, Rule, Schema, read, write
from palestra.envs.tools import ToolError

_LAST_DAY = 28


class BankTools(DomainDesk):
    """The tools of the bank."""

    schema: ClassVar[Schema] = SCHEMA
    rules: ClassVar[tuple[Rule, ...]] = RULES

    @write
    def verify(self, email: str, born: str) -> dict[str, str]:
        """Verify who the customer is, once and before anything else.

        Args:
            email: The customer's e-mail address.
            born: The customer's date of birth, YYYY-MM-DD.
        """
        found = [one for one in self.database.where(Holder, "email", email) if one.born == born]
        if not found:
            raise ToolError("no customer has this e-mail address and date of birth")
        if self.database.get(Session, "holder") is not None:
            raise ToolError("a customer is verified already")
        self.database.add(Session("holder", found[0].id))
        return {"holder_id": found[0].id, "name": found[0].name}

    @read
    def list_accounts(self) -> tuple[Account, ...]:
        """The accounts of the verified customer with their balances."""
        return self._accounts()

    @read
    def list_payees(self) -> tuple[Payee, ...]:
        """The payees of the verified customer."""
        return self.database.where(Payee, "holder", self._holder())

    @read
    def list_standing_orders(self) -> list[StandingOrder]:
        """The standing orders of the verified customer."""
        return [order for one in self._accounts() for order in self.database.where(StandingOrder, "account", one.id)]

    @read
    def list_cards(self) -> list[Card]:
        """The cards of the verified customer."""
        return [card for one in self._accounts() for card in self.database.where(Card, "account", one.id)]

    @read
    def list_charges(self, card_id: str) -> tuple[Charge, ...]:
        """What was paid with a card of the verified customer.

        Args:
            card_id: The card.
        """
        return self.database.where(Charge, "card", self._card(card_id).id)

    @write
    def transfer(self, account_id: str, target_id: str, amount: int, code: str = "") -> str:
        """Send money at once.

        Args:
            account_id: The account that pays.
            target_id: A payee, or another account of the customer.
            amount: Whole euros.
            code: The six digits from the customer's app; empty without.
        """
        account = self._account(account_id)
        if not 0 < amount <= account.balance:
            raise ToolError(f"the amount must lie in 1..{account.balance}, the balance of `{account.id}`")
        if code and code != self._code():
            raise ToolError("this code is wrong")
        own = next((one for one in self._accounts() if one.id == target_id), None)
        target = own.id if own else self._payee(target_id).id
        if target == account.id:
            raise ToolError("an account sends nothing to itself")
        self.database.change(replace(account, balance=account.balance - amount))
        if own:
            self.database.change(replace(own, balance=own.balance + amount))
        self.database.add(Transfer(self._next("transfer"), account.id, target, amount, int(bool(code))))
        return f"{amount} went from {account.id} to {target}."

    @write
    def start_standing_order(self, payee_id: str, amount: int, day: int) -> str:
        """Send money every month from the current account.

        Args:
            payee_id: The payee.
            amount: Whole euros.
            day: Day of the month, 1 to 28.
        """
        payee = self._payee(payee_id)
        _check_monthly(amount, day)
        current = next((one for one in self._accounts() if one.kind == CURRENT), None)
        if current is None:
            raise ToolError("the customer has no current account")
        order = StandingOrder(self._next("standing_order"), current.id, payee.id, amount, day, RUNNING)
        self.database.add(order)
        return f"Standing order {order.id} is set up."

    @write
    def change_standing_order(self, order_id: str, amount: int, day: int) -> str:
        """Change a running standing order.

        Args:
            order_id: The standing order.
            amount: Whole euros, from now on.
            day: Day of the month, 1 to 28, from now on.
        """
        order = self._standing(order_id)
        _check_monthly(amount, day)
        self.database.change(replace(order, amount=amount, day=day))
        return f"Standing order {order.id} sends {amount} on day {day}."

    @write
    def stop_standing_order(self, order_id: str) -> str:
        """Stop a running standing order for good.

        Args:
            order_id: The standing order.
        """
        order = self._standing(order_id)
        self.database.change(replace(order, status=STOPPED))
        return f"Standing order {order.id} is stopped."

    @write
    def report_lost(self, card_id: str) -> str:
        """Block a lost card for good and send a new one with the same limit.

        Args:
            card_id: The card.
        """
        card = self._usable(card_id)
        self.database.change(replace(card, status=LOST))
        self.database.add(replace(card, id=self._next("card")))
        return f"Card {card.id} is blocked; a new one is on its way."

    @write
    def set_limit(self, card_id: str, daily_limit: int) -> str:
        """Change the daily limit of a card.

        Args:
            card_id: The card.
            daily_limit: Whole euros.
        """
        card = self._usable(card_id)
        if daily_limit < 0:
            raise ToolError("a limit is 0 or more")
        self.database.change(replace(card, daily_limit=daily_limit))
        return f"The limit of {card.id} is {daily_limit}."

    @write
    def dispute(self, charge_id: str) -> str:
        """Dispute a charge of a card.

        Args:
            charge_id: The charge.
        """
        charge = self.need(Charge, charge_id)
        self._card(charge.card)
        if charge.status != BOOKED:
            raise ToolError(f"charge `{charge.id}` is {charge.status}")
        self.database.change(replace(charge, status=DISPUTED))
        return f"Charge {charge.id} is disputed."

    @write
    def tell(self, what: Topic, subject: str, value: int) -> str:
        """Tell the customer a figure that was asked for; it can be told once.

        Args:
            what: What the figure is.
            subject: The id of the account, of the payee or of the card, or the name of the merchant.
            value: The figure, in whole euros.
        """
        self._holder()
        match what:
            case Topic.BALANCE:
                self._account(subject)
            case Topic.MONTHLY_TO_PAYEE:
                self._payee(subject)
            case Topic.DAILY_LIMIT:
                self._card(subject)
            case Topic.SPENT_AT_MERCHANT:
                if not self.database.where(Charge, "merchant", subject):
                    raise ToolError(f"there is no merchant `{subject[:80]}`")
        self.note_answer(what, subject, value)
        return "The customer was told."

    @write
    def decline(self, subject: str, reason: Reason) -> str:
        """Decline a wish that the rules forbid.

        Args:
            subject: The id of the payee, card or charge that it is about; of the account, if it is a stranger's.
            reason: Why.
        """
        self._holder()
        if not any(self.database.get(kind, subject) for kind in (Payee, Card, Charge, Account)):
            raise ToolError(f"there is no payee, card, charge or account `{subject[:80]}`")
        self.note_refusal(subject, reason)
        return "The customer was told that this cannot be done."

    def _holder(self) -> str:
        session = self.database.get(Session, "holder")
        if session is None:
            raise ToolError("the customer is not verified yet")
        return session.value

    def _code(self) -> str:
        session = self.database.get(Session, "code")
        return session.value if session else ""

    def _accounts(self) -> tuple[Account, ...]:
        return self.database.where(Account, "holder", self._holder())

    def _account(self, account_id: str) -> Account:
        holder = self._holder()
        account = self.need(Account, account_id)
        if account.holder != holder:
            raise ToolError(f"account `{account.id}` is not the customer's")
        return account

    def _payee(self, payee_id: str) -> Payee:
        holder = self._holder()
        payee = self.need(Payee, payee_id)
        if payee.holder != holder:
            raise ToolError(f"payee `{payee.id}` is not the customer's")
        return payee

    def _card(self, card_id: str) -> Card:
        card = self.need(Card, card_id)
        self._account(card.account)
        return card

    def _usable(self, card_id: str) -> Card:
        card = self._card(card_id)
        if card.status != ACTIVE:
            raise ToolError(f"card `{card.id}` is {card.status}")
        return card

    def _standing(self, order_id: str) -> StandingOrder:
        order = self.need(StandingOrder, order_id)
        self._account(order.account)
        if order.status != RUNNING:
            raise ToolError(f"standing order `{order.id}` is {order.status}")
        return order

    def _next(self, table: str) -> str:
        return f"N{len(self.database.query(f'SELECT id FROM {table}')) + 1}"


def _check_monthly(amount: int, day: int) -> None:
    if amount <= 0:
        raise ToolError("the amount must be 1 or more")
    if not 1 <= day <= _LAST_DAY:
        raise ToolError(f"the day must lie in 1..{_LAST_DAY}")
