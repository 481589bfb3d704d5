import json

from palestra.envs.families.instructions.acrostic_writing import Acrostic, AcrosticVerifier, AcrosticWriting
from palestra.envs.families.instructions.constrained_sentence import (
    ConstrainedSentence,
    SentenceDemands,
    SentenceVerifier,
)
from palestra.envs.families.instructions.format_following import FormatFollowing
from palestra.envs.record import encode

POEM = encode(Acrostic(first="sun", last="", num_words=3))
BOTH = encode(Acrostic(first="at", last="my", num_words=2))
SENTENCE = encode(
    SentenceDemands(num_words=5, places={"2": "old"}, forbidden="e", min_letters=3, is_alphabetical=False)
)


def test_lines_spell_the_word() -> None:
    verifier = AcrosticVerifier()
    for right in (
        "Summer days glow\nUnder blue skies\nNobody stays home",
        "**S**ummer days glow,\n\n**U**nder blue skies.\n**N**obody stays home!",
        "```\nSummer days glow\nUnder blue skies\nNobody stays home\n```",
        "<answer>summer days glow\nunder blue skies\nnobody stays home</answer>",
        "Here it is:\nSummer days glow\nUnder blue skies\nNobody stays home",
        "I look for short words.\n\nSummer days glow\nUnder blue skies\nNobody stays home",
        "Summer\u2019s days glow \u2014\nUnder \u201cblue\u201d skies\u2026\nNobody stays home",
    ):
        assert verifier.verify(right, POEM).score == 1.0, verifier.verify(right, POEM).detail
    for wrong in (
        "Summer days glow\nUnder blue skies",
        "Summer days glow\nBelow blue skies\nNobody stays home",
        "Summer days\nUnder blue skies\nNobody stays home",
        "Summer days glow\nUnder blue days\nNobody stays home",
        "Summer days glow\nUnder blue skies\nNobody n n",
        "S s s\nU u u\nN n n",
        "Here it is\nSummer days glow\nUnder blue skies\nNobody stays home",
        "Summer days glow\nUnder blue skies\nNobody stays home\n\nI hope you like it",
        "Sun 1 2\nUnder blue skies\nNobody stays home",
        "sun",
    ):
        assert verifier.verify(wrong, POEM).score == 0.0, wrong


def test_last_letters_spell_a_word_too() -> None:
    assert AcrosticVerifier().verify("a poem\nto say", BOTH).score == 1.0
    assert AcrosticVerifier().verify("a poem\nto sing", BOTH).score == 0.0


def test_poems_for_every_task_exist() -> None:
    family = AcrosticWriting.configured({"difficulty": 1.0})
    for index in range(30):
        task = family.task("train", 0, index)
        assert family.verifier.verify(family.oracle(task), task.reference).score == 1.0


def test_sentences_keep_their_demands() -> None:
    verifier = SentenceVerifier()
    for right in (
        "Our old dog wants food.",
        "**Our old dog wants food.**",
        "Sure.\nMany old cats sit still",
        "Bob\u2019s old dog \u2013 \u201chungry\u201d \u2013 waits",
    ):
        assert verifier.verify(right, SENTENCE).score == 1.0, right
    for wrong in (
        "Our old dog wants",
        "Our new dog wants food",
        "Our old dog needs food",
        "Our old dog wants dog",
        "An old dog wants food",
        "Xqz old dog wants food",
        "Our old dog wants f00d",
        "Our old dog wants food every day",
    ):
        assert verifier.verify(wrong, SENTENCE).score == 0.0, wrong


def test_given_words_stand_in_the_prompt() -> None:
    family = ConstrainedSentence.configured({"difficulty": 0.8})
    for index in range(30):
        task = family.task("train", 0, index)
        for place, word in json.loads(task.reference)["places"].items():
            assert f"ord {place} must be {word}" in task.prompt


def test_objects_hold_the_told_facts_and_nothing_else() -> None:
    family = FormatFollowing.configured({"difficulty": 0.7})
    for index in range(30):
        task = family.task("train", 0, index)
        value = json.loads(task.reference)["value"]
        for record in value["people"]:
            assert f"{record['name']} is " in task.prompt
            assert all(f'"{field}"' in task.prompt for field in record)
        assert family.verifier.verify(f"```json\n{json.dumps(value, indent=2)}\n```", task.reference).score == 1.0
        value["people"][0]["extra"] = 1
        assert family.verifier.verify(json.dumps(value), task.reference).score == 0.0
        assert family.verifier.verify("{}", task.reference).score == 0.0
