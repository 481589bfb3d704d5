"""Relations re-computed from the sentences of the prompt."""

import re

import pytest

from palestra.envs.families.graphs.family_members import FamilyMembers, FamilyMembersAnswer
from palestra.envs.families.graphs.family_relationships import FamilyRelationships, RelationVerifier
from palestra.envs.record import decode
from palestra.verifiers import Outcome


class Facts:
    """Parents, spouses and sexes, as the prompt tells them."""

    def __init__(self, prompt: str) -> None:
        self.parents: dict[str, set[str]] = {}
        self.women: set[str] = set()
        self.spouse: dict[str, str] = {}
        for child, word, one, two in re.findall(r"(\w+) is a (son|daughter) of (\w+) and (\w+)\.", prompt):
            self.parents[child] = {one, two}
            self.women |= {child} if word == "daughter" else set()
        for one, word, two in re.findall(r"(\w+) is the (husband|wife) of (\w+)\.", prompt):
            self.spouse |= {one: two, two: one}
            self.women.add(one if word == "wife" else two)

    def up(self, people: set[str]) -> set[str]:
        return {parent for person in people for parent in self.parents.get(person, ())}

    def down(self, people: set[str]) -> set[str]:
        return {child for child, parents in self.parents.items() if parents & people}

    def relatives(self, person: str, kind: str) -> set[str]:
        me = {person}
        parents, children = self.up(me), self.down(me)
        grand = self.up(parents)
        siblings = self.down(parents) - me
        aunts = self.down(grand) - parents
        great = self.up(grand)
        nephews = self.down(siblings)
        return {
            "parents": parents,
            "children": children,
            "siblings": siblings,
            "grandparents": grand,
            "grandchildren": self.down(children),
            "uncles and aunts": aunts,
            "nephews and nieces": nephews,
            "first cousins": self.down(aunts),
            "great-grandparents": great,
            "great-grandchildren": self.down(self.down(children)),
            "great-uncles and great-aunts": self.down(great) - grand,
            "great-nephews and great-nieces": self.down(nephews),
        }[kind]

    def married(self, people: set[str]) -> set[str]:
        return {self.spouse[person] for person in people if person in self.spouse}


WORDS = {
    "father": "parents",
    "son": "children",
    "brother": "siblings",
    "grandfather": "grandparents",
    "grandson": "grandchildren",
    "uncle": "uncles and aunts",
    "nephew": "nephews and nieces",
    "cousin": "first cousins",
    "great-grandfather": "great-grandparents",
    "great-grandson": "great-grandchildren",
    "great-uncle": "great-uncles and great-aunts",
    "great-nephew": "great-nephews and great-nieces",
}
FEMALE = {
    "mother": "father",
    "daughter": "son",
    "sister": "brother",
    "wife": "husband",
    "aunt": "uncle",
    "niece": "nephew",
    "grandmother": "grandfather",
    "granddaughter": "grandson",
    "great-grandmother": "great-grandfather",
    "great-granddaughter": "great-grandson",
    "great-aunt": "great-uncle",
    "great-niece": "great-nephew",
    "mother-in-law": "father-in-law",
    "daughter-in-law": "son-in-law",
    "sister-in-law": "brother-in-law",
}


def in_law(facts: Facts, person: str, word: str) -> set[str]:
    me, spouse = {person}, facts.married({person})
    siblings = facts.relatives(person, "siblings")
    return {
        "husband": spouse,
        "father-in-law": facts.up(spouse),
        "son-in-law": facts.married(facts.down(me)),
        "brother-in-law": facts.married(siblings) | (facts.down(facts.up(spouse)) - spouse),
    }[word]


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_the_word_is_what_the_facts_say(difficulty: float) -> None:
    family = FamilyRelationships.configured({"difficulty": difficulty})
    asked = re.compile(r"(?:What is|relation is) (\w+) to (\w+)\?|(\w+) asks: what is (\w+) to me")
    for index in range(60):
        task = family.task("train", 0, index)
        facts, match = Facts(task.prompt), asked.search(task.prompt)
        assert match is not None
        relative, person = (match[1], match[2]) if match[1] else (match[4], match[3])
        word = FEMALE.get(task.reference, task.reference)
        if task.reference != "cousin":
            assert (relative in facts.women) == (task.reference in FEMALE)
        known = facts.relatives(person, WORDS[word]) if word in WORDS else in_law(facts, person, word)
        assert relative in known


@pytest.mark.parametrize("difficulty", [0.0, 0.5, 1.0])
def test_the_members_are_all_that_the_facts_say(difficulty: float) -> None:
    family = FamilyMembers.configured({"difficulty": difficulty})
    asked = re.compile(r"(?:Name all|Who are the) ([\w -]+?) of (\w+)[.?]|(\w+) invites all ([\w -]+?) that")
    for index in range(60):
        task = family.task("train", 0, index)
        match = asked.search(task.prompt)
        assert match is not None
        kind, person = (match[1], match[2]) if match[1] else (match[4], match[3])
        answer = decode(FamilyMembersAnswer, task.reference)
        assert Facts(task.prompt).relatives(person, kind) == {answer.people[i] for i in answer.relatives}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("great-aunt", Outcome.PASS),
        ("Answer: Great aunt.", Outcome.PASS),
        ("grandaunt", Outcome.PASS),
        ("She is the **great-aunt**", Outcome.FAIL),
        ("aunt", Outcome.FAIL),
        ("aunt, great-aunt", Outcome.FAIL),
        ("", Outcome.UNPARSED),
    ],
)
def test_words_of_relations(answer: str, expected: Outcome) -> None:
    assert RelationVerifier().verify(answer, "great-aunt").outcome is expected
