"""An environment of your own in 40 lines, an episode of it, and its audit."""

from dataclasses import dataclass
from typing import ClassVar

from palestra.envs import ENVS, Content, FamilyConfig, KeyedRandom, Question, Row, Task, ramp
from palestra.envs.audit import examine, subject_of_row
from palestra.verifiers import NumberVerifier


@dataclass(frozen=True, kw_only=True, slots=True)
class PurseConfig(FamilyConfig):
    """What is in a purse."""

    coins: int = ramp(2, 12, low=2, high=99)
    """How many coins."""
    worth: int = ramp(30, 500, low=3, high=10_000)
    """The most that a coin is worth."""


class Purse(Question[PurseConfig, tuple[int, ...]]):
    """The key, which decides a task, is what each coin is worth."""

    id: ClassVar[str] = "examples/Purse-v1"
    Config: ClassVar[type[PurseConfig]] = PurseConfig
    # The last wording is kept for the split `unseen-template`.
    templates = (
        "A purse holds coins of {coins}. How much is that?",
        "Add up coins of {coins}.",
        "Coins: {coins}. Sum?",
    )
    answer_format = "Reply with the number alone."
    verifier = NumberVerifier()

    def draw(self, rng: KeyedRandom) -> tuple[int, ...]:
        """What is in a purse."""
        return tuple(rng.between(2, self.config.worth) for _ in range(self.config.coins))

    def canonical(self, key: tuple[int, ...]) -> str:
        """The same coins in another order are the same puzzle, and so in the same split."""
        return str(sorted(key))

    def build(self, key: tuple[int, ...], rng: KeyedRandom) -> Content:
        """The question, what the verifier compares with, and how much work it is."""
        coins = f"{', '.join(map(str, key[:-1]))} and {key[-1]}"
        return Content(slots={"coins": coins}, reference=str(sum(key)), effort=sum(key))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A sum that a purse could hold."""
        return str(rng.between(2 * self.config.coins, self.config.worth * self.config.coins))


if __name__ == "__main__":
    ENVS.add(Row(id=Purse.id, group="own", source=f"{__name__}:Purse", summary="Money is counted.", difficulty="coins"))
    env = ENVS.make(Purse.id, config={"difficulty": 0.0}, split="test")
    prompt, _ = env.reset(seed=0)
    print(prompt)
    print(env.step("it depends")[4]["outcome"])
    env.reset(seed=0)
    print(env.step(env.oracle())[4]["outcome"])
    print("failed checks:", examine(subject_of_row(Purse.id, size=20)).failed)
