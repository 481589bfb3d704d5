"""Whether a model has read the tasks of an evaluation before: it is shown their beginnings, and those of fresh ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palestra.agents.chat import ChatTokenizer
from palestra.agents.errors import EvaluationError
from palestra.agents.generator import FinishReason, GenerationRequest, Generator, Sampling
from palestra.envs import Split, Task, TextEnv
from palestra.envs.contamination import Contrast, Reproduction, contrasts, fresh_calculations, probe, summarise
from palestra.envs.single_turn import SingleTurnEnv
from palestra.envs.source import QuestionSource

_MAX_NEW_TOKENS = 128
FRESH_SEED = 7_310_946_228_151
"""A stream that nothing was published of: its tasks are new, unless a family has few."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contamination:
    """What a model reproduces of an evaluation's questions, and of fresh ones."""

    tasks: int
    null: str
    """What the fresh ones are: `same family`, or `random calculations` where the source has no others."""
    probed: tuple[Reproduction, ...]
    fresh: tuple[Reproduction, ...]
    excess: tuple[Contrast, ...]

    @property
    def is_suspicious(self) -> bool:
        """Whether more was written, or answered, than of fresh questions, by more than chance."""
        return any(contrast.is_suspicious for contrast in self.excess)

    def to_json(self) -> dict[str, object]:
        """All fields."""
        return {
            "tasks": self.tasks,
            "null": self.null,
            "is_suspicious": self.is_suspicious,
            "probed": [each.to_json() for each in self.probed],
            "fresh": [each.to_json() for each in self.fresh],
            "excess": [
                {
                    "share": each.share,
                    "exact": each.exact.to_json(),
                    "rouge_l": each.rouge_l.to_json(),
                    "answered": each.answered.to_json(),
                }
                for each in self.excess
            ],
        }


async def probe_contamination(
    env: TextEnv, tasks: Sequence[Task], generator: Generator, tokenizer: ChatTokenizer, *, split: Split = "test"
) -> Contamination:
    """Show a model 40, 60 and 80% of each question, without a chat template, and compare with fresh questions.

    The model goes on greedily. Fresh questions are those of the same family and options under a seed of their own;
    where the source has a fixed set, expressions that no text contains.

    Args:
        env: Of the tasks; its verifier judges what was written as an answer.
        tasks: Those to probe.
        generator: The model.
        tokenizer: Its tokenizer.
        split: Where fresh questions are drawn from.

    Raises:
        EvaluationError: The environment asks no single questions, or the model gave no continuation at all.

    Source: https://arxiv.org/abs/2507.10532, section 3 (METHODS 16); fresh tasks of the same family are ours.
    """
    if not isinstance(env, SingleTurnEnv):
        raise EvaluationError(f"`{env.source.id}` asks no single questions\n\nhint: leave `--probe` out for it")
    source = env.questions
    own = {task.prompt for task in tasks}
    fresh = [task for task in _fresh(source, split, len(tasks)) if task.prompt not in own]
    null = "same family"
    null_source: QuestionSource = source
    if len(fresh) < max(1, len(tasks) // 2):
        null = "random calculations"
        null_source, fresh = fresh_calculations(len(tasks), FRESH_SEED)
    texts: dict[str, str] = {}
    for each, members in ((source, tasks), (null_source, fresh)):
        probe(each, members, lambda shown: texts.setdefault(shown, ""))
    written = await _continued(list(texts), generator, tokenizer)
    probed = probe(source, tasks, written.__getitem__)
    unseen = probe(null_source, fresh, written.__getitem__)
    return Contamination(
        tasks=len(tasks),
        null=null,
        probed=summarise(probed),
        fresh=summarise(unseen),
        excess=contrasts(probed, unseen),
    )


def _fresh(source: QuestionSource, split: Split, count: int) -> list[Task]:
    try:
        return [source.task(split, FRESH_SEED, index) for index in range(count)]
    except (ValueError, LookupError):  # a data set: its rows are all there is
        return []


async def _continued(texts: Sequence[str], generator: Generator, tokenizer: ChatTokenizer) -> Mapping[str, str]:
    """The greedy continuation of each text."""
    sampling = Sampling(max_new_tokens=_MAX_NEW_TOKENS, temperature=0.0)
    requests = [
        # What the tokenizer makes of a response, less the token that ends it, is the bare text.
        GenerationRequest(prompt_ids=tokenizer.response_ids(text)[:-1], sampling=sampling, key=f"probe/{number}")
        for number, text in enumerate(texts)
    ]
    completions = await generator.generate(requests)
    if texts and all(each.finish_reason is FinishReason.ERROR for each in completions):
        raise EvaluationError(f"the model went on with no text: {completions[0].detail}\n\nhint: leave `--probe` out")
    return {text: tokenizer.text(each.token_ids) for text, each in zip(texts, completions, strict=True)}
