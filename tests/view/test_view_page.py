"""The page in a real browser; any error of its console fails."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chromium import Browser, browser
from palestra.agents import write_rollouts
from palestra.cli import main
from palestra.trainer.view import Exhibitor, serving
from palestra.verifiers import Verdict
from view_cases import HOSTILE, rollout, tool_rollout, training_run

CONTRAST = """(ink, paper) => {
  const luminance = (name) => {
    const node = document.body.appendChild(document.createElement("i"));
    node.style.color = `var(--${name})`;
    const parts = getComputedStyle(node).color.match(/[\\d.]+/g).slice(0, 3).map((x) => x / 255);
    node.remove();
    const [r, g, b] = parts.map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [luminance(ink), luminance(paper)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""
"""The contrast of two colours of the page. Source: WCAG 2.2, relative luminance and contrast ratio."""

ROLLOUT = "rollout=train%403%3A0%2F3%2F1%2F2"


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = training_run(tmp_path_factory.mktemp("view") / "run", steps=3, prompts=2, size=4)
    judged = [tool_rollout("h/0", f"out{HOSTILE}"), rollout("h/1", 3, HOSTILE, Verdict.failed(HOSTILE))]
    write_rollouts(folder / "evaluations" / "heldout-step-00000.jsonl", judged)
    assert main(["view", str(folder)]) == 0
    return folder


@pytest.fixture
def page(chrome: Browser, run: Path) -> Iterator[Browser]:
    chrome.complaints.clear()
    chrome.open((run / "view.html").as_uri() + "#overview")
    yield chrome
    assert chrome.complaints == []


def test_the_overview_shows_results_alarms_curves_and_environments(page: Browser) -> None:
    text = page.text("#main")
    assert "heldout" in text and "+0.55" in text and "audit-gap" in text
    assert "Training reward by environment" in text and "palestra/KnightsAndKnaves-v1" in text
    assert page.value("document.querySelectorAll('figure.chart polygon.band').length") >= 3


def test_the_filter_understands_words_and_comparisons(page: Browser) -> None:
    page.go("rollouts")
    for query, found in (("", 26), ("step=2", 8), ("outcome:PARTIAL", 1), ("-env:Countdown step>0", 12), ("zzz", 0)):
        page.value(f"f = document.getElementById('search'), f.value = '{query}', f.dispatchEvent(new Event('input'))")
        assert page.text(".counter").startswith(f"{found} of 26"), query


def test_a_filter_of_the_address_holds(page: Browser) -> None:
    page.go("rollouts?env=palestra%2FTools-v1&sort=-score")
    assert page.text(".counter").startswith("1 of 26")


def test_the_keyboard_goes_everywhere(page: Browser) -> None:
    page.press("r")
    page.wait("document.documentElement.dataset.view === 'rollouts'")
    page.press("j")
    page.press("Enter")
    page.wait("document.documentElement.dataset.view === 'rollout'")
    assert "0/1/0/1" in page.text("h1")
    page.press("j")
    page.wait("document.querySelector('h1').innerText.includes('0/1/0/2')")
    page.press("c")
    page.wait("document.documentElement.dataset.view === 'compare'")
    page.press("Escape")
    page.wait("document.documentElement.dataset.view === 'rollout'")
    page.press("Escape")
    page.wait("document.documentElement.dataset.view === 'rollouts'")
    assert "0/1/0/2" not in page.text("h1")
    page.press("/")
    assert page.value("document.activeElement.id") == "search"
    page.press("x")
    page.press("Escape")
    assert page.value("document.getElementById('search').value") == "x"
    page.press("?")
    assert "Keys" in page.text("#help")


def test_a_rollout_says_why_its_tokens_got_their_gradient(page: Browser) -> None:
    page.go(ROLLOUT)
    chain = page.text(".chain")
    for stage in ("verdict", "raw reward", "shaping: overlong", "advantage", "token weight", "each token"):
        assert stage in chain
    assert "likely" in page.text(".why")
    for name in ("advantage", "gradient", "loss weight", "mask", "version", "plain", "log-prob"):
        page.value(f"document.querySelector('input[value=\"{name}\"]').click()")
        coloured = page.value("document.querySelectorAll('.of-policy .t[class*=\" \"]').length")
        assert bool(coloured) == (name != "plain"), name
    page.value("document.querySelector('.conversation').focus()")
    for _ in range(14):
        page.press("ArrowRight")
    assert "log-prob" in page.text("#tip") and "loss weight" in page.text("#tip")


def test_tool_calls_and_terminals_stand_apart(page: Browser) -> None:
    page.go("rollout=heldout%400%3Ah%2F0")
    assert "ls -l" in page.text(".call") and page.text(".terminal").startswith("out")
    assert page.value("document.querySelectorAll('.of-policy').length") == 2


def test_what_a_model_wrote_is_shown_and_never_interpreted(page: Browser) -> None:
    page.go("rollout=heldout%400%3Ah%2F1")
    assert page.value("document.title") == "h/1 - run"
    assert page.value("document.querySelectorAll('#main script, #main img').length") == 0
    text = page.text(".evidence")
    assert "<script>document.title='owned'</script><img" in text
    assert all(f"U+{code}" in text for code in ("0000", "001B", "D800", "202E"))
    page.value("document.querySelector('.more-facts').open = true")
    assert "</pre></script>" in page.text(".more-facts")


def test_two_rollouts_stand_side_by_side_and_part_behind_their_prompt(page: Browser) -> None:
    page.go("compare=train%403%3A0%2F3%2F1%2F2&train%403%3A0%2F3%2F1%2F0")
    assert "the first 12 tokens are the same" in page.text("header.title")
    assert page.value("document.querySelectorAll('.side').length") == 2
    assert page.value("document.querySelectorAll('[data-parting]').length") == 2


@pytest.mark.parametrize(
    "fragment", ["rollout=nothing", "compare=row:0", "rollout=%ff", "what=ever", "rollout=row:99999"]
)
def test_an_address_of_nothing_is_answered(fragment: str, page: Browser) -> None:
    page.go(fragment)
    assert page.text("#main")


@pytest.mark.parametrize("dark", [False, True])
def test_a_phone_needs_no_scrolling_to_the_side_in_dark_or_light(dark: bool, chrome: Browser, run: Path) -> None:
    chrome.complaints.clear()
    for fragment in ("overview", "rollouts", ROLLOUT, "rollout=heldout%400%3Ah%2F1"):
        chrome.open((run / "view.html").as_uri() + "#" + fragment, width=390, height=800, dark=dark)
        assert chrome.value("document.documentElement.scrollWidth") <= 390, fragment
        background = chrome.value("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(21, 23, 27)") == dark
    assert chrome.complaints == []


def test_everything_that_can_be_pressed_has_a_name(page: Browser) -> None:
    for fragment in ("rollouts", ROLLOUT, "overview"):
        page.go(fragment)
        nameless = page.value(
            "[...document.querySelectorAll('button, a, input, select, [role=img]')].filter(e => "
            "!(e.innerText || e.getAttribute('aria-label') || e.labels?.length)).map(e => e.outerHTML)"
        )
        assert nameless == []


@pytest.mark.parametrize("dark", [False, True])
def test_texts_stand_out_from_what_is_behind_them(dark: bool, chrome: Browser, run: Path) -> None:
    chrome.open((run / "view.html").as_uri() + "#overview", dark=dark)
    for ink in ("ink", "soft", "accent", "pos", "neg", "alarm", "c3", "c4"):
        for paper in ("paper", "sheet", "sunk"):
            assert chrome.value(f"({CONTRAST})('{ink}', '{paper}')") >= 4.3, (ink, paper)


def test_a_served_page_follows_a_run_that_goes_on(chrome: Browser, run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "live"
    shutil.copytree(run, folder)
    hidden = tmp_path / "step-00003.jsonl"
    (folder / "rollouts" / "step-00003.jsonl").rename(hidden)
    chrome.complaints.clear()
    with serving(Exhibitor(folder, most=1000), 0) as server:
        chrome.open(f"http://127.0.0.1:{server.server_port}/#rollouts")
        assert chrome.text(".counter").startswith("18 of 18") and chrome.text("#live") == "live"
        hidden.rename(folder / "rollouts" / "step-00003.jsonl")
        chrome.wait("document.querySelector('.counter').innerText.startsWith('26 of 26')")
        chrome.go(ROLLOUT)
        assert "0/3/1/2" in chrome.text("h1") and chrome.complaints == []
