from __future__ import annotations

import pytest

from palestra.cli import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["palestra/Countdown-v1"], "which protocol?"),
        (["palestra/Countdow-v1", "--mcp"], "did you mean `palestra/Countdown-v1`"),
        (["palestra/Countdown-v1", "--mcp", "--set", "nonsense=1"], "no option `nonsense`"),
    ],
)
def test_a_wrong_call_ends_with_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", *arguments]) == 2
    assert message in capsys.readouterr().err
