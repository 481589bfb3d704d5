"""A word that is hidden in a text by a scheme that is told."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from string import ascii_lowercase
from typing import ClassVar

from palestra.envs.answers import TextAnswer
from palestra.envs.config import FamilyConfig, ramp, stages
from palestra.envs.families.words import words
from palestra.envs.family import Content
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_CARRIERS = {
    "first": "Take the first letter of each word.",
    "last": "Take the last letter of each word.",
    "second": "Take the second letter of each word.",
    "capitals": "Take the capital letters.",
    "third": "Take the third letter of each word.",
    "every other": "Take the first letter of the second, fourth, sixth word and so on.",
    "every third": "Take the last letter of the third, sixth, ninth word and so on.",
    "steps": "Take letter 1 of word 1, letter 2 of word 2, letter 3 of word 3, then letter 1 of word 4 and so on.",
}
_CIPHERS = {
    "plain": "",
    "reversed": " Read the letters backwards.",
    "mirrored": " Then replace a by z, b by y, c by x and so on.",
    "shifted": " Then replace each letter by the one {shift} places before it in the alphabet; z comes before a.",
    "shifted and reversed": (
        " Then replace each letter by the one {shift} places before it in the alphabet; z comes before a. "
        "Read the result backwards."
    ),
}
_MAX_PLACE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenMessageConfig(FamilyConfig):
    """Which messages are hidden."""

    length: int = ramp(3, 8, low=3, high=8)
    """Length of the hidden word."""
    num_carriers: int = ramp(2, 8, low=1, high=8)
    """From how many of the ways of hiding letters one is drawn; later ones are harder."""
    num_ciphers: int = stages(1, 1, 2, 2, 3, 4, 4, 5, 5, 5, choices=(1, 2, 3, 4, 5))
    """From how many of the ways of changing letters one is drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HiddenMessageKey:
    """The word and the scheme."""

    word: str
    carrier: str
    cipher: str
    shift: int


class HiddenMessage(Question[HiddenMessageConfig, HiddenMessageKey]):
    """Texts of common words that carry a word, plain or in a simple cipher."""

    id: ClassVar[str] = "palestra/HiddenMessage-v1"
    Config: ClassVar[type[HiddenMessageConfig]] = HiddenMessageConfig
    templates = (
        "A word is hidden in this text: {text}\n{scheme} Which word is it?",
        "{text}\nThe text above hides a word. {scheme} Find the word.",
        "Decode the hidden word. {scheme}\nText: {text}",
    )
    answer_format = "The last line of your reply must be the word alone."
    verifier = TextAnswer()

    def draw(self, rng: KeyedRandom) -> HiddenMessageKey:
        """Choose a word and a scheme."""
        config = self.config
        cipher = rng.choice(list(_CIPHERS)[: config.num_ciphers])
        return HiddenMessageKey(
            word=rng.choice(words(config.length)),
            carrier=rng.choice(list(_CARRIERS)[: config.num_carriers]),
            cipher=cipher,
            shift=rng.between(1, 9) if "shifted" in cipher else 0,
        )

    def canonical(self, key: HiddenMessageKey) -> str:
        """The word and the scheme, whatever the text."""
        return f"{key.word} {key.carrier} {key.cipher} {key.shift}"

    def composition(self, key: HiddenMessageKey) -> str:
        """The way of hiding and the way of changing letters, where both are used."""
        return "" if key.cipher == "plain" else f"{key.carrier}, {key.cipher}"

    def build(self, key: HiddenMessageKey, rng: KeyedRandom) -> Content | None:
        """Write a text around the letters."""
        text = _text(enciphered(key.word, key.cipher, key.shift), key.carrier, rng)
        if text is None:
            return None
        scheme = _CARRIERS[key.carrier] + _CIPHERS[key.cipher].format(shift=key.shift)
        return Content(
            slots={"text": text, "scheme": scheme},
            reference=key.word,
            effort=len(key.word) * (1 + list(_CARRIERS).index(key.carrier) + 2 * list(_CIPHERS).index(key.cipher)),
            meta={"num_letters": len(key.word)},
        )

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """A word of the right length."""
        return rng.choice(words(len(task.reference)))


def enciphered(word: str, cipher: str, shift: int) -> str:
    """The letters that are to be found in the text."""
    if cipher == "reversed":
        return word[::-1]
    if cipher == "mirrored":
        return word.translate(str.maketrans(ascii_lowercase, ascii_lowercase[::-1]))
    shifted = word.translate(str.maketrans(ascii_lowercase, ascii_lowercase[shift:] + ascii_lowercase[:shift]))
    return shifted[::-1] if cipher == "shifted and reversed" else shifted


@cache
def _with_letter(place: int, letter: str) -> tuple[str, ...]:
    return tuple(word for word in words() if len(word) >= _MAX_PLACE and word[place] == letter)


def _text(letters: str, carrier: str, rng: KeyedRandom) -> str | None:
    if carrier == "capitals":
        small = ["".join(rng.choice(ascii_lowercase) for _ in range(rng.between(1, 4))) for _ in letters]
        return "".join(one + letter.upper() for one, letter in zip(small, letters, strict=True))
    places = {"last": -1, "second": 1, "third": 2, "every third": -1}
    text = []
    for i, letter in enumerate(letters):
        text += [rng.choice(words()) for _ in range({"every other": 1, "every third": 2}.get(carrier, 0))]
        fitting = _with_letter(i % _MAX_PLACE if carrier == "steps" else places.get(carrier, 0), letter)
        if not fitting:
            return None
        text.append(rng.choice(fitting))
    return " ".join(text)
