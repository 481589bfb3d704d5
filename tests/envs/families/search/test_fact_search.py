from __future__ import annotations

from collections import Counter

import pytest

from palestra.envs import ConfigError, KeyedRandom
from palestra.envs.families.search.asking import Shape
from palestra.envs.families.search.fact_search import FactRecipe, FactSearch, Riddle, library_of, riddle_of
from palestra.envs.families.search.facts import made_up
from palestra.envs.families.search.query import (
    AmbiguousError,
    Both,
    Lesser,
    Named,
    NameOf,
    Step,
    answer_to,
    support_of,
)
from palestra.envs.families.search.relations import RELATION, EntityKind
from palestra.envs.record import decode
from palestra.envs.text_env import TextEnv
from palestra.verifiers.tools.call import ToolCall


def riddles(shape: Shape, num_facts: int, count: int = 12) -> list[Riddle]:
    recipes = [FactRecipe(seed=seed, shape=shape, num_facts=num_facts, num_people=30) for seed in range(count)]
    found = [riddle for riddle in map(riddle_of, recipes) if riddle is not None]
    assert len(found) > count // 2
    return found


def opened(index: int = 0, **options: str | float) -> TextEnv:
    env = FactSearch.configured({"difficulty": 0.5, **options}).env()
    env.enter(env.source.task("train", 3, index))
    return env


def answered(text: str, index: int = 0) -> float:
    env = opened(index)
    reply, reward, done, *_ = env.step(FactSearch().written([ToolCall(name="answer", arguments={"text": text})]))
    assert done, reply
    return reward


def gold(index: int = 0) -> str:
    riddle = riddle_of(decode(FactRecipe, opened(index).task.reference))
    assert riddle is not None
    return riddle.answer


def test_a_world_agrees_with_itself() -> None:
    facts = made_up(KeyedRandom("world"), 60)
    assert len({entity.name for entity in facts.entities}) == len(facts.entities)
    for (name, subject), thing in facts.objects.items():
        assert facts.entities[subject].kind is RELATION[name].subject
        assert facts.entities[thing].kind is RELATION[name].object
        if name in ("teacher", "founder", "author"):
            older, younger = (thing, subject)
            assert facts.measures[older] < facts.measures[younger]
    towns = [place for place, entity in enumerate(facts.entities) if entity.kind is EntityKind.TOWN]
    for town in towns:
        seen, here = set(), town
        while (here := facts.objects.get(("downstream", here), -1)) >= 0:
            assert here not in seen, "a river runs in a circle"
            seen.add(here)


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize("num_facts", [2, 3, 4])
def test_an_answer_follows_from_facts_and_stands_not_in_the_question(shape: Shape, num_facts: int) -> None:
    if shape is Shape.COMPARISON and num_facts == 2:
        num_facts = 4
    for riddle in riddles(shape, num_facts):
        assert riddle.answer.lower() not in riddle.text.lower()
        assert answer_to(riddle.facts, riddle.question) == riddle.answer
        assert len(support_of(riddle.facts, riddle.question)) >= min(num_facts, 3)


def test_a_phrase_that_means_several_is_refused() -> None:
    facts = made_up(KeyedRandom("world"), 60)
    relation, thing = next(key for key, subjects in facts.subjects.items() if len(subjects) > 1)
    several = Step(relation=relation, of=Named(place=thing), is_backward=True)
    with pytest.raises(AmbiguousError):
        answer_to(facts, NameOf(of=several))
    with pytest.raises(AmbiguousError):
        answer_to(facts, NameOf(of=Both(left=several, right=several)))
    with pytest.raises(AmbiguousError):
        answer_to(facts, Lesser(left=Named(place=0), right=Named(place=0), is_more=True))


def test_every_fact_stands_in_one_document_that_a_search_for_its_words_finds() -> None:
    found = total = 0
    for shape in (Shape.CHAIN, Shape.MEETING):
        for seed in range(6):
            recipe = FactRecipe(seed=seed, shape=shape, num_facts=3, num_people=120)
            riddle = riddle_of(recipe)
            if riddle is None:
                continue
            library = library_of(recipe)
            for name, subject in support_of(riddle.facts, riddle.question):
                thing = riddle.facts.objects.get((name, subject), subject)
                subject_name, object_name = (riddle.facts.entities[place].name for place in (subject, thing))
                page = library.corpus.get(library.homes[name, subject])
                assert page is not None
                assert subject_name in page.text
                assert object_name in page.text
                total += 1
                found += page.id in [hit.id for hit in library.corpus.search(f"{name} {subject_name}", 20)]
    assert total > 20
    assert found / total > 0.95


def test_the_oracle_searches_opens_and_answers() -> None:
    for index in range(8):
        env = opened(index)
        while not env.episode.is_over:
            _, reward, *_ = env.step(env.oracle())
        assert reward == 1
        assert "Error" not in env.render()


def test_an_answer_counts_but_for_its_spelling() -> None:
    assert answered(f"  {gold().upper()}. ") == 1
    assert answered(f"It is {gold()}") == answered(f"{gold()} or Nobody") == answered("") == 0


def test_silence_and_cheats_earn_nothing() -> None:
    env = opened()
    for name, responses in env.cheats(env.task).items():
        env.enter(env.task)
        for response in responses:
            if not env.episode.is_over:
                env.play(response)
        if env.episode.verdict is None:
            env.grade()
        assert env.episode.verdict is not None
        assert env.episode.verdict.score == 0, name


def test_no_answer_is_frequent() -> None:
    family = FactSearch.configured({"difficulty": 0.4})
    answers = Counter()  # type: ignore[var-annotated]
    for index in range(200):
        riddle = riddle_of(decode(FactRecipe, family.task("train", 5, index).reference))
        assert riddle is not None
        answers[riddle.answer] += 1
    assert max(answers.values()) <= 4


def test_wrong_calls_are_answered() -> None:
    env = opened()
    calls = [
        ToolCall(name="open", arguments={"document_id": "doc-9999"}),
        ToolCall(name="search", arguments={"query": "", "k": 3}),
        ToolCall(name="search", arguments={"query": "river", "k": 99}),
        ToolCall(name="answer", arguments={"text": "x" * 3000}),
    ]
    reply, _, done, *_ = env.step(FactSearch().written(calls))
    assert not done
    assert reply.count("Error") == 3


def test_a_format_with_one_tool_is_refused() -> None:
    with pytest.raises(ConfigError, match="fenced-bash"):
        FactSearch.configured({"codec": "fenced-bash"})
