import asyncio
from fractions import Fraction
from pathlib import Path

import pytest

from palestra.verifiers import (
    MAX_RESPONSE_CHARS,
    VERIFIERS,
    DuplicateVerifierError,
    NumberVerifier,
    Outcome,
    Row,
    UnknownVerifierError,
    Verdict,
    Verifier,
    VerifierTable,
)


class _Broken(Verifier[str]):
    name = "broken"

    def parse_reference(self, reference: str) -> str:
        return reference

    def judge(self, response: str, reference: str) -> Verdict:
        raise RuntimeError("a bug of ours")


def test_a_bug_of_the_verifier_is_an_error_verdict_and_not_a_wrong_answer() -> None:
    verdict = _Broken().verify("12", "12")
    assert verdict.outcome is Outcome.ERROR
    assert "a bug of ours" in verdict.detail


def test_an_endless_response_is_not_read() -> None:
    assert NumberVerifier().verify(" " * MAX_RESPONSE_CHARS + "12", "12").outcome is Outcome.UNPARSED


class _Waiting(NumberVerifier):
    async def ajudge(self, response: str, reference: Fraction) -> Verdict:
        await asyncio.sleep(0)
        if response == "broken":
            raise RuntimeError("a bug of ours")
        return self.judge(response, reference)


def test_averify_keeps_the_boundary_of_verify_around_a_verifier_that_waits() -> None:
    async def verdicts() -> list[Verdict]:
        verifier = _Waiting()
        return [
            await verifier.averify(text, "12") for text in ("12", "none", "broken", " " * MAX_RESPONSE_CHARS + "12")
        ]

    outcomes = [verdict.outcome for verdict in asyncio.run(verdicts())]
    assert outcomes == [Outcome.PASS, Outcome.UNPARSED, Outcome.ERROR, Outcome.UNPARSED]


def test_a_bad_reference_raises_from_every_way_in() -> None:
    with pytest.raises(ValueError, match="`twelve`"):
        NumberVerifier().verify("12", "twelve")
    with pytest.raises(ValueError, match="`twelve`"):
        asyncio.run(NumberVerifier().averify("12", "twelve"))
    with pytest.raises(ValueError, match="`twelve`"):
        NumberVerifier().verify_many([("12", "12"), ("12", "twelve")])


def test_the_lint_names_what_is_wrong_with_a_reference_and_says_nothing_of_a_good_one() -> None:
    assert NumberVerifier().lint_reference("12") == ()
    [problem] = NumberVerifier().lint_reference("twelve")
    assert "`twelve`" in problem


def test_averify_and_verify_many_agree_with_verify() -> None:
    pairs = [("12", "12"), ("13", "12"), ("", "12")]
    verifier = NumberVerifier()
    expected = [verifier.verify(*pair) for pair in pairs]
    assert verifier.verify_many(pairs) == expected
    assert [asyncio.run(verifier.averify(*pair)) for pair in pairs] == expected


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UnknownVerifierError, match="did you mean `countdown`"):
        VERIFIERS.make("countdwn")


def test_a_table_asks_for_installed_rows_when_it_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = Row(name="own", verifier="m:C", summary="", reference="", corpus="m:c", card="m:d")
    table = VerifierTable([own], group="tests.verifiers")
    (tmp_path / "their_rows-1.dist-info").mkdir()
    (tmp_path / "their_rows-1.dist-info" / "METADATA").write_text("Name: their-rows\nVersion: 1\n")
    (tmp_path / "their_rows-1.dist-info" / "entry_points.txt").write_text("[tests.verifiers]\nrows = their_rows:ROWS\n")
    (tmp_path / "their_rows.py").write_text(
        "from palestra.verifiers import Row\n"
        "ROWS = (Row(name='theirs', verifier='m:C', summary='', reference='', corpus='m:c', card='m:d'),)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(table) == ["own", "theirs"]


def test_two_rows_of_one_name_are_refused() -> None:
    row = Row(name="a", verifier="m:C", summary="", reference="", corpus="m:c", card="m:d")
    with pytest.raises(DuplicateVerifierError):
        VerifierTable([row, row])
