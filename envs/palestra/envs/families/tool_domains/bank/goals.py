"""What customers of the bank want."""

from __future__ import annotations

from collections.abc import Callable

from palestra.envs.families.tool_domains.bank.records import BankDraft, Card, Payee
from palestra.envs.families.tool_domains.bank.rules import CODE_ABOVE, DISPUTE_DAYS, Topic
from palestra.envs.stateful import Asked, Fact, Goal, Lookup, called
from palestra.verifiers.text.json_value import Json
from palestra.verifiers.tools.call import ToolCall

ONE_PAYEE = "SELECT id FROM payee WHERE holder = ? AND name = ?"
ONE_CARD = "SELECT id FROM card WHERE account = ? AND label = ?"
ONE_CHARGE = "SELECT id FROM charge WHERE merchant = ?"
_MONEY = ("amount", "much", "sum", "euro", "euros", "money")


def identity(draft: BankDraft) -> Goal:
    """Who the customer is."""
    who = draft.holder
    return Goal(
        request=f"I am {who.name}, my e-mail is {{email}} and I was born on {{born}}.",
        facts=(
            Fact(
                name="email",
                value=who.email,
                words=("mail", "email", "verify", "identity"),
                vague="the usual one",
                about="My e-mail is",
            ),
            Fact(
                name="born",
                value=who.born,
                words=("birth", "born", "birthday", "verify", "identity"),
                vague="the day you know",
                about="I was born on",
            ),
        ),
        ways=((called("verify", email=who.email, born=who.born),),),
    )


def pay(draft: BankDraft) -> Goal:
    """Send a payee a small amount."""
    return _payment(draft, 10 + draft.rng.below(CODE_ABOVE - 60), code="")


def pay_much(draft: BankDraft) -> Goal:
    """Send a payee an amount that needs the code."""
    return _payment(draft, CODE_ABOVE + 10 + draft.rng.below(400), code=draft.code)


def save(draft: BankDraft) -> Goal:
    """Put money aside."""
    amount = 10 + draft.rng.below(CODE_ABOVE - 60)
    call = called("transfer", account_id=draft.current.id, target_id=draft.savings.id, amount=amount)
    text = "Please move {amount} from my current account to my savings account."
    return Goal(request=text, facts=(_amount(amount, "I want to put aside"),), ways=((call,),))


def start_monthly(draft: BankDraft) -> Goal:
    """Set up a standing order."""
    payee, amount, day = draft.payee(), 10 + draft.rng.below(300), 1 + draft.rng.below(28)
    call = called("start_standing_order", payee_id=payee.id, amount=amount, day=day)
    when = _day(day, f"The day of the month for {payee.name} is")
    facts = (_amount(amount, f"What {payee.name} gets every month is"), when)
    return _to(draft, payee, f"Send {payee.name} {{amount}} every month, on {{day}}.", facts, call)


def change_monthly(draft: BankDraft) -> Goal:
    """Change the amount of a standing order, or its day."""
    payee = draft.payee()
    order = draft.standing(payee)
    if draft.rng.below(2):
        amount = order.amount + 1 + draft.rng.below(90)
        call = called("change_standing_order", order_id=order.id, amount=amount, day=order.day)
        fact = _amount(amount, f"From now on {payee.name} gets every month")
        return _to(draft, payee, f"My standing order for {payee.name} shall be {{amount}}, same day.", (fact,), call)
    day = order.day % 28 + 1
    call = called("change_standing_order", order_id=order.id, amount=order.amount, day=day)
    fact = _day(day, f"The new day for {payee.name} is")
    return _to(draft, payee, f"My standing order for {payee.name} shall go out on {{day}}.", (fact,), call)


def stop_monthly(draft: BankDraft) -> Goal:
    """Stop a standing order."""
    payee = draft.payee()
    order = draft.standing(payee)
    call = called("stop_standing_order", order_id=order.id)
    return _to(draft, payee, f"Stop my standing order for {payee.name}.", (), call)


def lose_card(draft: BankDraft) -> Goal:
    """Report a card lost."""
    card = draft.card()
    call = called("report_lost", card_id=card.id)
    return _with(draft, card, "I lost {card}; block it and send me a new one.", (), "I lost", call)


def limit_card(draft: BankDraft) -> Goal:
    """Change a card's limit within what is allowed."""
    card = draft.card()
    limit = next(n for n in (100 * (1 + draft.rng.below(20)) for _ in range(99)) if n != card.daily_limit)
    call = called("set_limit", card_id=card.id, daily_limit=limit)
    fact = _amount(limit, f"The new daily limit of my {card.label} is", words=("limit",))
    return _with(
        draft, card, "Set the daily limit of {card} to {amount}.", (fact,), "The card that gets another limit is", call
    )


def dispute(draft: BankDraft) -> Goal:
    """Dispute a charge in time."""
    merchant = draft.merchants.pop()
    charge = draft.charge(draft.rng.choice(draft.cards), merchant, draft.rng.below(DISPUTE_DAYS + 1))
    fact = _merchant(merchant, "The charge that I dispute is from")
    return Goal(
        request="I never made the payment at {merchant}: dispute it.",
        facts=(fact,),
        ways=((called("dispute", charge_id=charge.id),),),
        names=(Lookup(sql=ONE_CHARGE, values=(merchant,)),),
    )


def ask_balance(draft: BankDraft) -> Goal:
    """What is on the deposit account."""
    account = draft.deposit
    answer = Lookup(sql="SELECT balance FROM account WHERE id = ?", values=(account.id,))
    asked = Asked(what=Topic.BALANCE, subject=account.id, answer=answer)
    return Goal(request="How much is on my deposit account?", asked=(asked,))


def ask_spent(draft: BankDraft) -> Goal:
    """What several charges of a merchant come to."""
    merchant = draft.merchants.pop()
    for _ in range(2 + draft.rng.below(2)):
        draft.charge(draft.rng.choice(draft.cards), merchant, draft.rng.below(90))
    sql = "SELECT SUM(amount) FROM charge WHERE merchant = ?"
    asked = Asked(what=Topic.SPENT_AT_MERCHANT, subject=merchant, answer=Lookup(sql=sql, values=(merchant,)))
    return Goal(request=f"How much have I paid at {merchant} in all, with all my cards?", asked=(asked,))


def ask_monthly(draft: BankDraft) -> Goal:
    """What goes to a payee every month."""
    payee = draft.payee()
    draft.standing(payee)
    sql = "SELECT amount FROM standing_order WHERE payee = ?"
    asked = Asked(what=Topic.MONTHLY_TO_PAYEE, subject=payee.id, answer=Lookup(sql=sql, values=(payee.id,)))
    return Goal(request=f"How much do I send {payee.name} every month?", asked=(asked,))


def ask_limit(draft: BankDraft) -> Goal:
    """The limit of a card."""
    card = draft.card()
    answer = Lookup(sql="SELECT daily_limit FROM card WHERE id = ?", values=(card.id,))
    asked = Asked(what=Topic.DAILY_LIMIT, subject=card.id, answer=answer)
    return Goal(request=f"What is the daily limit of my {card.label}?", asked=(asked,))


WISHES: dict[str, Callable[[BankDraft], Goal | None]] = {
    make.__name__: make
    for make in (
        pay, pay_much, save, start_monthly, change_monthly, stop_monthly, lose_card, limit_card, dispute, ask_balance,
        ask_spent, ask_monthly, ask_limit,
    )
}  # fmt: skip


def _payment(draft: BankDraft, amount: int, *, code: str) -> Goal:
    payee = draft.payee()
    facts = [_amount(amount, f"What I want to send {payee.name} is")]
    text = f"Send {payee.name} {{amount}} from my current account."
    if code:
        vague = "the one in my app"
        facts.append(Fact(name="code", value=code, words=("code", "digits", "app"), vague=vague, about="My code is"))
        text += " My code for this is {code}."
    return _to(draft, payee, text, tuple(facts), transfer(draft, payee, amount, code))


def transfer(draft: BankDraft, payee: Payee, amount: int, code: str) -> ToolCall:
    """The call that sends a payee money from the current account."""
    more: dict[str, Json] = {"code": code} if code else {}
    call = called("transfer", account_id=draft.current.id, target_id=payee.id, amount=amount)
    return ToolCall(name=call.name, arguments={**call.arguments, **more})


def _to(draft: BankDraft, payee: Payee, request: str, facts: tuple[Fact, ...], call: ToolCall) -> Goal:
    names = (Lookup(sql=ONE_PAYEE, values=(draft.holder.id, payee.name)),)
    return Goal(request=request, facts=facts, ways=((call,),), names=names)


def _with(draft: BankDraft, card: Card, request: str, facts: tuple[Fact, ...], about: str, call: ToolCall) -> Goal:
    which = Fact(name="card", value=f"my {card.label}", words=("card", "cards"), vague="one of my cards", about=about)
    names = (Lookup(sql=ONE_CARD, values=(draft.current.id, card.label)),)
    return Goal(request=request, facts=(which, *facts), ways=((call,),), names=names)


def _amount(amount: int, about: str, words: tuple[str, ...] = _MONEY) -> Fact:
    return Fact(
        name="amount",
        value=f"{amount} euros",
        words=words,
        vague="some money" if words is _MONEY else "something else",
        about=about,
        mistake=f"{amount + 5} euros",
    )


def _day(day: int, about: str) -> Fact:
    return Fact(
        name="day", value=f"day {day}", words=("day", "when", "date"), vague="a fixed day", about=about,
        mistake=f"day {day % 28 + 1}",
    )  # fmt: skip


def _merchant(merchant: str, about: str) -> Fact:
    words = ("merchant", "shop", "where", "payment", "charge")
    return Fact(name="merchant", value=merchant, words=words, vague="a shop", about=about)
