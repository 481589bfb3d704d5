"""The desk of a shop."""

from __future__ import annotations

from typing import ClassVar

from palestra.envs.families.tool_domains.retail.desk import RetailTools
from palestra.envs.families.tool_domains.retail.records import CANCELLED, DELIVERED, PENDING, SHIPPED, TODAY, ShopDraft
from palestra.envs.families.tool_domains.retail.refusals import REFUSALS
from palestra.envs.families.tool_domains.retail.wishes import WISHES, identity
from palestra.envs.stateful import Domain, Goal
from palestra.verifiers.keyed_random import KeyedRandom


class RetailDesk(Domain[ShopDraft]):
    """Orders, returns, exchanges and payments of a customer, by the rules of the shop."""

    id: ClassVar[str] = "palestra/RetailDesk-v1"
    desk_type: ClassVar[type[RetailTools]] = RetailTools
    role: ClassVar[str] = f"You serve the customers of a shop. Today is {TODAY}. Prices are whole euros."
    wishes = WISHES
    refusals = REFUSALS
    templates = (
        "A customer writes:\n\n{request}",
        "You have a new case. The customer says:\n\n{request}",
        "Somebody contacts the shop:\n\n{request}",
        "Case of today, in the customer's words:\n\n{request}",
    )
    answer_format = "Work with the tools of the shop, and call `done` when the case is settled."

    def draft(self, rng: KeyedRandom) -> ShopDraft:
        """The catalogue, and the customer with a card and a gift card."""
        return ShopDraft(rng=rng)

    def opening(self, draft: ShopDraft) -> Goal:
        """Who the customer is."""
        return identity(draft)

    def distract(self, draft: ShopDraft, count: int) -> None:
        """Other orders, of the customer and of others."""
        rng = draft.rng
        others = [draft.person() for _ in range(1 + count // 8)]
        names = [*draft.fillers[1:], *draft.products]
        for index in range(count):
            status = rng.choice((PENDING, SHIPPED, DELIVERED, CANCELLED))
            items = [draft.item(name) for name in rng.sample(names, 1 + rng.below(2))]
            owner = draft.customer if index % 2 else rng.choice(others)
            draft.order(status, *items, days_ago=1 + rng.below(40), owner=owner)
