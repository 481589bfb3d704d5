"""Verifiers as verifier functions of open-instruct.

open-instruct looks its functions up by the name of the data set in lower case, and gives no reward at all, without an
error, where it finds none:

    reward_fn_mapping["my_dataset"] = as_open_instruct(MathVerifier())

Source: `VerifierFunction` and `apply_verifiable_reward` in `open_instruct/ground_truth_utils.py`,
https://github.com/allenai/open-instruct.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from palestra.verifiers.adapters.scoring import Scoring
from palestra.verifiers.adapters.texts import reference_text
from palestra.verifiers.verdict import Verdict
from palestra.verifiers.verifier import Verifier

ReferenceT = TypeVar("ReferenceT")


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """What open-instruct reads of a verification."""

    score: float
    cost: float = 0.0
    """Of the calls to a judge, in dollars."""
    reasoning: str | None = None


class OpenInstructVerifier(Generic[ReferenceT]):
    """Has what open-instruct uses of a `VerifierFunction`: `name`, `weight`, a call and `async_call`."""

    verifier_config: None = None
    """open-instruct's settings of a verifier; ours were given when it was built."""

    def __init__(self, verifier: Verifier[ReferenceT], scoring: Scoring, weight: float) -> None:
        self.name = verifier.name
        self.weight = weight
        self._verifier = verifier
        self._scoring = scoring

    def __call__(
        self,
        tokenized_prediction: Sequence[int],
        prediction: str,
        label: object,
        query: str | None = None,
        rollout_state: Mapping[str, object] | None = None,
    ) -> VerificationResult:
        """Judge a prediction.

        Raises:
            ValueError: The label is malformed.
            MaskedVerdictError: The verdict is masked, and no score was named for that.
        """
        return self._result(self._verifier.verify(prediction, reference_text(label)))

    async def async_call(
        self,
        tokenized_prediction: Sequence[int],
        prediction: str,
        label: object,
        query: str | None = None,
        rollout_state: Mapping[str, object] | None = None,
    ) -> VerificationResult:
        """Judge a prediction without holding up the event loop.

        Raises:
            ValueError: The label is malformed.
            MaskedVerdictError: The verdict is masked, and no score was named for that.
        """
        return self._result(await self._verifier.averify(prediction, reference_text(label)))

    def _result(self, verdict: Verdict) -> VerificationResult:
        settled = self._scoring.settle(verdict)
        reasoning = f"{settled.outcome}: {settled.detail}"
        return VerificationResult(score=self._scoring.forced_score(settled), reasoning=reasoning)


def as_open_instruct(
    verifier: Verifier[ReferenceT], scoring: Scoring | None = None, weight: float = 1.0
) -> OpenInstructVerifier[ReferenceT]:
    """The verifier as open-instruct calls them.

        >>> from palestra.verifiers import NumberVerifier
        >>> as_open_instruct(NumberVerifier())([], "It is 22.", "22").score
        1.0

    open-instruct multiplies the score by `weight` and by its own `verification_reward` (10 by default), so leave
    the stage of `scoring` as it is. It has no mask for one sample: a masked verdict raises `MaskedVerdictError`
    unless `scoring.masked_score` names what it is worth.

    Args:
        verifier: Judges the prediction against the label, a text or what `json.dumps` takes.
        scoring: What verdicts are worth.
        weight: Of this verifier where several judge one response.
    """
    return OpenInstructVerifier(verifier, scoring or Scoring(), weight)
