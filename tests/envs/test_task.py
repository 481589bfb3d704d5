import pytest
from hypothesis import given
from hypothesis import strategies as st

from palestra.envs import SPLITS, TaskId, TaskIdError

SCALARS = st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text())


@given(
    st.sampled_from(SPLITS), st.integers(), st.integers(0), st.dictionaries(st.text(min_size=1), SCALARS, max_size=3)
)
def test_ids_go_through_text_unchanged(split, seed, index, config) -> None:  # type: ignore[no-untyped-def]
    task_id = TaskId(source="palestra/X-v1", split=split, seed=seed, index=index, config=config)
    assert TaskId.parse(str(task_id)) == task_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a/b",
        "palestra/X-v1/tests/0/0",
        "palestra/X-v1/test/0/-1",
        "palestra/X-v1/test/a/0",
        "a/test/0/0?x",
        "a/test/0/0?x=y",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    with pytest.raises(TaskIdError, match="hint"):
        TaskId.parse(text)
