from __future__ import annotations

import pytest

from lab_cases import observed
from palestra.trainer.lab.knowledge import Audited, Known, Oracle, audited_BG
from palestra.trainer.lab.noise_kinds import StrataOf, WeakVerifier, uniform_rates
from palestra.verifiers.noise import MAX_RATE


def test_the_oracle_knows_the_rates_of_injected_noise() -> None:
    known = Oracle().start().update(observed(uniform_rates(0.2, 0.3)))
    for rates in known.values():
        assert rates.fpr == pytest.approx(0.2)
        assert rates.fnr == pytest.approx(0.3)


def test_a_factor_distorts_both_rates() -> None:
    known = Oracle(factor=1.5).start().update(observed(uniform_rates(0.2, 0.3)))["small"]
    assert [known.fpr, known.fnr] == pytest.approx([0.3, 0.45])


def test_audits_of_everything_find_the_shares_of_the_samples() -> None:
    seen = observed(WeakVerifier(name="mention"), StrataOf.NOTHING, samples=64)
    known = Audited(share=1.0).start().update(seen)[""]
    right, accepted = seen.right_BG, seen.accepted_BG
    assert known.right_accepted == pytest.approx(float((right & accepted).sum() / accepted.sum()))
    assert known.right_rejected == pytest.approx(float((right & ~accepted).sum() / (~accepted).sum()))
    assert known.fpr == pytest.approx(float((accepted & ~right).sum() / (~right).sum()))


def test_audits_are_as_many_as_asked_for_and_the_same_for_every_arm() -> None:
    seen = observed(WeakVerifier(), samples=200)
    assert abs(float(audited_BG(seen, 0.1).double().mean()) - 0.1) < 0.02
    assert audited_BG(seen, 0.1).equal(audited_BG(seen, 0.1))


def test_without_audits_of_both_sides_nothing_is_corrected() -> None:
    seen = observed(uniform_rates(0.0, 0.0), samples=2)
    known = Audited(share=1e-9).start().update(seen)
    assert all((rates.fpr, rates.fnr) == (0.0, 0.0) for rates in known.values())


@pytest.mark.parametrize(("fpr", "fnr", "is_correctable"), [(0.1, 0.2, True), (MAX_RATE, 0.4, True), (0.6, 0.0, False)])
def test_beyond_the_limit_nothing_is_correctable(fpr: float, fnr: float, is_correctable: bool) -> None:
    known = Known(fpr=fpr, fnr=fnr, right_accepted=1.0, right_rejected=0.0)
    assert known.is_correctable is is_correctable
    assert known.model("s").fpr == (fpr if is_correctable else 0.0)
