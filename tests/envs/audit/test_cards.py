from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import broken_envs
from palestra.envs.audit import MEANINGS, Card, Report, card_of, card_path, examine, read_card, write_card
from palestra.envs.errors import CardError

MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)


@pytest.fixture(scope="module")
def report() -> Report:
    return replace(examine(broken_envs.subject_of_family(broken_envs.Sum, 4)), id="palestra/Sum-v1")


def test_a_card_goes_through_its_file(report: Report, tmp_path: Path) -> None:
    card = card_of(report, MONDAY)
    path = write_card(card, tmp_path)
    assert path == tmp_path / "Sum-v1.json"
    assert read_card(card.id, tmp_path) == card
    assert path.read_text().isascii()


def test_an_audit_that_finds_the_same_leaves_the_file_as_it_is(report: Report, tmp_path: Path) -> None:
    path = write_card(card_of(report, MONDAY), tmp_path)
    first = path.read_bytes()
    write_card(card_of(report, TUESDAY), tmp_path)
    assert path.read_bytes() == first


def test_a_second_audit_of_the_same_environment_finds_the_same(report: Report) -> None:
    again = replace(examine(broken_envs.subject_of_family(broken_envs.Sum, 4)), id="palestra/Sum-v1")
    assert card_of(again, TUESDAY).report == card_of(report, MONDAY).report


def test_what_models_earned_stays_when_the_environment_is_audited_again(report: Report, tmp_path: Path) -> None:
    write_card(card_of(report, MONDAY).with_policy("tiny at T=1", {"0.0": 0.25, "0.5": 0.0}), tmp_path)
    write_card(card_of(replace(report, floor=0.5), TUESDAY), tmp_path)
    card = read_card(report.id, tmp_path)
    assert card is not None
    assert card.policies == {"tiny at T=1": {"0.0": 0.25, "0.5": 0.0}}
    assert card.report["floor"] == 0.5
    assert card.measured is not None
    assert card.measured.date == TUESDAY.isoformat()


def test_figures_of_the_machine_are_apart_and_have_one_digit(report: Report) -> None:
    card = card_of(report, MONDAY)
    assert "figure" not in card.report["checks"]["speed.generation"]
    assert card.measured is not None
    assert set(card.measured.figures) == {"runtime.resource_bounds", "speed.generation", "speed.scoring"}
    assert all(figure == float(f"{figure:.1g}") for figure in card.measured.figures.values())


def test_every_check_of_a_card_has_a_meaning(report: Report) -> None:
    assert set(card_of(report, MONDAY).report["checks"]) <= set(MEANINGS)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"id": "x"}), '{"id": "x", "checks": 3}'])
def test_a_text_that_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(CardError, match="hint: "):
        Card.from_text(text)


def test_cards_of_other_packages_need_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="--cards"):
        card_path("other/Thing-v1")
    assert read_card("other/Thing-v1", tmp_path) is None
