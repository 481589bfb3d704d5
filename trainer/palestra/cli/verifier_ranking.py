"""Verifiers and a judge over the same cases of one right answer and many wrong ones."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from palestra.agents.judge_client import OpenAIAsk
from palestra.cli.errors import UsageError
from palestra.cli.rates import JUDGE_KEY
from palestra.verifiers import VERIFIERS
from palestra.verifiers.judge import Admission, BatteryCase, Family, JudgeVerifier, Juror, read_battery
from palestra.verifiers.ranking import Ranking, RankingCase, corpus_cases, rank_cases, read_ranking_cases

_CASES_PER_FAMILY = 3


def rank_all(
    names: Sequence[str], path: Path | None, corpus: str | None, judge_url: str | None, judge_model: str | None
) -> list[Ranking]:
    """What each verifier, and then the judge, makes of the cases.

    Raises:
        UsageError: There are no cases.
        AuditError: The file holds no cases.
        UnknownVerifierError: No verifier has this name.
    """
    cases = read_ranking_cases(path) if path is not None else corpus_cases(VERIFIERS.corpus(str(corpus)))
    if not cases:
        raise UsageError(
            "no case has a right answer and a wrong one\n\nhint: a corpus needs both with the same reference"
        )
    rankings = [rank_cases(VERIFIERS.make(name), cases) for name in names]
    if judge_url is not None and judge_model is not None:
        rankings.append(_judged(judge_url, judge_model, cases))
    return rankings


def _judged(url: str, model: str, cases: Sequence[RankingCase]) -> Ranking:
    with OpenAIAsk(url, model, api_key=os.environ.get(JUDGE_KEY)) as ask:
        # How easily it is fooled is what is found out here: it need not pass an examination first, only answer one.
        admission = Admission(max_fpr=math.nextafter(1.0, 0.0), min_tpr=0.0)
        judge = JudgeVerifier.start(Juror(ask=ask, aask=ask.aask), cases=_few(), admission=admission)
        return rank_cases(judge, cases)


def _few() -> list[BatteryCase]:
    """Some cases of each family of the battery: they show that the judge answers as it must."""
    taken: Counter[Family] = Counter()
    found = []
    for case in read_battery():
        taken[case.family] += 1
        if taken[case.family] <= _CASES_PER_FAMILY:
            found.append(case)
    return found
