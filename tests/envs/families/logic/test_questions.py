"""References of the logic questions found again in other ways, most of them from the prompt alone."""

import itertools
import json
import re
from typing import Any

import pytest

from palestra.envs import KeyedRandom
from palestra.envs.families.logic.circuit_logic import CircuitLogic
from palestra.envs.families.logic.liar_count import LiarCount
from palestra.envs.families.logic.ordering_deduction import OrderingDeduction, fulfilling, orders
from palestra.envs.families.logic.propositional_entailment import PropositionalEntailment
from palestra.envs.families.logic.propositional_model import ModelVerifier, PropositionalModel
from palestra.envs.families.logic.quantified_statement import Item, QuantifiedStatement, statement
from palestra.envs.families.logic.rule_chaining import RuleChaining
from palestra.envs.families.logic.selection import SelectionAnswer
from palestra.envs.families.logic.self_reference import SelfReference
from palestra.envs.families.logic.set_relations import SetRelations, answer
from palestra.envs.families.logic.shapes import canonical_text
from palestra.envs.families.logic.syllogism import Sentence, Syllogism, conclusions
from palestra.envs.families.logic.truth_table import TruthTable
from palestra.verifiers import Outcome
from palestra.verifiers.logic.formula import parse_formula

DIFFICULTIES = (0.0, 0.4, 0.7, 1.0)
FORMULA = r"[A-H~&|<>() -]*[A-H)]"


def tasks(family_type: Any, difficulty: float, count: int = 10) -> Any:
    family = family_type.configured({"difficulty": difficulty})
    return [family.task("train", 11, index) for index in range(count)]


def options(prompt: str) -> list[str]:
    return re.findall(r"^\d+\. (.*)$", prompt, re.MULTILINE)


def is_true(text: str, world: dict[str, bool]) -> bool:
    formula = parse_formula(text)
    truth = formula.truth({name: ("true" if world[name] else "false",) for name in formula.variables})
    assert truth is not None
    return truth


@pytest.mark.parametrize("difficulty", DIFFICULTIES[:3])
def test_entailed_formulas_hold_in_every_world_of_the_premises(difficulty: float) -> None:
    for task in tasks(PropositionalEntailment, difficulty, 8):
        premises = [line for line in task.prompt.splitlines() if re.fullmatch(FORMULA, line)]
        letters = "ABCDEFG"[: int(task.meta["letters"])]
        worlds = [
            dict(zip(letters, bits, strict=True)) for bits in itertools.product((False, True), repeat=len(letters))
        ]
        worlds = [world for world in worlds if all(is_true(text, world) for text in premises)]
        follow = [i + 1 for i, text in enumerate(options(task.prompt)) if all(is_true(text, w) for w in worlds)]
        assert worlds
        assert follow == json.loads(task.reference)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_columns_of_truth_tables_are_right(difficulty: float) -> None:
    for task in tasks(TruthTable, difficulty):
        text = max(re.findall(r"(?=([A-E~(][A-E~&|<>() -]*[A-E)]))", task.prompt), key=len).strip()
        n = int(task.meta["letters"])
        text = re.sub(r" \($", "", text)
        column = "".join(
            str(int(is_true(text, dict(zip("ABCDE"[:n], bits, strict=True)))))
            for bits in itertools.product((False, True), repeat=n)
        )
        assert column == task.reference


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_circuits_are_evaluated_gate_by_gate(difficulty: float) -> None:
    tables = {"AND": "0001", "OR": "0111", "XOR": "0110", "NAND": "1110", "NOR": "1000", "XNOR": "1001"}
    for task in tasks(CircuitLogic, difficulty, 30):
        wires = dict(re.findall(r"\b([a-h]) = ([01])", task.prompt))
        gates = re.findall(r"^(g\d+) = ([A-Z]+)\((\w+), (\w+)\)$", task.prompt, re.MULTILINE)
        for name, kind, a, b in gates:
            wires[name] = tables[kind][int(wires[a] + wires[b], 2)]
        assert "".join(wires[name] for name, *_ in gates[-len(task.reference) :]) == task.reference


def _holds(sentence: Sentence, members: tuple[int, ...]) -> bool:
    """In a world that has members of these kinds, where bit i of a kind is being in group i."""
    a = [kind for kind in members if kind >> sentence.a & 1]
    in_b = [kind >> sentence.b & 1 for kind in a]
    return {"all": all(in_b), "no": not any(in_b), "some": any(in_b), "some not": not all(in_b)}[sentence.kind]


def test_conclusions_of_syllogisms_hold_in_every_world() -> None:
    family, rng = Syllogism.configured({"groups": 3, "premises": 3}), KeyedRandom("syllogism")
    worlds = [w for count in range(9) for w in itertools.combinations(range(8), count)]
    for _ in range(60):
        premises = family.draw(rng)
        models = [world for world in worlds if all(_holds(premise, world) for premise in premises)]
        true, false = conclusions(premises, 3)
        assert bool(models) == bool(true or false)
        assert all(all(_holds(sentence, world) for world in models) for sentence in true)
        assert all(not all(_holds(sentence, world) for world in models) for sentence in false)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_chained_rules_lead_to_what_is_chosen(difficulty: float) -> None:
    for task in tasks(RuleChaining, difficulty):
        asked = options(task.prompt)
        facts = {tuple(found) for found in re.findall(r"(?<!\d\. )\b([A-Z][a-z]+) is ([a-z]+)\.", task.prompt)}
        rules = re.findall(r"If someone is ([a-z, ]+), then they are ([a-z]+)\.", task.prompt)
        for _ in range(40):
            for person in {person for person, _ in facts}:
                facts |= {
                    (person, head)
                    for body, head in rules
                    if all((person, need) in facts for need in re.split(r", | and ", body))
                }
        follow = [i + 1 for i, text in enumerate(asked) if tuple(text.rstrip(".").split(" is ")) in facts]
        assert follow == json.loads(task.reference)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_self_reference_has_one_solution(difficulty: float) -> None:
    def agrees(text: str, truth: tuple[bool, ...]) -> bool:
        numbers = [int(number) for number in re.findall(r"\d+", text)]
        if text.startswith("The number"):
            return sum(truth) % 2 == 0
        if text.startswith("Exactly one of the"):
            return sum(truth[n - 1] for n in numbers) == 1
        if text.startswith("Statement"):
            return all(truth[n - 1] == text.endswith("true.") for n in numbers)
        count = sum(truth)
        return {"E": count == numbers[0], "At l": count >= numbers[0], "At m": count <= numbers[0]}[
            "E" if text[0] == "E" else text[:4]
        ]

    for task in tasks(SelfReference, difficulty):
        said = options(task.prompt)
        fits = [
            [i + 1 for i, value in enumerate(truth) if value]
            for truth in itertools.product((False, True), repeat=len(said))
            if all(agrees(text, truth) == value for text, value in zip(said, truth, strict=True))
        ]
        assert fits == [json.loads(task.reference)]


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_one_number_of_liars_fits(difficulty: float) -> None:
    for task in tasks(LiarCount, difficulty, 30):
        said = re.findall(r"^(\d+) (?:person|people) says?: (.*?)(\d+)(.*)$", task.prompt, re.MULTILINE)
        fits = []
        for liars in range(sum(int(times) for times, *_ in said) + 1):
            false = 0
            for times, words, number, _ in said:
                n = int(number)
                true = {"Exactly ": liars == n, "At least ": liars >= n, "At most ": liars <= n}.get(
                    words, liars % n == 0
                )
                false += 0 if true else int(times)
            if false == liars:
                fits.append(liars)
        assert fits == [int(task.reference)]


def test_parts_of_sets_are_counted_person_by_person() -> None:
    family, rng = SetRelations.configured({"sets": 3, "questions": "none any only one two odd"}), KeyedRandom("sets")
    for _ in range(120):
        key = family.draw(rng)
        people = [{i for i in range(3) if part >> i & 1} for part, size in enumerate(key.parts) for _ in range(size)]
        wanted = {
            "none": sum(not likes for likes in people),
            "any": sum(bool(likes) for likes in people),
            "only": people.count({0}),
            "one": sum(len(likes) == 1 for likes in people),
            "two": sum(len(likes) >= 2 for likes in people),
            "odd": sum((0 in likes) != (1 in likes) for likes in people),
        }[key.question]
        assert answer(key) == wanted
        content = family.build(key, rng)
        told = [int(n) for n in re.findall(r"(\d+) like", content.slots["sizes"])]
        assert told[:3] == [sum(i in likes for likes in people) for i in range(3)]
        assert told[-1] == sum(len(likes) == 3 for likes in people)


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_one_order_fits_the_clues(difficulty: float) -> None:
    family, rng = OrderingDeduction.configured({"difficulty": difficulty}), KeyedRandom("order")
    for _ in range(4):
        key = family.draw(rng)
        n = len(key.places)
        fits = [places for places in itertools.permutations(range(n)) if all(clue.holds(places) for clue in key.clues)]
        assert fits == [key.places]
        for clue in key.clues:
            assert [bool(fulfilling(clue, n) >> i & 1) for i in range(40 if n > 4 else 24)] == [
                clue.holds(places) for places in orders(n)[: 40 if n > 4 else 24]
            ]


def test_models_are_accepted_whichever_they_are() -> None:
    verify = ModelVerifier().verify
    clauses = '{"letters":3,"clauses":[[1,2],[-1,3]]}'
    assert verify("a = true, b = false, c = true", clauses).score == 1
    assert verify("a: F; b is T and c=0", clauses).score == 1
    assert verify('{"a": false, "b": true, "c": false}', clauses).score == 1
    assert verify("a = true, b = true, c = false", clauses).detail == "~a | c is not made true"
    assert verify("b = true", clauses).score == 0
    assert verify("UNSAT", clauses).detail == "there are such values"
    assert verify("UNSAT", '{"letters":1,"clauses":[[1],[-1]]}').score == 1
    assert verify("a = true, a = false, b = true, c = true", clauses).outcome is Outcome.UNPARSED
    assert verify("a = true or b = true", clauses).outcome is Outcome.UNPARSED


@pytest.mark.parametrize("difficulty", DIFFICULTIES)
def test_unsolvable_twins_have_no_model_and_look_alike(difficulty: float) -> None:
    family, rng = PropositionalModel.configured({"difficulty": difficulty}), KeyedRandom("twin")
    found = 0
    for _ in range(10):
        key = family.draw(rng)
        twin = family.unsolvable(key, rng)
        if twin is None:
            continue
        found += 1
        clauses = json.loads(twin.reference)["clauses"]
        assert len(clauses) == len(key)
        letters = range(1, json.loads(twin.reference)["letters"] + 1)
        assert not any(
            all(any(world[abs(n) - 1] == (n > 0) for n in clause) for clause in clauses)
            for world in itertools.product((False, True), repeat=len(letters))
        )
        assert family.verifier.verify("UNSAT", twin.reference).score == 1
    assert found


def test_statements_about_objects_are_judged_by_hand() -> None:
    items = [Item(place=0, colour="red", shape="star", size=3), Item(place=1, colour="red", shape="circle", size=5)]
    known = {
        "Every red object is a star.": False,
        "Some red object is a star.": True,
        "No star is red.": False,
        "Every red star is red.": True,
        "There are exactly 2 red objects.": True,
        "There is at most 1 red object.": False,
        "Every star is smaller than some other red object.": True,
        "Some circle is to the left of every other red object.": False,
        "No circle is to the left of some other red object.": True,
        "Every red object has a size of at least 5.": False,
    }
    rng, seen = KeyedRandom("objects"), set()
    for i in range(4000):
        text, truth = statement(("plain", "count", "relation", "nested")[i % 4], items, rng)
        if text in known:
            assert truth == known[text], text
            seen.add(text)
    assert len(seen) > 6


def test_quantified_statements_speak_of_things_that_are_there() -> None:
    for task in tasks(QuantifiedStatement, 1.0):
        shown = task.prompt.partition("\n1. ")[0]
        for noun in re.findall(r"^\d+\. (?:Every|Some|No) (\w+ \w+) (?:is|has)", task.prompt, re.MULTILINE):
            word = noun.removesuffix(" object")
            assert word in shown


@pytest.mark.parametrize(
    ("response", "score"),
    [
        ("1, 4", 1),
        ("4 and 1", 1),
        ("Answer: statements 1 and 4.", 1),
        ("<answer>[1, 4]</answer>", 1),
        ("Only 1, 4", 1),
        ("1", 0),
        ("1, 2, 3, 4", 0),
        ("1, 4 or 2", 0),
        ("not 1, 4", 0),
        ("1-4", 0),
        ("none", 0),
        ("", 0),
    ],
)
def test_selections_are_exact(response: str, score: float) -> None:
    assert SelectionAnswer().verify(response, "[1, 4]").score == score


def test_canonical_texts_do_not_depend_on_names_and_order() -> None:
    rng = KeyedRandom("shapes")
    for _ in range(50):
        lines = [("a", ((rng.below(5),), (rng.below(5),))) for _ in range(5)]
        names = rng.sample(range(5), 5)
        moved = [(label, tuple(tuple(names[i] for i in group) for group in groups)) for label, groups in lines]
        rng.shuffle(moved)
        assert canonical_text(lines, 5) == canonical_text(moved, 5)
    assert canonical_text([("a", ((0,), (1,)))], 2) != canonical_text([("a", ((0, 1),))], 2)
