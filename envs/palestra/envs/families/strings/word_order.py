"""Questions about the order of words."""

from __future__ import annotations

import json

from palestra.envs.answers import WordsAnswer
from palestra.envs.family import ConfigT, KeyT
from palestra.envs.question import Question
from palestra.envs.task import Task
from palestra.verifiers.keyed_random import KeyedRandom


class WordOrderQuestion(Question[ConfigT, KeyT]):
    """The reference is a JSON list of the words in the right order."""

    verifier = WordsAnswer()

    def oracle(self, task: Task) -> str:
        """The words."""
        return ", ".join(json.loads(task.reference))

    def guess(self, task: Task, rng: KeyedRandom) -> str:
        """The words in random order."""
        answer = json.loads(task.reference)
        rng.shuffle(answer)
        return ", ".join(answer)
