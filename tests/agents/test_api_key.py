"""Keys are read from the environment, sent whole, and never shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.agents.api_key import api_key_from, bearer, checked_key
from palestra.agents.errors import ApiKeyError
from palestra.agents.vllm.connections import Connections


def test_space_around_a_key_is_not_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", " sk-secret\r\n")  # as a file of secrets ends
    assert api_key_from("A_KEY") == "sk-secret"
    assert bearer("sk-secret") == {"Authorization": "Bearer sk-secret"} and bearer(None) == {}


@pytest.mark.parametrize("value", ["", " \n"])
def test_a_variable_without_a_key_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", value)
    with pytest.raises(ApiKeyError, match=r"`A_KEY` is not set(.|\n)*hint: "):
        api_key_from("A_KEY")


@given(st.text(min_size=1).filter(lambda text: not text.isascii() or not text.isprintable() or " " in text))
def test_what_no_header_can_carry_is_refused_and_not_told(key: str) -> None:
    with pytest.raises(ApiKeyError) as refused:
        checked_key(f"sk-secret{key}")
    assert "sk-secret" not in str(refused.value)


def test_a_key_cannot_add_headers_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ApiKeyError):
        Connections("http://127.0.0.1:1", api_key="sk-secret\r\nX-Injected: 1")
    monkeypatch.setenv("A_KEY", "sk-secret\r\nX-Injected: 1")
    with pytest.raises(ApiKeyError, match="`A_KEY`: an API key of 24 characters") as refused:
        api_key_from("A_KEY")
    assert "sk-secret" not in str(refused.value)
