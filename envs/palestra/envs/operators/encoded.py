"""Tasks that must be deciphered before they can be solved."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from palestra.envs.errors import ConfigError
from palestra.envs.operators.operator import Named, Rewording, without_format
from palestra.envs.source import QuestionSource
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_OPENINGS = (
    "The task below is in a cipher: {rule} Decipher it, solve it, and answer in plain text.",
    "{rule} That is how the following task was written. Read it and answer without any cipher.",
    "Somebody has hidden a task in the text below. {rule} Your answer must not be hidden.",
)
"""The last one is for `unseen-template` alone."""


@dataclass(frozen=True, kw_only=True)
class Cipher:
    """A way to write a text that somebody who knows the rule can undo."""

    rule: str
    """What was done, one sentence."""
    encode: Callable[[str], str]
    decode: Callable[[str], str]


def shifted(text: str, steps: int) -> str:
    """The text with each Latin letter moved on in the alphabet, around its end."""
    moved = _ALPHABET[steps % 26 :] + _ALPHABET[: steps % 26]
    return text.translate(str.maketrans(_ALPHABET + _ALPHABET.upper(), moved + moved.upper()))


def _backwards(text: str) -> str:
    return text[::-1]


def _words_backwards(text: str) -> str:
    return re.sub(r"\S+", lambda match: match[0][::-1], text)


def _lines_upside_down(text: str) -> str:
    return "\n".join(reversed(text.split("\n")))


def _mirrored(text: str) -> str:
    mirror = _ALPHABET[::-1]
    return text.translate(str.maketrans(_ALPHABET + _ALPHABET.upper(), mirror + mirror.upper()))


def _hexadecimal(text: str) -> str:
    return text.encode("utf-8").hex()


def _from_hexadecimal(text: str) -> str:
    return bytes.fromhex(text).decode("utf-8")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _from_base64(text: str) -> str:
    return base64.b64decode(text, validate=True).decode("utf-8")


CIPHERS: dict[str, Cipher] = {
    "backwards": Cipher(rule="All of its text is written backwards.", encode=_backwards, decode=_backwards),
    "words": Cipher(rule="Each of its words is written backwards.", encode=_words_backwards, decode=_words_backwards),
    "lines": Cipher(
        rule="The last of its lines comes first, and so on up to the first.",
        encode=_lines_upside_down,
        decode=_lines_upside_down,
    ),
    "mirror": Cipher(
        rule="Each letter is replaced by its mirror in the alphabet: a by z, b by y, and so on.",
        encode=_mirrored,
        decode=_mirrored,
    ),
    "rot13": Cipher(
        rule="Each letter is replaced by the one 13 places further on in the alphabet; after z comes a.",
        encode=lambda text: shifted(text, 13),
        decode=lambda text: shifted(text, -13),
    ),
    "rot3": Cipher(
        rule="Each letter is replaced by the one 3 places further on in the alphabet; after z comes a.",
        encode=lambda text: shifted(text, 3),
        decode=lambda text: shifted(text, -3),
    ),
    "hex": Cipher(
        rule="Each byte of its UTF-8 text is two hexadecimal digits.", encode=_hexadecimal, decode=_from_hexadecimal
    ),
    "base64": Cipher(rule="Its UTF-8 text is encoded in base64.", encode=_base64, decode=_from_base64),
}


@dataclass(frozen=True, kw_only=True)
class Encoded(Rewording):
    """Each question in a cipher whose rule is told; how to answer stays readable, where the source says it apart."""

    id: ClassVar[str] = "palestra/Encoded-v1"
    inner: QuestionSource = field(default_factory=Named("palestra/Products-v1"))
    """Whose tasks are shown."""
    ciphers: str = "backwards words rot3 rot13 mirror"
    """Which ciphers are drawn, separated by spaces: backwards words lines mirror rot3 rot13 hex base64."""

    def check(self) -> None:
        """The ciphers exist."""
        for name in self.ciphers.split() or [""]:
            if name not in CIPHERS:
                raise ConfigError(f"no cipher `{name[:80]}`\n\nhint: ciphers are {', '.join(CIPHERS)}")

    def reword(self, task: Task, rng: KeyedRandom) -> str:
        """The rule, the question in the cipher, and how to answer."""
        cipher = CIPHERS[rng.choice(self.ciphers.split())]
        opening = _OPENINGS[-1] if task.id.split == "unseen-template" else rng.choice(_OPENINGS[:-1])
        question, answer_format = without_format(task.prompt, self.inner)
        hidden = f"{opening.format(rule=cipher.rule)}\n\n{cipher.encode(question)}"
        return f"{hidden}\n\n{answer_format}" if answer_format else hidden
