import copy
import multiprocessing
from typing import Any

import pytest
from gymnasium.vector.utils import shared_memory as gymnasium_memory
from hypothesis import given
from hypothesis import strategies as st

from palestra.envs import UnicodeText

SPACE = UnicodeText(max_length=20)
CONTEXT: Any = multiprocessing.get_context("spawn")

# Gymnasium annotates these for its own spaces alone.
create_shared_memory: Any = gymnasium_memory.create_shared_memory
read_from_shared_memory: Any = gymnasium_memory.read_from_shared_memory
write_to_shared_memory: Any = gymnasium_memory.write_to_shared_memory


@given(st.text(alphabet=st.characters(), max_size=40))
def test_holds_every_text_up_to_its_length(text: str) -> None:
    assert (text in SPACE) == (len(text) <= 20)


@given(st.lists(st.text(alphabet=st.characters(), max_size=20), min_size=3, max_size=3))
def test_shared_memory_gives_every_text_back(texts: list[str]) -> None:
    memory = create_shared_memory(SPACE, n=3, ctx=CONTEXT)
    for index, text in enumerate(texts):
        write_to_shared_memory(SPACE, index, text, memory)
    assert read_from_shared_memory(SPACE, memory, n=3) == tuple(texts)


def test_what_was_read_is_a_live_view_and_its_deep_copy_is_not() -> None:
    memory = create_shared_memory(SPACE, n=2, ctx=CONTEXT)
    view = read_from_shared_memory(SPACE, memory, n=2)
    assert copy.deepcopy(view) == ("", "")
    write_to_shared_memory(SPACE, 1, "\ud800+?", memory)
    before = copy.deepcopy(view)
    write_to_shared_memory(SPACE, 1, "x", memory)
    assert (before, list(view), view[-1], view[:1]) == (("", "\ud800+?"), ["", "x"], "x", ("",))
    assert type(before) is tuple


def test_samples_are_members_and_follow_the_seed() -> None:
    SPACE.seed(3)
    first = [SPACE.sample() for _ in range(20)]
    SPACE.seed(3)
    assert [SPACE.sample() for _ in range(20)] == first
    assert all(sample in SPACE for sample in first)
    assert SPACE.from_jsonable(SPACE.to_jsonable(first)) == first


def test_spaces_of_one_length_are_equal() -> None:
    assert UnicodeText(5) == UnicodeText(5) != UnicodeText(6)
    assert len({UnicodeText(5), UnicodeText(5)}) == 1


def test_a_length_must_be_positive() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        UnicodeText(0)
