"""What no clerk may do, what can be told, and why a wish is declined."""

from __future__ import annotations

from enum import StrEnum

from palestra.envs.families.tool_domains.bank.records import DISPUTED, RUNNING, SAVINGS, TODAY
from palestra.envs.stateful import Rule

CODE_ABOVE = 500
DISPUTE_DAYS = 60
MOST_LIMIT = 2000

RULES = (
    Rule(
        name="code",
        text=f"A transfer of more than {CODE_ABOVE} needs the six digits from the customer's app, as `code`.",
        broken_by=f"SELECT 1 FROM transfer WHERE amount > {CODE_ABOVE} AND NOT is_confirmed",
    ),
    Rule(
        name="blocked_payee",
        text="Nothing is sent to a payee that is blocked, now or every month.",
        broken_by=f"""
            SELECT 1 FROM payee WHERE is_blocked AND (
                EXISTS (SELECT 1 FROM transfer WHERE target = payee.id)
                OR EXISTS (SELECT 1 FROM standing_order WHERE payee = payee.id AND status = '{RUNNING}'))""",
    ),
    Rule(
        name="savings",
        text="From a savings account money goes to the customer's current account and to nobody else.",
        broken_by=f"""
            SELECT 1 FROM transfer JOIN account ON account.id = transfer.account
            WHERE kind = '{SAVINGS}' AND target IN (SELECT id FROM payee)""",
    ),
    Rule(
        name="dispute_window",
        text=f"A charge is disputed within {DISPUTE_DAYS} days and no later.",
        broken_by=f"""
            SELECT 1 FROM charge WHERE status = '{DISPUTED}'
            AND julianday('{TODAY}') - julianday(day) > {DISPUTE_DAYS}""",
    ),
    Rule(
        name="card_limit",
        text=f"The daily limit of a card is {MOST_LIMIT} at most.",
        broken_by=f"SELECT 1 FROM card WHERE daily_limit > {MOST_LIMIT}",
    ),
    Rule(
        name="identity",
        text="Nothing of a customer is shown or changed before they are verified, and only what is their own. A card "
        "that was reported lost stays lost.",
        broken_by="SELECT 1 WHERE 0",  # the tools see to that
    ),
)


class Topic(StrEnum):
    """What customers ask about."""

    BALANCE = "balance"
    SPENT_AT_MERCHANT = "spent_at_merchant"
    MONTHLY_TO_PAYEE = "monthly_to_payee"
    DAILY_LIMIT = "daily_limit"


class Reason(StrEnum):
    """Why a wish is declined."""

    TOO_LITTLE_MONEY = "too_little_money"
    NO_CODE = "no_code"
    BLOCKED_PAYEE = "blocked_payee"
    FROM_SAVINGS = "from_savings"
    DISPUTE_WINDOW = "dispute_window"
    LIMIT_TOO_HIGH = "limit_too_high"
    CARD_LOST = "card_lost"
    NOT_THEIR_ACCOUNT = "not_their_account"
