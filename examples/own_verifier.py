"""A verifier of your own, its labelled cases, and the card that they give."""

import re
from typing import ClassVar

from palestra.verifiers import Case, CaseKind, Corpus, NoAnswerError, Traits, Verdict, Verifier, measure
from palestra.verifiers.answer import find_answer

_TIME = re.compile(r"\b([01]?[0-9]|2[0-3])[:.]([0-5][0-9])(?:\s*([ap])\.?m\b\.?)?", re.IGNORECASE)


class ClockTimeVerifier(Verifier[int]):
    """PASS when the answer is the same time of day as the reference, `15:30` or `3.30 pm`."""

    name: ClassVar[str] = "clock-time"
    version: ClassVar[int] = 1
    traits: ClassVar[Traits] = Traits(is_deterministic=True)

    def parse_reference(self, reference: str) -> int:
        """Minutes since midnight."""
        found = _TIME.fullmatch(reference.strip())
        if found is None:
            raise ValueError(f"`{reference}` is no time of day")
        return _minutes(found)

    def judge(self, response: str, reference: int) -> Verdict:
        """Compare minutes."""
        times = list(_TIME.finditer(find_answer(response).text))
        if not times:
            raise NoAnswerError("no time of day in the answer")
        if len({_minutes(time) for time in times}) > 1:
            return Verdict.failed("several times: an answer is one")
        said = _minutes(times[0])
        detail = f"{said // 60:02}:{said % 60:02} against {reference // 60:02}:{reference % 60:02}"
        return Verdict.passed(detail) if said == reference else Verdict.failed(detail)


def _minutes(time: re.Match[str]) -> int:
    hour = int(time[1])
    if time[3]:
        hour = hour % 12 + 12 * (time[3].lower() == "p")
    return 60 * hour + int(time[2])


CASES = (
    ("plain", CaseKind.HONEST, "It leaves at 15:30."),
    ("twelve-hours", CaseKind.HONEST, "It leaves at 3:30 pm."),
    ("marked", CaseKind.HONEST, r"Not 14:10. \boxed{15.30}"),
    ("other-half", CaseKind.WRONG, "3:30"),
    ("near", CaseKind.WRONG, "15:31"),
    ("both", CaseKind.HACK, "3:30 or 15:30"),
    ("list", CaseKind.HACK, " ".join(f"{hour}:30" for hour in range(24))),
    ("bomb", CaseKind.BOMB, "1" * 100_000 + ":30"),
)

if __name__ == "__main__":
    cases = tuple(Case(id=i, kind=kind, stratum="time", response=text, reference="15:30") for i, kind, text in CASES)
    card = measure(ClockTimeVerifier(), Corpus(name="clock-time", version=1, cases=cases))
    print(ClockTimeVerifier().verify("at half past three, 3.30 p.m.", "15:30"))
    for name, rate in (("fpr", card.total.fpr), ("fnr", card.total.fnr)):
        print(f"{name} {rate.value:.2f}, with 95% confidence at most {rate.high:.2f}")
    print("misjudged:", card.false_accepts + card.false_rejects)
