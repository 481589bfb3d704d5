"""The desk of a bank."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.tool_domains.bank.desk import BankTools
from palestra.envs.families.tool_domains.bank.goals import WISHES, identity
from palestra.envs.families.tool_domains.bank.records import CURRENT, RUNNING, STOPPED, TODAY, BankDraft
from palestra.envs.families.tool_domains.bank.refusals import REFUSALS
from palestra.envs.stateful import Domain, Goal
from palestra.verifiers.keyed_random import KeyedRandom


class BankDesk(Domain[BankDraft]):
    """Transfers, standing orders, cards and disputes of a customer, by the rules of the bank."""

    id: ClassVar[str] = "palestra/BankDesk-v1"
    desk_type: ClassVar[type[BankTools]] = BankTools
    role: ClassVar[str] = f"You serve the customers of a bank. Today is {TODAY}. Amounts are whole euros."
    wishes = WISHES
    refusals = REFUSALS
    templates = (
        "A customer writes:\n\n{request}",
        "At your counter somebody says:\n\n{request}",
        "A message came in:\n\n{request}",
        "The next customer wants the following:\n\n{request}",
    )
    answer_format = "Work with the tools of the bank, and call `done` when the case is settled."

    def draft(self, rng: KeyedRandom) -> BankDraft:
        """The customer with three accounts and five cards."""
        return BankDraft(rng=rng)

    def opening(self, draft: BankDraft) -> Goal:
        """Who the customer is."""
        return identity(draft)

    def distract(self, draft: BankDraft, count: int) -> None:
        """Other payees, standing orders and charges, of the customer and of others."""
        rng = draft.rng
        others = [draft.person() for _ in range(1 + count // 6)]
        accounts = [draft.account(person, CURRENT, 500 + rng.below(9000)) for person in others]
        for index in range(count):
            if index % 3 == 0:
                draft.payee(is_blocked=int(not rng.below(5)))
            elif index % 3 == 1:
                at = rng.below(len(others))
                payee = draft.payee(holder=others[at])
                draft.standing(payee, status=rng.choice((RUNNING, STOPPED)), account=accounts[at])
            elif draft.cards and draft.merchants:
                draft.charge(rng.choice(draft.cards), rng.choice(draft.merchants), rng.below(120))
