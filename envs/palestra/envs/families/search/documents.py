"""The documents in which the facts of a world stand."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.envs.families.search.facts import Facts
from palestra.envs.families.search.query import Support
from palestra.envs.families.search.relations import MEASURE_OF, RELATION, EntityKind
from palestra.envs.search import Corpus, Document
from palestra.verifiers.keyed_random import KeyedRandom

_MIRRORED_ONE_IN = 4
_OPENINGS = {
    EntityKind.PERSON: ("This page is about {s}.", "{s} is remembered here.", "What is known of {s} is short."),
    EntityKind.TOWN: ("{s} is a town on the river.", "This page is about the town of {s}."),
    EntityKind.SOCIETY: ("{s} is a society.", "This page is about {s}, a society."),
    EntityKind.WORK: ("{s} is a work in several parts.", "This page is about {s}."),
}


@dataclass(frozen=True, kw_only=True)
class Library:
    """A corpus, and where its facts stand."""

    corpus: Corpus
    homes: dict[tuple[str, int], str]
    """By relation or measure and subject: the id of the document that says it."""

    def pages(self, support: Support) -> tuple[str, ...]:
        """The documents with these facts, each once, in their order."""
        return tuple(dict.fromkeys(self.homes[fact] for fact in support))


def written(facts: Facts, rng: KeyedRandom) -> Library:
    """One document for each entity. Every fact stands once, with its subject or with its object."""
    lines: list[list[str]] = [[] for _ in facts.entities]
    at: dict[tuple[str, int], int] = {}
    for (name, subject), thing in facts.objects.items():
        relation = RELATION[name]
        is_mirrored = not rng.below(_MIRRORED_ONE_IN)
        at[name, subject] = home = thing if is_mirrored else subject
        form = rng.choice(relation.mirrored if is_mirrored else relation.sentences)
        lines[home].append(form.format(s=facts.entities[subject].name, o=facts.entities[thing].name))
    for subject, number in facts.measures.items():
        entity = facts.entities[subject]
        measure = MEASURE_OF[entity.kind]
        at[measure.name, subject] = subject
        lines[subject].append(rng.choice(measure.sentences).format(s=entity.name, n=number))
    order = rng.sample(range(len(lines)), len(lines))  # ids tell nothing of kinds
    ids = {place: f"doc-{number + 1}" for number, place in enumerate(order)}
    documents = []
    for place in order:
        entity = facts.entities[place]
        rng.shuffle(lines[place])
        opening = rng.choice(_OPENINGS[entity.kind]).format(s=entity.name)
        documents.append(Document(id=ids[place], title=entity.name, text=" ".join([opening, *lines[place]])))
    return Library(corpus=Corpus(documents), homes={fact: ids[place] for fact, place in at.items()})
