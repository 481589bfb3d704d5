"""The constraints that prompts are made of: how each is drawn, and how it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from palestra.envs.families.words import words
from palestra.verifiers.keyed_random import KeyedRandom

Argument = str | int | tuple[str, ...]
Arguments = Mapping[str, Argument]

_PHRASES = ("That is all for now.", "Thank you for reading.", "The rest is silence.", "More on this tomorrow.")
_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_RARE_LETTERS = "jkqvwxyz"
_CLASHES = tuple(
    frozenset({one, other})
    for one, others in {
        # A title or a postscript on lines of its own is a paragraph too.
        "length_constraints:nth_paragraph_first_word": ("detectable_format:title", "detectable_content:postscript"),
        # What has to be there to the letter has capitals and small letters; a quotation ends with its mark.
        "startend:end_checker": (
            "change_case:english_lowercase", "change_case:english_capital", "startend:quotation",
        ),
        "change_case:english_lowercase": ("detectable_content:postscript", "detectable_format:multiple_sections"),
        "change_case:english_capital": ("detectable_format:multiple_sections",),
        # The first word stands before the first heading, or is none of the text.
        "first_word:first_word_answer": ("detectable_format:multiple_sections",),
    }.items()
    for other in others
)  # fmt: skip
"""Pairs of ids that the checkers can all be pleased with, but that a reader finds at odds."""
AVOIDABLE_WORDS = ("the", "and", "is", "very", "it", "because", "good", "but", "was", "are")
"""Words that are hard to do without."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """One instruction with its parameters."""

    id: str
    arguments: Arguments
    text: str
    """The sentence of the prompt."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """How constraints of an id are drawn; of each group, which rule one another out, a prompt has one at most."""

    id: str
    group: str
    draw: Callable[[KeyedRandom], tuple[Arguments, str]]


def common_word(rng: KeyedRandom) -> str:
    """A word of five to seven letters."""
    return rng.choice(words(rng.between(5, 7)))


def keywords(rng: KeyedRandom) -> Constraint:
    """Two words that have to occur: every prompt has this, so that no text is right twice."""
    some = tuple(common_word(rng) for _ in range(2))
    return Constraint(
        id="keywords:existence", arguments={"keywords": some}, text=f"Use the words {some[0]} and {some[1]}."
    )


def least_words(number: int) -> Constraint:
    """A least length: every prompt has this too."""
    arguments: Arguments = {"relation": "at least", "num_words": number}
    return Constraint(id="length_constraints:number_words", arguments=arguments, text=f"Write at least {number} words.")


def draw_constraints(count: int, rng: KeyedRandom) -> tuple[Constraint, ...]:
    """So many constraints of different groups, none of which contradicts another to a reader."""
    groups = sorted({kind.group for kind in KINDS})
    while True:
        kinds = [rng.choice([kind for kind in KINDS if kind.group == group]) for group in rng.sample(groups, count)]
        ids = {kind.id for kind in kinds}
        if not any(clash <= ids for clash in _CLASHES):
            break
    drawn = []
    for kind in kinds:
        arguments, text = kind.draw(rng)
        drawn.append(Constraint(id=kind.id, arguments=arguments, text=text))
    return tuple(drawn)


def _paragraphs(rng: KeyedRandom) -> tuple[Arguments, str]:
    n = rng.between(2, 4)
    return {"num_paragraphs": n}, f"Write exactly {n} paragraphs, with the divider *** between them."


def _nth_paragraph(rng: KeyedRandom) -> tuple[Arguments, str]:
    n, word = rng.between(2, 4), common_word(rng)
    nth = rng.between(1, n)
    return (
        {"num_paragraphs": n, "nth_paragraph": nth, "first_word": word},
        f"Write exactly {n} paragraphs, with one blank line between them; "
        f"the {_ORDINALS[nth - 1]} paragraph begins with the word {word}.",
    )


def _bullets(rng: KeyedRandom) -> tuple[Arguments, str]:
    n = rng.between(2, 5)
    return {"num_bullets": n}, f"Include exactly {n} bullet points, each a line that begins with an asterisk."


def _sections(rng: KeyedRandom) -> tuple[Arguments, str]:
    n, name = rng.between(2, 4), rng.choice(("Section", "Part", "Chapter"))
    return (
        {"section_spliter": name, "num_sections": n},
        f"Divide the text into at least {n} sections, headed {name} 1, {name} 2 and so on.",
    )


def _capital_words(rng: KeyedRandom) -> tuple[Arguments, str]:
    n = rng.between(2, 6)
    return (
        {"capital_relation": "at least", "capital_frequency": n},
        f"Write at least {n} words in capital letters only.",
    )


def _end_phrase(rng: KeyedRandom) -> tuple[Arguments, str]:
    phrase = rng.choice(_PHRASES)
    return {"end_phrase": phrase}, f'End with exactly this phrase, and nothing after it: "{phrase}"'


def _last_word(rng: KeyedRandom) -> tuple[Arguments, str]:
    word = common_word(rng)
    return {"last_word": word}, f"The last word must be {word}."


def _first_word(rng: KeyedRandom) -> tuple[Arguments, str]:
    word = common_word(rng)
    return {"first_word": word}, f"The first word must be {word}."


def _frequency(rng: KeyedRandom) -> tuple[Arguments, str]:
    word, n = common_word(rng), rng.between(2, 5)
    relation = rng.choice(("at least", "exactly"))
    return (
        {"keyword": word, "relation": relation, "frequency": n},
        f"Use the word {word} {relation} {n} times.",
    )


def _once(rng: KeyedRandom) -> tuple[Arguments, str]:
    word = common_word(rng)
    return {"keyword": word}, f"Use the word {word} exactly once."


def _letter(rng: KeyedRandom) -> tuple[Arguments, str]:
    letter, n = rng.choice(_RARE_LETTERS), rng.between(4, 10)
    return (
        {"letter": letter, "let_relation": "at least", "let_frequency": n},
        f"The letter {letter} must occur at least {n} times.",
    )


def _forbidden(rng: KeyedRandom) -> tuple[Arguments, str]:
    some = tuple(rng.sample(AVOIDABLE_WORDS, rng.between(1, 3)))
    return {
        "forbidden_words": some
    }, f"Do not use {'any of these words' if len(some) > 1 else 'this word'}: {', '.join(some)}."


def _placeholders(rng: KeyedRandom) -> tuple[Arguments, str]:
    n = rng.between(1, 4)
    return {"num_placeholders": n}, f"Include at least {n} placeholders in square brackets, such as [name]."


def _postscript(rng: KeyedRandom) -> tuple[Arguments, str]:
    marker = rng.choice(("P.S.", "P.P.S"))
    return {"postscript_marker": marker}, f"Add a postscript that begins with {marker}"


def _highlights(rng: KeyedRandom) -> tuple[Arguments, str]:
    n = rng.between(1, 4)
    return {"num_highlights": n}, f"Highlight at least {n} pieces of text with asterisks, such as *this piece*."


def _few_words(rng: KeyedRandom) -> tuple[Arguments, str]:
    n = 10 * rng.between(13, 20)
    return {"relation": "at most", "num_words": n}, f"Write at most {n} words."


def _many_sentences(rng: KeyedRandom) -> tuple[Arguments, str]:
    n = rng.between(5, 12)
    return {"relation": "at least", "num_sentences": n}, f"Write at least {n} sentences."


def _fixed(text: str) -> Callable[[KeyedRandom], tuple[Arguments, str]]:
    return lambda rng: ({}, text)


KINDS: tuple[Kind, ...] = (
    Kind(id="length_constraints:number_paragraphs", group="layout", draw=_paragraphs),
    Kind(id="length_constraints:nth_paragraph_first_word", group="layout", draw=_nth_paragraph),
    Kind(id="detectable_format:number_bullet_lists", group="layout", draw=_bullets),
    Kind(id="detectable_format:multiple_sections", group="layout", draw=_sections),
    Kind(id="change_case:capital_word_frequency", group="case", draw=_capital_words),
    Kind(id="change_case:english_lowercase", group="case", draw=_fixed("Use small letters only.")),
    Kind(id="change_case:english_capital", group="case", draw=_fixed("Use capital letters only.")),
    Kind(id="startend:end_checker", group="end", draw=_end_phrase),
    Kind(id="last_word:last_word_answer", group="end", draw=_last_word),
    Kind(id="first_word:first_word_answer", group="start", draw=_first_word),
    Kind(
        id="detectable_format:title", group="start",
        draw=_fixed("Give the text a title in double angular brackets, such as <<a title>>."),
    ),
    Kind(id="startend:quotation", group="start", draw=_fixed("Put the whole reply into double quotation marks.")),
    Kind(id="keywords:frequency", group="count", draw=_frequency),
    Kind(id="keywords:word_once", group="count", draw=_once),
    Kind(id="letters:letter_counting2", group="letter", draw=_letter),
    Kind(id="keywords:forbidden_words", group="words", draw=_forbidden),
    Kind(id="detectable_content:number_placeholders", group="marks", draw=_placeholders),
    Kind(id="detectable_format:number_highlighted_sections", group="marks", draw=_highlights),
    Kind(id="detectable_content:postscript", group="postscript", draw=_postscript),
    Kind(id="length_constraints:number_words", group="length", draw=_few_words),
    Kind(id="length_constraints:number_sentences", group="length", draw=_many_sentences),
    Kind(id="punctuation:no_comma", group="comma", draw=_fixed("Do not use any commas.")),
    Kind(id="punctuation:punctuation_exclamation", group="exclamation", draw=_fixed("Do not use exclamation marks.")),
)  # fmt: skip
"""All kinds; those that a text of a few junk words would satisfy pay nothing by themselves."""
