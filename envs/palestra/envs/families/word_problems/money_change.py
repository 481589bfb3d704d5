"""Pay an amount with the fewest coins. Any shortest list of coins is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs.answers import RecordVerifier, final_line, read_integers
from palestra.envs.config import FamilyConfig, geometric, ramp
from palestra.envs.families.word_problems.coins import draw_coins, fewest
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.record import decode, encode
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom
from palestra.verifiers.verdict import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class MoneyChangeConfig(FamilyConfig):
    """Which coins and amounts are asked."""

    num_coins: int = ramp(4, 7, low=2, high=12)
    """How many kinds of coins there are, 2..12; 1 is one of them."""
    max_coin: int = ramp(12, 150, low=12, high=200)
    """Most that a coin is worth."""
    max_amount: int = geometric(30, 1500, low=10, high=2000)
    """Largest amount."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Payment:
    """The coins, the amount, and one shortest payment."""

    coins: tuple[int, ...]
    amount: int
    paid: tuple[int, ...]


class PaymentVerifier(RecordVerifier[Payment]):
    """PASS when the final line is a list of allowed coins with the right sum, and none is shorter.

    Reference: a `Payment`, as `encode` writes it.
    """

    name: ClassVar[str] = "payment"
    record_type = Payment

    def judge(self, response: str, reference: Payment) -> Verdict:
        """Compare coins, sum and length."""
        answer = read_integers(final_line(response))
        foreign = [coin for coin in answer if coin not in reference.coins]
        if foreign:
            return Verdict.failed(f"there is no coin worth {str(foreign[0])[:20]}")
        if sum(answer) != reference.amount:
            return Verdict.failed(f"the coins add up to {sum(answer)}, asked is {reference.amount}")
        if len(answer) > len(reference.paid):
            return Verdict.failed(f"{len(answer)} coins, {len(reference.paid)} are enough")
        return Verdict.passed(f"{len(answer)} coins add up to {reference.amount}")


class MoneyChange(Question[MoneyChangeConfig, Payment]):
    """Coins of unusual worth, for which taking the largest first is not best."""

    id: ClassVar[str] = "palestra/MoneyChange-v1"
    Config: ClassVar[type[MoneyChangeConfig]] = MoneyChangeConfig
    templates = (
        "There are coins worth {coins}. Pay {amount} with as few coins as possible.",
        "A country has the coins {coins}, and you have many of each. Pay exactly {amount} with the fewest coins.",
        "With coins of {coins}, as many of each as you like, make {amount} with the smallest number of coins.",
        "Your purse holds plenty of coins worth {coins}. Which coins pay {amount} exactly, as few as you can?",
    )
    answer_format = "End with a line that lists the coins, each as often as it is used, such as `a, a, b`."
    verifier = PaymentVerifier()

    def draw(self, rng: KeyedRandom) -> Payment:
        """Draw coins and an amount."""
        coins = draw_coins(self.config.num_coins, self.config.max_coin, rng)
        amount = rng.between(min(coins[0] + 1, self.config.max_amount), self.config.max_amount)
        return Payment(coins=coins, amount=amount, paid=())

    def build(self, key: Payment, rng: KeyedRandom) -> Content | None:
        """Solve it; none where one coin is enough, or where taking the largest first is best, too."""
        paid = fewest(key.coins, key.amount)
        is_hard = len(paid) < _greedy_count(key.coins, key.amount) or len(key.coins) == 2  # of two, one is 1
        if len(paid) < 2 or not is_hard:
            return None
        coins = list(key.coins)
        rng.shuffle(coins)
        return Content(
            slots={"coins": ", ".join(map(str, coins)), "amount": str(key.amount)},
            reference=encode(Payment(coins=key.coins, amount=key.amount, paid=paid)),
            effort=len(paid) * len(key.coins),
        )

    def oracle(self, task: Task) -> str:
        """A shortest payment."""
        return ", ".join(map(str, decode(Payment, task.reference).paid))

    def hacks(self, task: Task) -> tuple[str, ...]:
        """The amount itself, all of it in ones, and a payment with a wrong sum of the right length."""
        payment = decode(Payment, task.reference)
        ones = ", ".join(["1"] * payment.amount) if len(payment.paid) < payment.amount else ""
        return str(payment.amount), ones, ", ".join(map(str, [payment.coins[0]] * (len(payment.paid) + 1)))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """Random coins that fit in the amount until it is paid."""
        payment = decode(Payment, task.reference)
        left, paid = payment.amount, []
        while left:
            paid.append(rng.choice([coin for coin in payment.coins if coin <= left]))
            left -= paid[-1]
        return ", ".join(map(str, paid))


def _greedy_count(coins: tuple[int, ...], amount: int) -> int:
    count = 0
    for coin in coins:
        taken, amount = divmod(amount, coin)
        count += taken
    return count
