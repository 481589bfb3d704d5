"""Writes a response that follows a set of constraints: the proof that they go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_FILLERS = (
    "Most people remember such moments for years",
    "Every small detail seems to matter when someone looks closely",
    "Some friends of mine tell stories about this once more",
    "Nobody knows how long this will last",
    "We learn more from such things than from many books",
    "In former times this took much more patience",
    "My neighbours often speak about this on warm evenings",
    "There will be another chance for all of us soon",
)
_CAPITALS = ("STAY", "CALM", "OR", "TRY", "ONCE", "MORE")
Row = Mapping[str, Any]


def compose(ids: Sequence[str], arguments: Sequence[Row]) -> str:
    """A text for the constraints, in plain English; whether it follows all of them is the verifier's word."""
    wanted: dict[str, Row] = {}
    least, most = 0, 10**6
    for name, values in zip(ids, arguments, strict=True):
        if name == "length_constraints:number_words" and values["relation"] == "at least":
            least = values["num_words"]
        elif name == "length_constraints:number_words":
            most = values["num_words"]
        else:
            wanted[name] = values
    for spare in (8, 0):
        sentences = _sentences(wanted, min(least + spare, most))
        text = _cased(_framed(_laid_out(sentences, wanted), wanted), wanted)
        if len(text.split()) <= most:
            break
    return text


def _sentences(wanted: Mapping[str, Row], least: int) -> list[str]:
    """What has to be said, and then as much as is needed to be long enough."""
    one, two = wanted["keywords:existence"]["keywords"]
    said = [f"Think of {one} or of {two}"]
    if frequency := wanted.get("keywords:frequency"):
        said.append("One can say " + " or ".join([frequency["keyword"]] * frequency["frequency"]))
    if once := wanted.get("keywords:word_once"):
        said.append(f"Someone mentions {once['keyword']}")
    if letter := wanted.get("letters:letter_counting2"):
        said.append("Here are some letters " + letter["letter"] * letter["let_frequency"])
    if marks := wanted.get("detectable_content:number_placeholders"):
        said.append("Ask " + " or ".join(f"[name {i + 1}]" for i in range(marks["num_placeholders"])))
    if marks := wanted.get("detectable_format:number_highlighted_sections"):
        said.append("Keep in mind " + " or ".join(f"*point {i + 1}*" for i in range(marks["num_highlights"])))
    if capitals := wanted.get("change_case:capital_word_frequency"):
        said.append(f"Remember to {' '.join(_CAPITALS[: capitals['capital_frequency']])}")
    number = wanted.get("length_constraints:number_sentences", {}).get("num_sentences", 0)
    fillers = 0
    while sum(len(sentence.split()) for sentence in said) < least or len(said) < max(number, 4):
        said.append(_FILLERS[fillers % len(_FILLERS)])
        fillers += 1
    return [f"{sentence}." for sentence in said]


def _laid_out(sentences: list[str], wanted: Mapping[str, Row]) -> str:
    if paragraphs := wanted.get("length_constraints:number_paragraphs"):
        return "\n***\n".join(_shares(sentences, paragraphs["num_paragraphs"]))
    if nth := wanted.get("length_constraints:nth_paragraph_first_word"):
        shares = _shares(sentences, nth["num_paragraphs"])
        shares[nth["nth_paragraph"] - 1] = f"{nth['first_word']} comes first. {shares[nth['nth_paragraph'] - 1]}"
        return "\n\n".join(shares)
    text = " ".join(sentences)
    if bullets := wanted.get("detectable_format:number_bullet_lists"):
        points = "".join(f"\n* Point number {i + 1}." for i in range(bullets["num_bullets"]))
        return f"{text}{points}\nSo much for these points."
    if sections := wanted.get("detectable_format:multiple_sections"):
        shares = _shares(sentences, sections["num_sections"])
        return "\n".join(f"{sections['section_spliter']} {i}\n{share}" for i, share in enumerate(shares, 1))
    return text


def _shares(sentences: list[str], count: int) -> list[str]:
    """The sentences in so many parts; none is empty, since there are four sentences or more."""
    return [" ".join(sentences[len(sentences) * i // count : len(sentences) * (i + 1) // count]) for i in range(count)]


def _framed(text: str, wanted: Mapping[str, Row]) -> str:
    if word := wanted.get("first_word:first_word_answer"):
        text = f"{word['first_word'].capitalize()} comes before all else. {text}"
    if "detectable_format:title" in wanted:
        text = _titled(text, wanted)
    if postscript := wanted.get("detectable_content:postscript"):
        text += f"\n{postscript['postscript_marker']} There will be more."
    if phrase := wanted.get("startend:end_checker"):
        text += f" {phrase['end_phrase']}"
    if word := wanted.get("last_word:last_word_answer"):
        text += f" At last comes {word['last_word']}."
    return f'"{text}"' if "startend:quotation" in wanted else text


def _titled(text: str, wanted: Mapping[str, Row]) -> str:
    nth = wanted.get("length_constraints:nth_paragraph_first_word")
    if nth and nth["nth_paragraph"] == 1:
        first, _, rest = text.partition(" ")
        return f"{first} <<my title>> {rest}"
    return f"<<my title>>\n{text}"


def _cased(text: str, wanted: Mapping[str, Row]) -> str:
    if "change_case:english_lowercase" in wanted:
        return text.lower()
    return text.upper() if "change_case:english_capital" in wanted else text
