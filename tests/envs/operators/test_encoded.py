from __future__ import annotations

import pytest

from palestra.envs import ConfigError
from palestra.envs.families.arithmetic.products import Products
from palestra.envs.operators.encoded import CIPHERS, Encoded


@pytest.mark.parametrize(
    ("cipher", "hidden"),
    [
        ("backwards", "?9 \u00d7 8 si\ntahW"),
        ("words", "tahW\nsi 8 \u00d7 ?9"),
        ("lines", "is 8 \u00d7 9?\nWhat"),
        ("mirror", "Dszg\nrh 8 \u00d7 9?"),
        ("rot3", "Zkdw\nlv 8 \u00d7 9?"),
        ("rot13", "Jung\nvf 8 \u00d7 9?"),
        ("hex", "576861740a6973203820c39720393f"),
        ("base64", "V2hhdAppcyA4IMOXIDk/"),
    ],
)
def test_ciphers_are_what_their_rules_say(cipher: str, hidden: str) -> None:
    assert CIPHERS[cipher].encode("What\nis 8 \u00d7 9?") == hidden
    assert CIPHERS[cipher].decode(hidden) == "What\nis 8 \u00d7 9?"


def test_the_question_can_be_read_by_the_stated_rule_and_how_to_answer_without() -> None:
    family = Products()
    for name, cipher in CIPHERS.items():
        operator = Encoded(inner=family, ciphers=name)
        own, task = family.task("test", 0, 3), operator.task("test", 0, 3)
        opening, hidden, answer_format = task.prompt.split("\n\n")
        assert cipher.rule in opening
        assert f"{cipher.decode(hidden)}\n{answer_format}" == own.prompt
        assert "a task" in opening or "task" in opening


def test_the_last_opening_is_kept_for_its_split() -> None:
    operator = Encoded()
    assert all("Somebody has hidden" not in operator.task("train", 0, index).prompt for index in range(20))
    assert "Somebody has hidden" in operator.task("unseen-template", 0, 0).prompt


def test_unknown_ciphers_are_refused() -> None:
    with pytest.raises(ConfigError, match="no cipher `enigma`"):
        Encoded(ciphers="rot13 enigma")
