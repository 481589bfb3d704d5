"""Steps that take a list of words, or a text."""

from __future__ import annotations

from palestra.envs.families.code.shapes import Shape
from palestra.envs.families.code.steps import StepSet, Texts
from palestra.verifiers.keyed_random import KeyedRandom

STEPS_OF_WORDS, STEPS_OF_TEXTS = StepSet(Shape.WORDS), StepSet(Shape.TEXT)
_LETTERS = "aeorsnlt"


def _word_test(rng: KeyedRandom) -> Texts:
    """A condition on `word`, and its words after `that`."""
    letter, length = rng.choice(_LETTERS), rng.between(4, 5)
    return rng.choice(
        (
            (f'contain the letter "{letter}"', f'"{letter}" in word'),
            (f'do not contain the letter "{letter}"', f'"{letter}" not in word'),
            (f"have at least {length} letters", f"len(word) >= {length}"),
            (f"have fewer than {length} letters", f"len(word) < {length}"),
            ("begin with a letter of the first half of the alphabet (a to m)", 'word[:1] <= "m"'),
            (
                f'end with "{letter}" or have an even number of letters',
                f'word.endswith("{letter}") or len(word) % 2 == 0',
            ),
        )
    )


@STEPS_OF_WORDS.drawn(Shape.WORDS)
def _keep_words(rng: KeyedRandom) -> Texts:
    words, test = _word_test(rng)
    return f"Keep only the words that {words}.", (
        f"OUT = []\nfor word in IN:\n    if {test}:\n        OUT.append(word)"
    )


@STEPS_OF_WORDS.drawn(Shape.WORDS)
def _change_words(rng: KeyedRandom) -> Texts:
    words, test = _word_test(rng)
    how, term = rng.choice(
        (
            ("Write backwards", "word[::-1]"),
            ("Repeat twice, without a gap,", "word + word"),
            ("Double the last letter of", "word + word[-1:]"),
            ("Move the first letter to the end of", "word[1:] + word[:1]"),
        )
    )
    return (
        f"{how} the words that {words}; leave the others as they are.",
        f"OUT = []\nfor word in IN:\n    if {test}:\n        OUT.append({term})\n    else:\n        OUT.append(word)",
    )


STEPS_OF_WORDS.add(
    Shape.WORDS,
    {
        "distinct": (
            "Keep only the first occurrence of every word.",
            "OUT = []\nfor word in IN:\n    if word not in OUT:\n        OUT.append(word)",
        ),
        "by_length": (
            "Sort the words by length, shortest first; words of one length in alphabetical order.",
            "OUT = sorted(IN, key=lambda word: (len(word), word))",
        ),
        "by_last": (
            "Sort the words by their last letter; words with the same one stay in their order.",
            "OUT = sorted(IN, key=lambda word: word[-1:])",
        ),
        "glue": (
            "Join the words in pairs, the first with the second, the third with the fourth and so on, without a gap; "
            "a last word without a partner stays as it is.",
            'OUT = []\nfor i in range(0, len(IN), 2):\n    OUT.append("".join(IN[i:i + 2]))',
        ),
        "backwards": ("Reverse the order of the words.", "OUT = IN[::-1]"),
    },
)
STEPS_OF_WORDS.add(
    Shape.NUMBERS,
    {
        "lengths": (
            "Replace each word by its number of letters.",
            "OUT = []\nfor word in IN:\n    OUT.append(len(word))",
        ),
        "vowels": (
            "Replace each word by its number of vowels (a, e, i, o and u).",
            "OUT = []\nfor word in IN:\n    vowels = 0\n    for letter in word:\n"
            '        if letter in "aeiou":\n            vowels += 1\n    OUT.append(vowels)',
        ),
    },
)
STEPS_OF_WORDS.add(
    Shape.TEXT,
    {
        "initials": (
            "Join the first letters of the words into one text.",
            'OUT = ""\nfor word in IN:\n    OUT += word[:1]',
        ),
        "line": ("Join the words into one text with single spaces between them.", 'OUT = " ".join(IN)'),
    },
)
STEPS_OF_WORDS.add(
    Shape.TABLE,
    {
        "frequency": (
            "Make a dict from each word to the number of times that it occurs.",
            "OUT = {}\nfor word in IN:\n    OUT[word] = OUT.get(word, 0) + 1",
        ),
        "letters_by_initial": (
            "Make a dict from each letter with which a word begins to the total number of letters of those words.",
            "OUT = {}\nfor word in IN:\n    OUT[word[:1]] = OUT.get(word[:1], 0) + len(word)",
        ),
    },
)


@STEPS_OF_TEXTS.drawn(Shape.WORDS)
def _split(rng: KeyedRandom) -> Texts:
    del rng
    return "Split the text into its words at the spaces (an empty text has none).", "OUT = IN.split()"


@STEPS_OF_TEXTS.drawn(Shape.TABLE)
def _letter_counts(rng: KeyedRandom) -> Texts:
    least = rng.between(1, 3)
    return (
        f"Make a dict from each letter that occurs at least {least} times (spaces do not count) to how often it does."
        if least > 1
        else "Make a dict from each letter that occurs (spaces do not count) to how often it does.",
        'counts = {}\nfor letter in IN:\n    if letter != " ":\n        counts[letter] = counts.get(letter, 0) + 1\n'
        f"OUT = {{}}\nfor letter, count in counts.items():\n    if count >= {least}:\n        OUT[letter] = count",
    )


@STEPS_OF_TEXTS.drawn(Shape.TEXT)
def _replace_letter(rng: KeyedRandom) -> Texts:
    old, new = rng.sample(_LETTERS, 2)
    return (
        f'Swap the letters "{old}" and "{new}" wherever they occur.',
        f'OUT = ""\nfor letter in IN:\n    if letter == "{old}":\n        OUT += "{new}"\n'
        f'    elif letter == "{new}":\n        OUT += "{old}"\n    else:\n        OUT += letter',
    )


@STEPS_OF_TEXTS.drawn(Shape.TEXT)
def _drop_doubles(rng: KeyedRandom) -> Texts:
    del rng
    return (
        "Where the same character stands several times in a row, keep only one of them.",
        'OUT = ""\nfor letter in IN:\n    if OUT[-1:] != letter:\n        OUT += letter',
    )


@STEPS_OF_TEXTS.drawn(Shape.NUMBERS)
def _word_sizes(rng: KeyedRandom) -> Texts:
    del rng
    return (
        "Make the list of the lengths of its words, in order (an empty text has no words).",
        "OUT = []\nfor word in IN.split():\n    OUT.append(len(word))",
    )
