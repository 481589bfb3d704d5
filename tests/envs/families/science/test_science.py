"""Science: conservation of atoms, laws of circuits, units of another table, and what answers are read."""

import json
import re
from fractions import Fraction

import pytest
import sympy

from palestra.envs import KeyedRandom
from palestra.envs.families.science import circuits, gas_laws, mechanics, stoichiometry
from palestra.envs.families.science.balance_equation import BalanceEquation
from palestra.envs.families.science.circuits import Circuits, Joined, Network, Resistor
from palestra.envs.families.science.formulas import atoms, coefficients, elements, molar_mass
from palestra.envs.families.science.gas_laws import Gas
from palestra.envs.families.science.measures import Measure, MeasureAnswer, decimal
from palestra.envs.families.science.mechanics import Mechanics, Motion
from palestra.envs.families.science.science_choice import OptionAnswer, ScienceChoice
from palestra.envs.families.science.stoichiometry import Stoichiometry
from palestra.envs.families.science.unit_conversion import Conversion, UnitConversion, converted
from palestra.envs.record import decode, encode
from palestra.verifiers import QuantityVerifier


def counted(formula: str) -> dict[str, int]:
    """Atoms, read letter by letter, groups written out first."""
    while group := re.search(r"\(([A-Za-z0-9]+)\)(\d*)", formula):
        formula = formula.replace(group[0], group[1] * 0 + "".join([group[1] + "."] * int(group[2] or 1)), 1)
    counts: dict[str, int] = {}
    for symbol, number in re.findall(r"([A-Z][a-z]?)(\d*)", formula):
        counts[symbol] = counts.get(symbol, 0) + int(number or 1)
    return counts


@pytest.mark.parametrize("difficulty", [0.0, 0.3, 0.6, 1.0])
def test_balanced_equations_keep_every_atom_and_are_the_only_ones(difficulty: float) -> None:
    family = BalanceEquation.configured({"difficulty": difficulty})
    for index in range(30):
        task = family.task("train", 0, index)
        ((left, right),) = re.findall(r"(\S+(?: \+ \S+)*) -> (\S+(?: \+ \S+)*)", task.prompt)
        species, numbers = [*left.split(" + "), *right.split(" + ")], json.loads(task.reference)
        num_left = len(left.split(" + "))
        symbols = sorted({symbol for formula in species for symbol in counted(formula)})
        signed = [
            [counted(f).get(symbol, 0) * (1 if i < num_left else -1) for i, f in enumerate(species)]
            for symbol in symbols
        ]
        assert all(sum(n * a for n, a in zip(numbers, row, strict=True)) == 0 for row in signed)
        assert sympy.gcd_list(numbers) == 1
        assert len(species) - sympy.Matrix(signed).rank() == 1


def test_formulas_are_read() -> None:
    assert atoms("Ca(OH)2") == {"Ca": 1, "O": 2, "H": 2}
    assert atoms("(NH4)2SO4") == {"N": 2, "H": 8, "S": 1, "O": 4}
    assert molar_mass("H2SO4") == 98
    assert coefficients(["Fe2O3", "C"], ["Fe", "CO2"]) == (2, 3, 4, 3)
    assert coefficients(["H2O"], ["H2", "O2", "O3"]) is None
    assert coefficients(["H2"], ["O2"]) is None


def test_elements_are_in_order() -> None:
    table = elements()
    assert [table[z - 1][0] for z in (1, 6, 26, 47, 79, 82, 92)] == ["H", "C", "Fe", "Ag", "Au", "Pb", "U"]
    assert len({symbol for symbol, _, _ in table}) == len({name for _, name, _ in table}) == 92


def test_reactions_keep_their_mass() -> None:
    """All products of a mass of one substance weigh as much as all that reacted."""
    family, rng = Stoichiometry.configured({"asks": "grams", "difficulty": 0.5}), KeyedRandom("mass")
    num_seen = 0
    while num_seen < 40:
        key = family.draw(rng)
        numbers = coefficients(key.reaction.left, key.reaction.right)
        if numbers is None:
            continue
        num_seen += 1
        num_left = len(key.reaction.left)
        masses = []
        for wanted in range(len(numbers)):
            other = stoichiometry.Amounts(
                reaction=key.reaction, asks="grams", given=key.given, wanted=wanted, numbers=key.numbers, percent=100
            )
            masses.append(stoichiometry.solve(other, numbers))
        assert sum(masses[:num_left]) == sum(masses[num_left:])
        assert masses[key.given] == key.numbers[0]


def test_the_scarcer_substance_decides() -> None:
    family, rng = Stoichiometry.configured({"asks": "limiting", "difficulty": 0.7}), KeyedRandom("limit")
    for _ in range(60):
        key = family.draw(rng)
        numbers = coefficients(key.reaction.left, key.reaction.right)
        if numbers is None:
            continue
        species = (*key.reaction.left, *key.reaction.right)
        other = (key.given + 1) % len(key.reaction.left)
        grams = stoichiometry.solve(key, numbers)
        runs = grams / molar_mass(species[key.wanted]) / numbers[key.wanted]
        used = [runs * numbers[i] * molar_mass(species[i]) for i in (key.given, other)]
        assert used[0] <= key.numbers[0]
        assert used[1] <= key.numbers[1]
        assert used[0] == key.numbers[0] or used[1] == key.numbers[1]


def nodal_currents(network: Network, volts: Fraction) -> list[Fraction]:
    """Currents through the resistors by Kirchhoff's node equations."""
    edges: list[tuple[int, int, int]] = []
    num_nodes = 2

    def lay(part: Network, start: int, end: int) -> None:
        nonlocal num_nodes
        if isinstance(part, Resistor):
            edges.append((start, end, part.ohm))
            return
        assert isinstance(part, Joined)
        middle = end
        if part.is_series:
            middle, num_nodes = num_nodes, num_nodes + 1
        lay(part.left, start, middle)
        lay(part.right, middle if part.is_series else start, end)

    lay(network, 0, 1)
    potentials = [sympy.Rational(volts.numerator, volts.denominator), sympy.Integer(0)]
    unknown = list(sympy.symbols(f"u2:{num_nodes}")) if num_nodes > 2 else []
    potentials += unknown
    equations = [
        sum((potentials[a if n == b else b] - potentials[n]) / ohm for a, b, ohm in edges if n in (a, b))
        for n in range(2, num_nodes)
    ]
    solved = sympy.solve(equations, unknown) if unknown else {}
    values = [sympy.Rational(p.subs(solved)) for p in potentials]
    currents = [(values[a] - values[b]) / ohm for a, b, ohm in edges]
    return [Fraction(int(current.p), int(current.q)) for current in currents]


def test_circuits_obey_the_node_equations() -> None:
    family, rng = Circuits.configured({"num_resistors": 6, "asks": "through"}), KeyedRandom("nodes")
    for _ in range(12):
        key = family.draw(rng)
        currents = nodal_currents(key.network, Fraction(key.volts))
        assert circuits.solve(key) == currents[key.place]


def test_parts_of_a_network_may_change_places() -> None:
    a, b = Resistor(3), Joined(Resistor(4), Resistor(5), False)
    one = circuits.Circuit(network=Joined(a, b, True), volts=9, asks="current", place=0)
    other = circuits.Circuit(network=Joined(b, a, True), volts=9, asks="current", place=0)
    assert Circuits().canonical(one) == Circuits().canonical(other)
    assert circuits.solve(one) == circuits.solve(other) == Fraction(81, 47)


def test_carts_keep_their_momentum_when_they_join() -> None:
    events = (("push", 10, 3), ("join", 4, 1), ("drop", 2, 1), ("brake", 5, 2))
    mass, speed = Fraction(8), (30 * Fraction(8, 10) - 10) / 8
    assert mechanics.after_events(Motion(kind="speed", numbers=(6,), events=events)) == (mass, speed)
    assert mechanics.after_events(Motion(kind="speed", numbers=(6,), events=(("push", 1, 2), ("brake", 2, 1)))) is None


def test_gases_are_the_known_ones() -> None:
    answers = {
        Gas(kind="boyle", numbers=(100, 6, 300)): (Fraction(2), "L"),
        Gas(kind="combined", numbers=(100, 6, 300, 200, 400)): (Fraction(4), "L"),
        Gas(kind="amount", numbers=(100, 25, 300)): (Fraction(2500, 3 * 831) * Fraction(8310, 8314), "mol"),
        Gas(kind="mixed", numbers=(100, 2, 400, 1)): (Fraction(200), "kPa"),
    }
    assert {gas: gas_laws.solve(gas) for gas in answers} == answers


@pytest.mark.parametrize("difficulty", [0.0, 0.3, 0.5, 0.9])
def test_conversions_agree_with_the_units_of_the_verifiers(difficulty: float) -> None:
    family, quantities = UnitConversion.configured({"difficulty": difficulty}), QuantityVerifier()
    for index in range(30):
        task = family.task("train", 0, index)
        given = re.search(r"(?:Convert|is|Express) ([0-9.]+ .+?) (?:to|in) ", task.prompt)
        if given is None or "deg" in task.prompt:  # K there is a difference
            continue
        right = decode(Measure, task.reference)
        reference = json.dumps({"value": right.value, "unit": right.unit, "relative_tolerance": "0.00001"})
        assert quantities.verify(given[1], reference).score == 1.0


def test_temperatures_are_the_known_ones() -> None:
    values = {
        ("100", "degC", "degF"): 212,
        ("32", "degF", "K"): Fraction("273.15"),
        ("0", "K", "degC"): Fraction("-273.15"),
    }
    for (number, source, target), value in values.items():
        assert converted(Conversion(number=number, sources=(source,), targets=(target,))) == value


def test_the_given_quantity_is_no_conversion() -> None:
    reference = encode(Measure(value="5000", unit="m", tolerance="0.001", is_conversion=True))
    verifier = MeasureAnswer()
    right = ["5000", "5000 m", "5,000 m", "5e3", "5 km = 5000 m", "\\boxed{5000}", "Answer: 5000."]
    wrong = ["5 km", "5000 s", "5", "5000 or 6000", "500", "", "5000 km", "5 km is what I was given"]
    assert [verifier.verify(text, reference).score for text in right] == [1.0] * len(right)
    assert [verifier.verify(text, reference).score for text in wrong] == [0.0] * len(wrong)


def test_quantities_need_their_unit_and_may_have_another_one() -> None:
    reference = encode(Measure(value="1.25", unit="A", tolerance="0.01"))
    verifier = MeasureAnswer()
    right = ["1.25 A", "1250 mA", "I = 1.25 A", "The current is 1.25 A.", "\\boxed{1.25}\\ \\text{A}", "1.255 ampere"]
    wrong = [
        "1.25",
        "1.25 V",
        "1.3 A",
        "1.25 A or 2 A",
        "1.25 A is one that I like, though I cannot say",
        "1.1 A, 1.25 A",
        "It is not 1.25 A",
        "",
    ]
    assert [verifier.verify(text, reference).score for text in right] == [1.0] * len(right)
    assert [verifier.verify(text, reference).score for text in wrong] == [0.0] * len(wrong)


def test_decimals_have_six_digits() -> None:
    assert [decimal(Fraction(n, d)) for n, d in ((1, 3), (200, 1), (1, 10**9), (10**12, 7))] == [
        "0.333333",
        "200",
        "1E-9",
        "1.42857E+11",
    ]


def test_stories_of_mechanics_name_gravity_only_where_it_matters() -> None:
    family = Mechanics.configured({"kinds": "story"})
    for index in range(30):
        prompt = family.task("train", 0, index).prompt
        assert ("9.8" in prompt) == ("height" in prompt)


def test_options_are_different_and_hold_the_right_one() -> None:
    for difficulty in (0.0, 0.3, 0.5, 0.8, 1.0):
        family, rng = ScienceChoice.configured({"difficulty": difficulty}), KeyedRandom("facts")
        for _ in range(100):
            key = family.draw(rng)
            options = [key.right, *key.wrong]
            assert len(set(options)) == len(options)
            content = family.build(key, rng)
            reference = json.loads(content.reference)
            assert reference["options"]["ABCDEFGHIJ".index(reference["answer"])] == key.right


@pytest.mark.parametrize(
    "response", ["C", "C. bird", "(C)", "Thoughts.\n```\nC\n```", "So:\n\\(C\\)", "**C**.", "bird"]
)
def test_an_option_may_be_named_in_the_usual_ways(response: str) -> None:
    reference = json.dumps({"answer": "C", "options": ["dog", "fish", "bird"]})
    assert OptionAnswer().verify(response, reference).score == 1.0


@pytest.mark.parametrize(
    "response", ["A. dog\nB. fish\nC. bird", "C or A", "x >= C", "not C", "C\nor maybe A", '{"answer": "C"}', "C, A"]
)
def test_copies_and_hedges_name_no_option(response: str) -> None:
    reference = json.dumps({"answer": "C", "options": ["dog", "fish", "bird"]})
    assert OptionAnswer().verify(response, reference).score == 0.0


@pytest.mark.parametrize(
    "text", ["E \\approx 1.2 \\times 10^3 \\text{ J}", "E \u2248 1.2 kJ", "W = F s = 1,200 J", "1200 N m"]
)
def test_quantities_may_be_led_to(text: str) -> None:
    assert MeasureAnswer().verify(text, encode(Measure(value="1200", unit="J", tolerance="0.01"))).score == 1.0


@pytest.mark.parametrize(
    "text",
    ["It is not 1200 J", "E < 1200 J", "7 J or 1200 J", "7 J # 1200 J", "7 J -> 1200 J", "300 J 900 J", "E >= 1200 J"],
)
@pytest.mark.parametrize("form", ["{}", "<answer>{}</answer>", "\\boxed{{{}}}"])
def test_quantities_that_are_hedged_are_not_read(text: str, form: str) -> None:
    assert (
        MeasureAnswer().verify(form.format(text), encode(Measure(value="1200", unit="J", tolerance="0.01"))).score
        == 0.0
    )
