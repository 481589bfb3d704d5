import re

from palestra.envs import KeyedRandom
from palestra.envs.families.arithmetic.chain_sum import ChainSum


def test_asks_for_short_sums_within_the_bounds() -> None:
    family = ChainSum.configured({"num_terms": 2, "low": 1, "high": 20, "operators": "+"})
    for index in range(50):
        task = family.task("train", 0, index)
        question, _, answer_format = task.prompt.partition("\n")
        a, b = (int(term) for term in re.findall(r"[0-9]+", question))
        assert question in {template.format(chain=f"{a} + {b}") for template in ChainSum.templates[:-1]}
        assert answer_format == "Reply with the number only."
        assert 1 <= min(a, b) <= max(a, b) <= 20
        assert int(task.reference) == a + b


def test_the_order_of_terms_does_not_make_a_new_puzzle() -> None:
    family = ChainSum()
    assert family.canonical((17, 5)) == family.canonical((5, 17))
    assert family.canonical((17, -5)) != family.canonical((17, 5))


def test_values_are_those_of_the_written_chain() -> None:
    family, rng = ChainSum.configured({"difficulty": 0.6}), KeyedRandom("x")
    for _ in range(50):
        content = family.build(family.draw(rng), rng)
        assert eval(content.slots["chain"]) == int(content.reference)


def test_prompts_are_short() -> None:
    assert len(ChainSum().task("train", 0, 0).prompt) < 60
