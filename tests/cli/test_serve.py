from __future__ import annotations

import json

import httpx
import pytest

from palestra.cli import main
from served import serving


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "which environment?"),
        (["palestra/Countdow-v1"], "did you mean `palestra/Countdown-v1`"),
        (["palestra/Countdown-v1", "palestra/Countdown-v1"], "each once"),
        (["palestra/Countdown-v1", "--set", "nonsense=1"], "no option `nonsense`"),
        (["palestra/Countdown-v1", "--host", "0.0.0.0"], "PALESTRA_SERVE_TOKEN"),
        (["palestra/Countdown-v1", "--host", "nowhere.invalid"], "no token is set"),
        (["palestra/Countdown-v1", "--port", "-1"], "cannot listen"),
        (["palestra/Countdown-v1", "--sessions", "0"], "`sessions` must be more than 0"),
        (["palestra/Countdown-v1", "--mcp", "--nemo-gym"], "two protocols"),
        (["palestra/Countdown-v1", "palestra/Wordle-v1", "--mcp"], "serves one environment, got 2"),
        (["palestra/Countdow-v1", "--mcp"], "did you mean `palestra/Countdown-v1`"),
        (["palestra/Countdown-v1", "--mcp", "--set", "nonsense=1"], "no option `nonsense`"),
    ],
)
def test_a_wrong_call_ends_with_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PALESTRA_SERVE_TOKEN", raising=False)
    assert main(["serve", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_server_says_where_it_is_and_plays_over_both_transports() -> None:
    client = pytest.importorskip("websockets.sync.client", reason="the extra `serve` is not installed")
    closed = pytest.importorskip("websockets.exceptions")
    with serving(["palestra/ChainSum-v1", "--split", "test"], {"PALESTRA_SERVE_TOKEN": "secret"}) as url:
        headers = {"Authorization": "Bearer secret"}
        assert httpx.get(f"{url}/health", trust_env=False).status_code == 401
        first = httpx.post(f"{url}/reset", json={}, headers=headers, trust_env=False).json()
        with client.connect(f"ws{url[4:]}/ws", additional_headers=headers, proxy=None) as socket:
            socket.send(json.dumps({"type": "reset", "data": {"task_id": first["observation"]["task_id"]}}))
            assert json.loads(socket.recv())["data"]["observation"] == first["observation"]
            with pytest.raises(closed.ConnectionClosed):  # at once, also while it is still being sent
                socket.send("x" * (9 << 20))
                socket.recv()
        assert httpx.get(f"{url}/health", headers=headers, trust_env=False).json() == {"status": "healthy"}
