"""What every row of `VERIFIERS` promises."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palestra.verifiers import VERIFIERS, Outcome, Verifier

GOLD = {
    "number": ("= 22", "22"),
    "calculation": ("0.3333", "1/3"),
    "calculation-continuous": ("1/3", "1/3"),
    "countdown": ("(3 + 4) * 6", '{"numbers": [3, 4, 6], "target": 42}'),
    "knights-and-knaves": ("Ada: knight\nBo: knave", '{"roles": {"Ada": "knight", "Bo": "knave"}}'),
}

HOSTILE = [
    "",
    "\ud800\udfff",
    "\x00\x1b[31m\x07",
    "\u202e12\u202c",
    "\U0001f600" * 1000,
    "9" * 1_000_000,
    "1," * 500_000,
    "1/" * 500_000,
    "(" * 1_000_000,
    "1+" * 500_000,
    "<answer>" * 100_000,
    "</answer>" * 100_000,
    "<think>" * 100_000,
    "\\boxed{" * 100_000,
    "\\boxed{" + "{" * 900_000,
    "\\frac{1}{" * 100_000,
    "*" * 1_000_000 + "12",
    "Ada: knight\n" * 80_000,
    "1e999999999",
    "1" + "0" * 4400,
    "a" * 10_000_000,
]


@pytest.fixture(params=sorted(VERIFIERS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _verifier(name: str) -> Verifier[object]:
    return VERIFIERS.make(name)


def test_the_row_names_its_verifier(name: str) -> None:
    assert _verifier(name).name == name
    assert _verifier(name).version >= 1


def test_a_gold_response_passes(name: str) -> None:
    response, reference = GOLD[name]
    assert _verifier(name).verify(response, reference).outcome is Outcome.PASS


@pytest.mark.parametrize("index", range(len(HOSTILE)))
def test_hostile_text_gets_a_verdict_that_pays_nothing(name: str, index: int) -> None:
    verdict = _verifier(name).verify(HOSTILE[index], GOLD[name][1])
    assert verdict.valid, verdict.detail
    assert verdict.score == 0.0 or (name == "calculation-continuous" and verdict.outcome is Outcome.PARTIAL)
    assert len(verdict.detail) < 1000


def test_the_reference_itself_is_no_answer_where_it_is_a_structure(name: str) -> None:
    reference = GOLD[name][1]
    if reference.startswith("{"):
        assert _verifier(name).verify(reference, reference).score == 0.0


@given(st.text(alphabet=st.characters(), max_size=200))
@settings(max_examples=30)
def test_any_text_gets_a_verdict(text: str) -> None:
    for name, (_, reference) in GOLD.items():
        assert _verifier(name).verify(text, reference).outcome is not Outcome.ERROR


def test_threads_agree(name: str) -> None:
    verifier, (response, reference) = _verifier(name), GOLD[name]
    with ThreadPoolExecutor(4) as pool:
        verdicts = list(pool.map(lambda _: verifier.verify(response, reference), range(200)))
    assert set(map(repr, verdicts)) == {repr(verifier.verify(response, reference))}
