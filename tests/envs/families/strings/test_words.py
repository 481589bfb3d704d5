import itertools
import json
from collections.abc import Callable
from typing import Any

from palestra.envs import KeyedRandom
from palestra.envs.families.strings.caesar_cipher import CaesarCipher
from palestra.envs.families.strings.ciphers import shifted, shifted_by_key
from palestra.envs.families.strings.sentence_reordering import SentenceReordering
from palestra.envs.families.strings.sentences import CLASSES, vocabulary
from palestra.envs.families.strings.vigenere_cipher import VigenereCipher
from palestra.envs.families.strings.word_ladder import Ladder, WordLadder, is_step, num_hasty_words, shortest_ladder
from palestra.envs.families.strings.word_sorting import WordSorting
from palestra.envs.families.words import word_set
from palestra.envs.record import decode, encode


def test_no_word_is_in_two_classes() -> None:
    assert tuple(vocabulary()) == CLASSES
    everything = [word.casefold() for words in vocabulary().values() for word in words]
    assert len(everything) == len(set(everything))


def test_ciphers_are_undone() -> None:
    for index in range(100):
        key = VigenereCipher.configured({"difficulty": 0.5}).draw(KeyedRandom("cipher", index))
        secret = shifted_by_key(key.message, key.key_word, 1)
        assert shifted_by_key(secret, key.key_word, -1) == key.message
        assert [len(word) for word in secret.split()] == [len(word) for word in key.message.split()]
    assert shifted_by_key("attack at dawn", "lemon", 1) == "lxfopv ef rnhr"
    assert shifted(shifted("wrong way", 17), -17) == "wrong way"


def test_no_second_shift_gives_words() -> None:
    known = word_set() | {word.lower() for words in vocabulary().values() for word in words}
    for index in range(60):
        task = CaesarCipher.configured({"is_shift_told": False, "num_words": 4}).task("train", 0, index)
        readings = [by for by in range(26) if all(word in known for word in shifted(task.reference, by).split())]
        assert readings in ([0], [])


def test_ladders_are_shortest() -> None:
    for index in range(100):
        ladder = decode(Ladder, WordLadder.configured({"difficulty": 0.3}).task("train", 0, index).reference)
        assert all(is_step(a, b) for a, b in itertools.pairwise(ladder.ladder))
        assert set(ladder.ladder) <= set(ladder.words)
        reached, num_steps = {ladder.start}, 0
        while ladder.goal not in reached:
            reached |= {word for word in ladder.words if any(is_step(word, other) for other in reached)}
            num_steps += 1
        assert num_steps == len(ladder.ladder) - 1


def test_every_shortest_ladder_is_right() -> None:
    reference = encode(Ladder(("cat", "cot", "cog", "dog", "dot", "cow"), "cat", "dog", ("cat", "cot", "cog", "dog")))
    verify = WordLadder.verifier.verify
    for answer in ("cat -> cot -> dot -> dog", "cat, cot, cog, dog", "CAT \u2192 COT \u2192 COG \u2192 DOG."):
        assert verify(answer, reference).score == 1.0, answer
    for answer in (
        "cat -> dog",
        "cat -> cot -> cow -> cog -> dog",
        "cat -> cag -> dag -> dog",
        "cot -> cog -> dog",
        "cat",
    ):
        assert verify(answer, reference).score == 0.0, answer


def test_no_ladder_leads_to_the_goal_of_a_twin() -> None:
    family, num_twins = WordLadder.configured({"difficulty": 0.5}), 0
    for index in range(60):
        rng = KeyedRandom("twin", index)
        if (twin := family.unsolvable(family.draw(rng), rng)) is not None:
            num_twins += 1
            ladder = decode(Ladder, twin.reference)
            assert {ladder.start, ladder.goal} <= set(ladder.words)
            assert shortest_ladder(ladder.words, ladder.start, ladder.goal) == ()
    assert num_twins > 30


def test_sentences_are_the_only_order_of_their_words() -> None:
    classes = {word: name for name, words in vocabulary().items() for word in words}
    for index in range(100):
        family = SentenceReordering.configured({"difficulty": 0.7})
        key = family.draw(KeyedRandom("sentence", index))
        assert tuple(classes[word] for word in key.words) == key.classes
        assert len(set(key.classes)) == len(key.classes)


def test_rules_of_order_leave_nothing_open() -> None:
    measures: list[Callable[[str], tuple[Any, ...]]] = [
        lambda w: (w,),
        lambda w: (len(w), w),
        lambda w: (w[-1], w),
        lambda w: (w[::-1],),
        lambda w: (w[1], w),
    ]
    for index in range(100):
        family, rng = WordSorting.configured({"difficulty": 1.0}), KeyedRandom("order", index)
        key = family.draw(rng)
        content = family.build(key, rng)
        assert content is not None
        answer = json.loads(content.reference)[:: -1 if key.is_reversed else 1]
        assert sorted(answer) == sorted(key.words)
        assert all(measures[key.rule](a) < measures[key.rule](b) for a, b in itertools.pairwise(answer))


def test_words_in_another_order_earn_nothing() -> None:
    verify, reference = WordSorting.verifier.verify, '["ash", "elm", "oak"]'
    assert all(
        verify(answer, reference).score == 1.0 for answer in ("ash, elm, oak", "Ash elm oak.", "['ash', 'elm', 'oak']")
    )
    assert all(verify(answer, reference).score == 0.0 for answer in ("elm, ash, oak", "ash, elm", "ash, elm, oak, oak"))


def test_the_word_that_looks_nearest_is_seldom_the_way() -> None:
    family = WordLadder.configured({"difficulty": 0.5})
    num_easy = 0
    for index in range(60):
        ladder = decode(Ladder, family.task("train", 8, index).reference)
        num_easy += num_hasty_words(ladder.words, ladder.start, ladder.goal) == len(ladder.ladder)
    assert num_easy < 18
